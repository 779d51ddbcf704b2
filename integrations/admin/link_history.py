"""The history of links: on each link's own page, and as a list of all."""

from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Model
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import RecordAdmin
from integrations.models import LinkChange

_SHOWN = 30


@dataclass(frozen=True)
class ChangeView:
    """One change on one line."""

    what: str
    before: str
    after: str
    who: str
    why: str
    when: SafeString | str


def changes_of(link: Model) -> list[ChangeView]:
    """Return what became of a link, newest first."""
    rows = LinkChange.objects.filter(kind=link._meta.model_name, link_id=link.pk).select_related("by")
    return [
        ChangeView(
            what=row.what,
            before=row.before,
            after=row.after,
            who=row.by.get_username() if row.by else "the portal",
            why=row.why,
            when=show.moment(row.at),
        )
        for row in rows[:_SHOWN]
    ]


@admin.register(LinkChange)
class LinkChangeAdmin(RecordAdmin[LinkChange]):
    """Everything that was ever changed, removed links included."""

    list_display = ("of", "change", "who", "why", "when")
    list_filter = ("kind", "integration", "by")
    list_select_related = ("by", "integration")
    search_fields = ("subject", "before", "after", "why")
    search_help_text = "E-mail, company, item, quote or Halo id"
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("integration", "kind", "subject", "what", "before", "after", "who", "why", "at")}),
    )

    @admin.display(description="Link", ordering="subject")
    def of(self, row: LinkChange) -> SafeString:
        """Show what it is about."""
        return show.two(row.subject, f"{row.get_kind_display()} · {row.what}", strong=True)

    @admin.display(description="From → to")
    def change(self, row: LinkChange) -> str:
        """Show both ends."""
        return f"{row.before or 'nothing'} → {row.after or 'removed'}"

    @admin.display(description="Who", ordering="by")
    def who(self, row: LinkChange) -> str:
        """Show who did it."""
        return row.by.get_username() if row.by else "the portal"

    @admin.display(description="When", ordering="at")
    def when(self, row: LinkChange) -> SafeString | str:
        """Show when."""
        return show.moment(row.at)
