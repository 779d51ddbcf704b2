"""Settings versions: what each said, and what changed between two of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import PageAdmin, list_url
from integrations.admin.rule_words import Entry, changes_of, entries_of
from integrations.domain.rules_diff import compare_rules
from integrations.errors import SettingsError
from integrations.models import SettingsVersion, SyncAttempt

_OFFERED = 200


@admin.register(SettingsVersion)
class VersionAdmin(PageAdmin[SettingsVersion]):
    """Read-only: a version is what attempts were made with."""

    list_display = ("which", "first_used", "attempts", "integration")
    list_filter = ("integration",)
    list_filter_submit = False
    list_select_related = ("integration",)
    search_fields = ("=number",)
    search_help_text = "Number of a version"
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettingsVersion]:
        """Count the attempts of each."""
        used = SyncAttempt.objects.filter(settings_version=OuterRef("pk")).order_by().values("settings_version")
        count = Subquery(used.annotate(count=Count("pk")).values("count"))
        return super().get_queryset(request).annotate(used=Coalesce(count, 0))

    @admin.display(description="Version", ordering="number")
    def which(self, version: SettingsVersion) -> SafeString:
        """Show the number."""
        return show.two(f"Version {version.number}", "", strong=True)

    @admin.display(description="First used", ordering="created_at")
    def first_used(self, version: SettingsVersion) -> SafeString | str:
        """Show when an attempt first used it."""
        return show.moment(version.created_at)

    @admin.display(description="Attempts", ordering="used")
    def attempts(self, version: SettingsVersion) -> int:
        """Show how many attempts used it."""
        return int(getattr(version, "used", 0))

    def show_page(self, request: HttpRequest, version: SettingsVersion) -> HttpResponse:
        """Show what it says and what changed."""
        context = {
            **self.page_context(request, version, f"Settings version {version.number}"),
            **_page(version, request.GET.get("with", "")),
        }
        return TemplateResponse(request, "integrations/settings_version.html", context)


def _page(version: SettingsVersion, with_: str) -> dict[str, Any]:
    others = SettingsVersion.objects.filter(integration=version.integration_id).exclude(pk=version.pk)
    other = others.filter(pk=with_).first() if with_.isascii() and with_.isdigit() else None
    other = other or others.filter(number__lt=version.number).order_by("-number").first()
    context: dict[str, Any] = {
        "version": version,
        "first_used": show.moment(version.created_at),
        "attempts_url": list_url(SyncAttempt, f"settings_version__id__exact={version.pk}"),
        "others": list(others.order_by("-number")[:_OFFERED]),
        "other": other,
        "list_url": list_url(SettingsVersion),
    }
    try:
        context["sections"] = _by_section(entries_of(version))
        context["is_today"] = version.as_rules() == version.integration.rules()
        if other is not None:
            first, second = sorted((other, version), key=lambda row: row.number)
            changes = compare_rules(first.as_rules(), second.as_rules())
            context |= {
                "first": first,
                "second": second,
                "changes": changes_of(changes, version.integration_id),
            }
    except SettingsError as exc:
        context["unreadable"] = f"{exc.user_message} {exc.way_out}"
    return context


def _by_section(entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    sections: dict[str, list[Entry]] = {}
    for entry in entries:
        sections.setdefault(entry.section, []).append(entry)
    return list(sections.items())
