"""The number of a quote that was recovered without it: a late webhook tells it, and everything follows.

Quoter's API knows a quote by another id (`quot_…`) than its webhooks do [V] (quoter.md 1.6). Until a webhook
comes, that one stands in the rows; afterwards the two must not look like two revisions.
"""

from django.db.models import Q

from integrations.domain.quote import Quote
from integrations.models import Integration, QuoteLink, QuoteRevision, WebhookDelivery
from integrations.quoter.webhook import read_quote

API_PREFIX = "quot_"


def quote_of(delivery: WebhookDelivery) -> Quote:
    """Read a delivery's quote, under the number that a webhook has told since. Raises NotUnderstood."""
    quote = read_quote(delivery.data)
    return quote.model_copy(update={"id": delivery.quote_id}) if delivery.recovered else quote


def learn_number(integration: Integration, link: QuoteLink, quote: Quote, *, sequence: int) -> None:
    """Put the webhook's number of a revision in the place of the API's id. Runs inside a transaction."""
    if not sequence:
        return  # not told by a webhook
    stand_ins = QuoteRevision.objects.filter(
        Q(uuid=quote.uuid[:100]) | Q(uuid="", link=link), integration=integration, quote_id__startswith=API_PREFIX
    )
    stand_in = stand_ins.order_by("-uuid", "pk").first()
    if stand_in is None:
        return
    api_id, number = stand_in.quote_id, quote.id[:50]
    own = QuoteRevision.objects.filter(integration=integration, quote_id=number).first()
    if own is None:
        QuoteRevision.objects.filter(pk=stand_in.pk).update(
            quote_id=number, uuid=quote.uuid[:100], parent_id=quote.parent_id[:50]
        )
    else:
        QuoteRevision.objects.filter(pk=own.pk, halo_quote_id=None).update(halo_quote_id=stand_in.halo_quote_id)
        stand_in.delete()
    known = WebhookDelivery.objects.filter(integration=integration, link=stand_in.link_id, quote_id=api_id)
    known.update(quote_id=number, sequence=sequence)
    QuoteLink.objects.filter(pk=stand_in.link_id, applied_quote_id=api_id).update(
        applied_quote_id=number, applied_sequence=sequence
    )
    noted = QuoteLink.objects.filter(pk=stand_in.link_id, noted_state__startswith=f"{api_id}/")
    for state in noted.values_list("noted_state", flat=True):
        noted.update(noted_state=f"{number}/{state.removeprefix(f'{api_id}/')}"[:100])
