"""The quotes of a rehearsal: the list with its filters and files, and one with what would differ."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter

from integrations.admin import show
from integrations.admin.base import PageAdmin, change_url
from integrations.admin.export import Column, Exportable
from integrations.admin.rehearsal_page import pill_of
from integrations.models import RehearsedQuote

_COLUMNS: Sequence[Column] = (
    ("quote", "delivery.quote_number"),
    ("name", "delivery.quote_name"),
    ("client", "delivery.client_name"),
    ("status", "delivery.quote_status"),
    ("total", "delivery.total"),
    ("currency", "delivery.currency"),
    ("received", "delivery.received_at"),
    ("answer", "verdict"),
    ("in_short", "summary"),
    (
        "differences",
        lambda row: "; ".join(f"{change['label']}: {change['then']} → {change['now']}" for change in row.changes),
    ),
    ("would_write", lambda row: "; ".join(row.writes)),
    ("there_already", lambda row: "; ".join(row.skipped)),
    ("compared_with_attempt", "attempt_id"),
)


@admin.register(RehearsedQuote)
class RehearsedQuoteAdmin(Exportable, PageAdmin[RehearsedQuote]):
    """Read-only."""

    list_display = ("quote", "answer", "client", "total", "in_short")
    list_filter = (("verdict", MultipleChoicesDropdownFilter), "rehearsal")
    list_select_related = ("delivery",)
    search_fields = ("delivery__quote_number", "delivery__quote_name", "delivery__client_name", "summary")
    search_help_text = "Number, name, client or words of the answer"
    list_per_page = 50
    export_columns = _COLUMNS

    def get_queryset(self, request: HttpRequest) -> QuerySet[RehearsedQuote]:
        """Leave the webhooks' texts out."""
        return super().get_queryset(request).defer("delivery__data")

    def get_urls(self) -> list[URLPattern]:
        """Add the files."""
        return [*self.export_urls(), *super().get_urls()]

    @admin.display(description="Quote", ordering="delivery__quote_number")
    def quote(self, row: RehearsedQuote) -> SafeString:
        """Show number and name."""
        return show.two(row.delivery, row.delivery.quote_name, strong=True)

    @admin.display(description="Answer", ordering="verdict")
    def answer(self, row: RehearsedQuote) -> SafeString:
        """Show the verdict."""
        return pill_of(row.verdict)

    @admin.display(description="Client", ordering="delivery__client_name")
    def client(self, row: RehearsedQuote) -> str:
        """Show the client."""
        return row.delivery.client_name or "–"

    @admin.display(description="Total", ordering="delivery__total")
    def total(self, row: RehearsedQuote) -> str:
        """Show Quoter's total."""
        return show.amount(row.delivery.total, row.delivery.currency)

    @admin.display(description="In short")
    def in_short(self, row: RehearsedQuote) -> SafeString:
        """Show the first difference."""
        return format_html('<span class="qp-reason" title="{}">{}</span>', row.summary, show.cut(row.summary))

    def show_page(self, request: HttpRequest, row: RehearsedQuote) -> HttpResponse:
        """Show what would differ, then beside now."""
        context = {
            **self.page_context(request, row, f"What if: {row.delivery}"),
            "row": row,
            "delivery": row.delivery,
            "pill": pill_of(row.verdict),
            "rehearsal_url": change_url(row.rehearsal),
            "delivery_url": change_url(row.delivery),
            "attempt_url": change_url(row.attempt) if row.attempt else "",
        }
        return TemplateResponse(request, "integrations/rehearsed_quote.html", context)
