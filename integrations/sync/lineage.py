"""Which quote a revision belongs to: a revision is a new Quoter quote that names its parent (quoter.md 1.9)."""

from django.db import IntegrityError, transaction

from integrations.domain.quote import Quote
from integrations.models import Integration, QuoteLink, QuoteRevision
from integrations.sync.known_ids import learn_number


def find_or_start_link(integration: Integration, quote: Quote) -> QuoteLink:
    """Return the link of the quote's lineage, made on its first sight. Runs inside a transaction.

    Revisions may arrive before what they revise. Whether a parent is the previous or the first revision is
    unknown [U], so the number, which all revisions share and no other quote has [A], ties them as well.
    """
    link = _known(integration, quote) or _start(integration, quote)
    learn_number(integration, link, quote, sequence=sequence_of(quote.id))
    _note_revision(integration, link, quote_id=quote.id, parent_id=quote.parent_id, uuid=quote.uuid, seen=True)
    if quote.parent_id:
        _note_revision(integration, link, quote_id=quote.parent_id, parent_id="", uuid="", seen=False)
    newest = max(sequence_of(revision.quote_id) for revision in link.revisions.all())
    if sequence_of(quote.id) >= newest:
        QuoteLink.objects.filter(pk=link.pk).update(name=quote.name[:300], contact_email=quote.contact.email[:300])
    return link


def _known(integration: Integration, quote: Quote) -> QuoteLink | None:
    ids = [quote.id, quote.parent_id] if quote.parent_id else [quote.id]
    revision = (
        QuoteRevision.objects.filter(integration=integration, quote_id__in=ids).select_related("link").first()
    )
    if revision is not None:
        return revision.link
    return QuoteLink.objects.filter(integration=integration, number=quote.number).order_by("pk").first()


def _start(integration: Integration, quote: Quote) -> QuoteLink:
    try:
        with transaction.atomic():
            return QuoteLink.objects.create(
                integration=integration,
                number=quote.number,
                name=quote.name[:300],
                contact_email=quote.contact.email[:300],
            )
    except IntegrityError:  # two revisions at the same moment: the other one was first
        return QuoteLink.objects.get(integration=integration, number=quote.number)


def _note_revision(
    integration: Integration, link: QuoteLink, *, quote_id: str, parent_id: str, uuid: str, seen: bool
) -> None:
    revision, created = QuoteRevision.objects.get_or_create(
        integration=integration,
        quote_id=quote_id,
        defaults={"link": link, "parent_id": parent_id, "uuid": uuid[:100], "seen": seen},
    )
    if not created and seen and not revision.seen:
        QuoteRevision.objects.filter(pk=revision.pk).update(parent_id=parent_id, uuid=uuid[:100], seen=True)


def sequence_of(quote_id: str) -> int:
    """Return the place of a revision among its quote's: Quoter's ids are numbers that grow [I] (quoter.md 1.9)."""
    return int(quote_id) if quote_id.isascii() and quote_id.isdigit() and len(quote_id) <= 18 else 0
