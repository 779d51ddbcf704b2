"""The report of shadow mode: for each quote what the portal would have made, against what Halo has."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter, RelatedDropdownFilter

from integrations.admin import show
from integrations.admin.again import person
from integrations.admin.base import PageAdmin, allowed, back_to, change_url, list_url, plural, tell
from integrations.admin.export import Column, Exportable
from integrations.admin.filters import DayRangeFilter
from integrations.admin.quote_links import halo_quote_url
from integrations.admin.shadow_pages import verdict_pill
from integrations.choices import ShadowVerdict, State
from integrations.errors import PortalError
from integrations.lookup.shadowing import choose_quote, compare_again
from integrations.models import ShadowFinding

_COLUMNS: Sequence[Column] = (
    ("quote", "link.number"),
    ("name", "link.name"),
    ("client", "delivery.client_name"),
    ("status", "delivery.quote_status"),
    ("verdict", "verdict"),
    ("in_short", "summary"),
    ("halo_quote", "halo_quote_id"),
    ("found_by", "found_by"),
    ("quoter_total", "quoter_total"),
    ("halo_total", "halo_total"),
    ("currency", "delivery.currency"),
    (
        "differences",
        lambda row: "; ".join(f"{d['label']}: portal {d['portal']}, Halo {d['halo']}" for d in row.differences),
    ),
    ("would_do", lambda row: "; ".join(row.would_do)),
    ("compared", "compared_at"),
)


@admin.register(ShadowFinding)
class ShadowFindingAdmin(Exportable, PageAdmin[ShadowFinding]):
    """Read-only; operators compare again."""

    list_display = ("quote", "pill", "in_short", "client", "totals", "compared")
    list_filter = (
        ("verdict", MultipleChoicesDropdownFilter),
        ("integration", RelatedDropdownFilter),
        ("compared_at", DayRangeFilter),
    )
    list_select_related = ("link", "delivery", "integration")
    search_fields = ("link__number", "link__name", "delivery__client_name", "halo_quote_id", "summary")
    search_help_text = "Number, name, client, Halo id or words of the report"
    list_per_page = 50
    actions = ["compare_selected_again"]
    export_columns = _COLUMNS
    list_before_template = "integrations/shadow_counts.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShadowFinding]:
        """Leave out what a list does not show."""
        return super().get_queryset(request).defer("halo_quote", "delivery__data", "link__last_written")

    def get_urls(self) -> list[URLPattern]:
        """Add the files and the buttons."""
        wrap, name = self.admin_site.admin_view, "integrations_shadowfinding"
        return [
            *self.export_urls(),
            path("<path:object_id>/again/", wrap(self.again_view), name=f"{name}_again"),
            path("<path:object_id>/choose/", wrap(self.choose_view), name=f"{name}_choose"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Count the verdicts above the list, for the integration that is filtered by."""
        rows = ShadowFinding.objects.order_by()
        given = request.GET.get("integration__id__exact", "")
        one = int(given) if given.isascii() and given.isdigit() else None
        rows = rows.filter(integration=one) if one is not None else rows
        counts = dict(rows.values_list("verdict").annotate(n=Count("pk")))
        base = f"integration__id__exact={one}&" if one is not None else ""
        pills = [
            (verdict_pill(verdict), counts[verdict], list_url(ShadowFinding, f"{base}verdict__exact={verdict}"))
            for verdict in ShadowVerdict
            if verdict in counts
        ]
        extra = {**(extra_context or {}), "shadow_counts": pills}
        response: HttpResponse = super().changelist_view(request, extra)
        return response

    @admin.display(description="Quote", ordering="link__number")
    def quote(self, row: ShadowFinding) -> SafeString:
        """Show number and name."""
        return show.two(row.link, row.link.name, strong=True)

    @admin.display(description="Against Halo", ordering="verdict")
    def pill(self, row: ShadowFinding) -> SafeString:
        """Show the verdict."""
        return verdict_pill(row.verdict)

    @admin.display(description="In short")
    def in_short(self, row: ShadowFinding) -> SafeString:
        """Show the first difference."""
        return format_html('<span class="qp-reason" title="{}">{}</span>', row.summary, show.cut(row.summary))

    @admin.display(description="Client", ordering="delivery__client_name")
    def client(self, row: ShadowFinding) -> SafeString:
        """Show client and Quoter's status."""
        return show.two(row.delivery.client_name or "–", row.delivery.quote_status.capitalize())

    @admin.display(description="Total", ordering="quoter_total")
    def totals(self, row: ShadowFinding) -> SafeString:
        """Show both totals."""
        currency = row.delivery.currency
        halo = f"Halo {show.amount(row.halo_total, currency)}" if row.halo_total is not None else ""
        return show.two(show.amount(row.quoter_total, currency), halo)

    @admin.display(description="Compared", ordering="compared_at")
    def compared(self, row: ShadowFinding) -> SafeString | str:
        """Show when."""
        return show.moment(row.compared_at)

    @admin.action(description="Compare again", permissions=["act"])
    def compare_selected_again(self, request: HttpRequest, queryset: QuerySet[ShadowFinding]) -> None:
        """Compare the selected quotes afresh."""
        _tell(request, compare_again(queryset, by=person(request), now=timezone.now()))

    @method_decorator(require_POST)
    def again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Compare this quote afresh."""
        row = allowed(self, request, object_id, self.has_act_permission(request))
        rows = ShadowFinding.objects.filter(pk=row.pk)
        _tell(request, compare_again(rows, by=person(request), now=timezone.now()))
        return back_to(row)

    @method_decorator(require_POST)
    def choose_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep which of several Halo quotes it is."""
        row = allowed(self, request, object_id, self.has_act_permission(request))
        given = request.POST.get("halo_id", "")
        try:
            number = int(given) if given.isascii() and given.isdigit() else 0
            choose_quote(row, number, by=person(request), now=timezone.now())
            messages.success(request, f"{row.link} is compared with Halo quote {number} within seconds.")
        except PortalError as exc:
            tell(request, exc)
        return back_to(row)

    def show_page(self, request: HttpRequest, row: ShadowFinding) -> HttpResponse:
        """Show both sides."""
        name = "admin:integrations_shadowfinding"
        context = {
            **self.page_context(request, row, f"Comparison of {row.link}"),
            "row": row,
            "pill": verdict_pill(row.verdict),
            "compared": show.moment(row.compared_at),
            "again_at": show.moment(row.look_again_at) if row.look_again_at else "",
            "quoter_total": show.amount(row.quoter_total, row.delivery.currency),
            "halo_total": show.amount(row.halo_total, row.delivery.currency),
            "halo_url": halo_quote_url(row.integration, row.halo_quote_id) if row.halo_quote_id else "",
            "candidates": [(id_, halo_quote_url(row.integration, id_)) for id_ in row.candidates],
            "can_compare": row.integration.shadow and row.delivery.state == State.SHADOWED,
            "delivery_url": change_url(row.delivery),
            "attempt_url": change_url(row.attempt),
            "quote_url": change_url(row.link),
            "list_url": list_url(ShadowFinding),
            "again_url": reverse(f"{name}_again", args=[row.pk]),
            "choose_url": reverse(f"{name}_choose", args=[row.pk]),
        }
        return TemplateResponse(request, "integrations/shadow_finding.html", context)


def _tell(request: HttpRequest, count: int) -> None:
    if count:
        messages.success(request, f"{plural(count, 'quote is', 'quotes are')} being compared again.")
    else:
        messages.info(request, "There is nothing to compare again: it is in work, or not in shadow mode any more.")
