"""The quote as Quoter's API tells it, where there is a key; a failing API never stops the webhook's data."""

from collections.abc import Callable
from contextlib import closing

from integrations.connect.quoter import connect_scalepad
from integrations.domain.quote import Quote
from integrations.errors import PortalError
from integrations.http import Call, Deadline
from integrations.models import Integration
from integrations.quoter.enrich import enrich
from integrations.sync.surroundings import Surroundings

# Half a minute at most of an attempt's time: the rest is Halo's.
_LONGEST_S = 20.0


def richer(
    quote: Quote,
    integration: Integration,
    *,
    surroundings: Surroundings,
    record: Callable[[Call], None] = lambda call: None,
) -> tuple[Quote, str]:
    """Return the quote with what the API adds, and a sentence on it; "" where there is no key."""
    if not integration.quoter_api_key or not quote.uuid:
        return quote, ""
    deadline = Deadline(_LONGEST_S, monotonic=surroundings.monotonic)
    try:
        with closing(connect_scalepad(integration, record=record, deadline=deadline)) as client:
            row = client.find_quote(uuid=quote.uuid)
        if row is None:
            return quote, "Quoter's API does not know this quote by its id: the webhook alone is used."
        return enrich(quote, row), "Sections, taxable flags and periods were read from Quoter's API."
    except PortalError as exc:
        return quote, f"The webhook alone is used: {exc.user_message}"
