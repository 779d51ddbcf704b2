"""What became of links: who changed what, when, from what to what, and why. Rows are added and never changed."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration
from integrations.models.links import ClientLink, ItemLink, PersonLink, QuoteLink

Link = PersonLink | ItemLink | ClientLink | QuoteLink
# What of each kind of link is worth a line; the rest are names and notes.
TRACKED: Mapping[type[Link], Mapping[str, str]] = {
    PersonLink: {"email": "Contact", "halo_user_id": "Halo user"},
    ItemLink: {"key": "Quoted item", "halo_item_id": "Halo product"},
    ClientLink: {"key": "Company", "halo_client_id": "Halo client"},
    QuoteLink: {
        "halo_user_id": "Halo user",
        "halo_opportunity_id": "Opportunity",
        "halo_quote_id": "Halo quote",
        "halo_sales_order_id": "Sales order",
    },
}
_NAMES = {"halo_user_id": "halo_user_name", "halo_item_id": "halo_item_name", "halo_client_id": "halo_client_name"}
# Label → the value itself, and how people read it: names come later and change, only the value tells two apart.
Values = dict[str, tuple[str, str]]


class LinkChange(models.Model):
    """One change of one value of one link. It outlives the link, so it names it by words as well."""

    class Kind(models.TextChoices):
        PERSON = "personlink", "Person"
        PRODUCT = "itemlink", "Product"
        CLIENT = "clientlink", "Client"
        QUOTE = "quotelink", "Quote"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="link_changes")
    kind = models.CharField("Link", max_length=20, choices=Kind.choices)
    link_id = models.PositiveBigIntegerField()
    subject = models.CharField("Of", max_length=300, help_text="The e-mail, company, item or quote it is about.")
    what = models.CharField("Changed", max_length=50)
    before = models.CharField("From", max_length=300, blank=True)
    after = models.CharField("To", max_length=300, blank=True)
    why = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField("When")

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "link change"
        indexes = [
            models.Index(fields=["kind", "link_id", "-at"], name="link_change_by_link"),
            models.Index(fields=["integration", "-at"], name="link_change_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} link of {self.subject}: {self.what}"


def tracked_values(link: Link | None) -> Values:
    """Return what a link says, by label; {} for none."""
    if link is None:
        return {}
    found: Values = {}
    for name, label in TRACKED[type(link)].items():
        value, called = getattr(link, name), getattr(link, _NAMES.get(name, ""), "") if name in _NAMES else ""
        if value not in (None, ""):
            text = str(value)
            found[label] = text, called if text in called else f"{called}, id {text}" if called else text
    return found


def subject_of(link: Link) -> str:
    """Return what a link is about."""
    if isinstance(link, PersonLink):
        return link.email
    if isinstance(link, QuoteLink):
        return str(link)
    return link.name or link.key


def note_changes(
    link: Link, before: Values, *, by_id: int | None, why: str, at: datetime, removed: bool = False
) -> list[LinkChange]:
    """Write down what differs from `before`; call it in the transaction of the change itself."""
    after = {} if removed else tracked_values(link)
    # What a link is about stands beside each row: of a new or removed one, only its other end is worth one.
    whole = isinstance(link, QuoteLink) or bool(before and after)
    nothing = ("", "")
    pairs = [
        (label, before.get(label, nothing), after.get(label, nothing)) for label in TRACKED[type(link)].values()
    ]
    rows = [
        LinkChange(
            integration_id=link.integration_id,
            kind=LinkChange.Kind(link._meta.model_name or ""),
            link_id=link.pk,
            subject=subject_of(link)[:300],
            what=label,
            before=old[1][:300],
            after=new[1][:300],
            why=why[:300],
            by_id=by_id,
            at=at,
        )
        for label, old, new in pairs
        if old[0] != new[0] and (whole or label != _subject_label(link))
    ]
    return LinkChange.objects.bulk_create(rows)


def _subject_label(link: Link) -> str:
    return next(iter(TRACKED[type(link)].values()))
