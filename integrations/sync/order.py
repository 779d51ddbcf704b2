"""A late webhook of an older revision must not pass for newer than one that was recovered.

Webhooks order revisions by their numbers, and Quoter's API does not tell those. Where a recovered revision still
stands in the rows without its number, the API is asked which of the two was made first.
"""

import json
from contextlib import closing

from integrations.connect.quoter import connect_scalepad
from integrations.domain.quote import Quote
from integrations.errors import PortalError
from integrations.http import Deadline
from integrations.models import QuoteLink, WebhookDelivery
from integrations.quoter.changed import read_changed
from integrations.sync.known_ids import API_PREFIX
from integrations.sync.surroundings import Surroundings

_LONGEST_S = 15.0


def put_in_order(delivery: WebhookDelivery, quote: Quote, *, surroundings: Surroundings) -> None:
    """Put a recovered revision behind this webhook's in the rows, where Quoter's API says that it came later."""
    if delivery.recovered or not quote.uuid or not delivery.integration.quoter_api_key or delivery.link_id is None:
        return
    recovered = WebhookDelivery.objects.filter(
        link=delivery.link_id, recovered=True, quote_id__startswith=API_PREFIX, sequence__lte=delivery.sequence
    )
    other = recovered.order_by("-sequence", "-pk").first()
    if other is None or not _is_older(delivery, quote, other, surroundings=surroundings):
        return
    sequence = delivery.sequence + 1
    recovered.filter(quote_id=other.quote_id).update(sequence=sequence)
    QuoteLink.objects.filter(pk=delivery.link_id, applied_quote_id=other.quote_id).update(
        applied_sequence=sequence
    )
    if delivery.link is not None:
        delivery.link.refresh_from_db()


def _is_older(
    delivery: WebhookDelivery, quote: Quote, other: WebhookDelivery, *, surroundings: Surroundings
) -> bool:
    """Say whether this quote was made before the other; not where nobody can tell."""
    deadline = Deadline(_LONGEST_S, monotonic=surroundings.monotonic)
    try:
        with closing(
            connect_scalepad(delivery.integration, deadline=deadline, sleep=surroundings.sleep)
        ) as client:
            row = client.find_quote(uuid=quote.uuid)
        if row is None:
            return False
        mine, its = read_changed(row), read_changed(json.loads(other.api_text))
    except (PortalError, ValueError):
        return False
    return (mine.revision, mine.created_at) < (its.revision, its.created_at)
