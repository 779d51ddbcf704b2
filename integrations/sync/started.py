"""Quotes that were started from the portal: the opportunity chosen there, and the end of waiting for them."""

from integrations.domain.quote import Quote
from integrations.domain.text import fold
from integrations.models import QuoteLink, StartedQuote
from integrations.sync.claim import Lease


def started_opportunity(link: QuoteLink, quote: Quote) -> tuple[int | None, str]:
    """Return the opportunity chosen when this quote was started, and why that is it; None where it was not.

    Quoter's public id of the quote tells it for certain. Drafts of the older API carry no marker and no such id:
    there the only draft that waits for this contact is it.
    """
    made = StartedQuote.objects.filter(integration=link.integration_id, state=StartedQuote.State.MADE)
    found = made.filter(quoter_uuid=quote.uuid).first() if quote.uuid else None
    if found is None:
        waiting = made.filter(email=fold(quote.contact.email), marked=False, link=None)[:2]
        found = waiting[0] if len(waiting) == 1 else made.filter(link=link).first()
    if found is None:
        return None, ""
    by = f" by {found.created_by.get_username()}" if found.created_by else ""
    return found.halo_opportunity_id, f"Chosen{by} when the quote was started from the portal."


def settle_started(lease: Lease, *, opportunity_id: int) -> None:
    """Note that a started quote has arrived, so that it is not waited for any more."""
    delivery = lease.delivery
    waiting = StartedQuote.objects.filter(
        integration=delivery.integration_id,
        email=fold(delivery.contact_email),
        halo_opportunity_id=opportunity_id,
        link=None,
    )
    if StartedQuote.objects.filter(link=delivery.link_id).exists():
        return
    first = waiting.order_by("created_at").first()
    if first is not None:
        StartedQuote.objects.filter(pk=first.pk, link=None).update(link=delivery.link_id)
