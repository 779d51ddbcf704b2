"""The record of settings: who changed what, when, from what to what."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter

from integrations.admin import change_words, show
from integrations.admin.base import RecordAdmin, list_url, may
from integrations.admin.filters import DayRangeFilter
from integrations.admin.large import QuickSearch
from integrations.models import SettingsChange

if TYPE_CHECKING:
    from integrations.admin.base import ModelAdmin

    _Base = ModelAdmin[Any]
else:
    _Base = object

_SHOWN = 8


class WithChanges(_Base):
    """Sends an integration's "History" to its changes: Django's own tells neither old nor new."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was changed on it."""
        integration = self.get_object(request, object_id)
        if integration is None or not self.has_view_permission(request, integration):
            raise PermissionDenied
        return HttpResponseRedirect(list_url(SettingsChange, f"integration__id__exact={integration.pk}"))


if admin.site.is_registered(SettingsChange):
    admin.site.unregister(SettingsChange)  # the library's page shows field names and JSON


@admin.register(SettingsChange)
class SettingsChangeAdmin(QuickSearch, RecordAdmin[SettingsChange]):
    """Read-only."""

    list_display = ("at", "by", "about", "said", "integration")
    list_display_links = ("at",)
    list_filter = (
        ("integration", RelatedDropdownFilter),
        ("actor", RelatedDropdownFilter),
        ("timestamp", DayRangeFilter),
    )
    search_fields = ("object_repr", "who", "command", "changes")
    search_help_text = "Person, command, or any value"
    list_per_page = 50
    fields = ("at", "by", "about", "all_said", "integration")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettingsChange]:
        """Show changes of accounts to whoever may see accounts."""
        rows: QuerySet[SettingsChange] = super().get_queryset(request)
        rows = rows.prefetch_related("integration", "actor", "content_type")
        if may(request, "view", User):
            return rows
        accounts = ContentType.objects.get_for_models(User, Group).values()
        return rows.exclude(content_type__in=[kind.pk for kind in accounts])

    @admin.display(description="When", ordering="timestamp")
    def at(self, change: SettingsChange) -> SafeString | str:
        """Show when."""
        return show.moment(change.timestamp)

    @admin.display(description="Who", ordering="who")
    def by(self, change: SettingsChange) -> str:
        """Show who."""
        return change_words.who(change)

    @admin.display(description="What", ordering="object_repr")
    def about(self, change: SettingsChange) -> str:
        """Show which object."""
        return change_words.what(change)

    @admin.display(description="Change")
    def said(self, change: SettingsChange) -> SafeString:
        """Show the first few sentences."""
        said = change_words.sentences(change)
        rest = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
        return _lines([*said[:_SHOWN], *rest])

    @admin.display(description="Change")
    def all_said(self, change: SettingsChange) -> SafeString:
        """Show all sentences."""
        return _lines(change_words.sentences(change))


def _lines(said: list[str]) -> SafeString:
    lines = format_html_join("", '<span class="qp-cause">{}</span>', ((show.cut(text, 200),) for text in said))
    return format_html('<span class="qp-two">{}</span>', lines)
