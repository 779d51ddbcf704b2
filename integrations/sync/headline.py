"""What is read off a webhook on arrival, for lists, searches and the order of work."""

import logging
from dataclasses import dataclass, field
from typing import Any

from integrations.choices import Kind
from integrations.domain.quote import Quote
from integrations.errors import NotUnderstood
from integrations.models import WebhookDelivery
from integrations.quoter.webhook import classify, read_document, read_quote
from integrations.sync.lineage import sequence_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Headline:
    """The kind of a webhook, the quote where it is one that is understood, and the columns of its row."""

    kind: Kind
    quote: Quote | None = None
    columns: dict[str, Any] = field(default_factory=dict)


def read_headline(text: str) -> Headline:
    """Read a webhook's data; what is not understood is stored all the same."""
    try:
        kind = Kind(classify(read_document(text)))
        if kind is not Kind.QUOTE:
            return Headline(kind)
        quote = read_quote(text)
    except NotUnderstood:
        # The attempt reads it again and tells what is wrong.
        return Headline(Kind.QUOTE)
    except Exception:
        # Verified webhooks are never turned away for a mistake of ours: stored, and shown by the attempt.
        logger.exception("webhook not read on arrival")
        return Headline(Kind.QUOTE)
    return Headline(kind, quote, _columns(quote))


def _columns(quote: Quote) -> dict[str, Any]:
    contact = quote.contact
    lane = WebhookDelivery.Lane
    return {
        "quote_id": quote.id,
        "quote_number": quote.number,
        "quote_name": quote.name[:300],
        "quote_status": quote.status.value,
        "sequence": sequence_of(quote.id),
        "rank": quote.status.rank,
        "client_name": contact.organization[:300],
        "contact_name": contact.name[:300],
        "contact_email": contact.email[:300],
        "total": _storable(quote),
        "currency": quote.currency[:10],
        "skus": " ".join(dict.fromkeys(line.sku for line in quote.lines if line.sku))[:5_000],
        "lane": lane.ACCEPTANCE if quote.status.won else lane.PUBLICATION,
    }


def _storable(quote: Quote) -> Any:
    total = quote.stated.upfront
    if total is None:
        total = sum((line.net for line in quote.counted_lines if not line.recurring), start=quote.shipping * 0)
    return round(total, 4) if abs(total) < 10**13 else None
