"""Every attempt: the list, and one as a timeline of steps."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter

from integrations.admin import show
from integrations.admin.base import PageAdmin, change_url
from integrations.admin.delivery_page import deleted_sentence
from integrations.admin.export import ATTEMPTS, Exportable
from integrations.admin.filters import DayRangeFilter
from integrations.admin.large import FOUND, QuickSearch, newest
from integrations.admin.timeline import attempts_with_steps, calls_of, view_attempt
from integrations.admin.triggers import settings_text
from integrations.admin.why_page import why_page
from integrations.models import SettingsVersion, SyncAttempt, WebhookDelivery

_OF_QUOTE = ("quote_number", "quote_name", "client_name", "contact_name", "contact_email", "skus")


@admin.register(SyncAttempt)
class AttemptAdmin(Exportable, QuickSearch, PageAdmin[SyncAttempt]):
    """Read-only."""

    list_display = ("quote", "outcome_pill", "nth", "trigger_label", "started", "lasted", "what")
    list_filter = (
        ("outcome", MultipleChoicesDropdownFilter),
        ("trigger", MultipleChoicesDropdownFilter),
        ("started_at", DayRangeFilter),
    )
    search_fields = ("halo_ids", "error_message", "summary")
    exact_text = ("delivery__quote_number",)
    exact_ids = ("delivery__link__halo_opportunity_id", "delivery__link__halo_quote_id")
    search_help_text = "Number, name, client, e-mail, SKU, Halo id or error"
    ordering = ("-started_at", "-id")
    list_per_page = 50
    export_columns = ATTEMPTS

    def get_urls(self) -> list[URLPattern]:
        """Add the files."""
        return [*self.export_urls(), *super().get_urls()]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let the page of a settings version lead to its attempts."""
        return lookup == "settings_version__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncAttempt]:
        """Leave out what a list does not show.

        What belongs to them comes in queries of its own: joined, SQLite begins with it and sorts everything.
        """
        deliveries = WebhookDelivery.objects.defer("data")
        versions = SettingsVersion.objects.defer("rules")
        rows: QuerySet[SyncAttempt] = super().get_queryset(request).defer("plan", "traceback")
        return rows.prefetch_related(
            Prefetch("delivery", deliveries), "requested_by", Prefetch("settings_version", versions)
        )

    def found_elsewhere(self, term: str) -> Iterable[int]:
        """Find the attempts of the quotes that have all the words: joined, a database would read every quote."""
        quotes = newest(WebhookDelivery.objects.all())
        for word in term.split():
            quotes = quotes.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in _OF_QUOTE)))
        ids = list(quotes.order_by("-pk").values_list("pk", flat=True)[:FOUND])
        rows = SyncAttempt.objects.filter(delivery__in=ids).order_by("-pk")
        return rows.values_list("pk", flat=True)[:FOUND]

    @admin.display(description="Quote")
    def quote(self, attempt: SyncAttempt) -> SafeString:
        """Show number and name."""
        delivery = attempt.delivery
        return show.two(delivery, delivery.quote_name, strong=True)

    @admin.display(description="Outcome", ordering="outcome")
    def outcome_pill(self, attempt: SyncAttempt) -> SafeString:
        """Show how it ended."""
        return show.pill(attempt.outcome, attempt.get_outcome_display())

    @admin.display(description="Try")
    def nth(self, attempt: SyncAttempt) -> int:
        """Show which try it was."""
        return attempt.number

    @admin.display(description="Started by", ordering="trigger")
    def trigger_label(self, attempt: SyncAttempt) -> SafeString:
        """Show what started it, and who."""
        who = attempt.requested_by.get_username() if attempt.requested_by else ""
        older = settings_text(attempt) if attempt.chosen_version else ""
        return show.two(attempt.get_trigger_display(), ", ".join(part for part in (who, older) if part))

    @admin.display(description="When", ordering="started_at")
    def started(self, attempt: SyncAttempt) -> SafeString | str:
        """Show when it began."""
        return show.moment(attempt.started_at)

    @admin.display(description="Took")
    def lasted(self, attempt: SyncAttempt) -> SafeString:
        """Show how long it took."""
        return format_html('<span class="qp-number">{}</span>', show.took(attempt.started_at, attempt.finished_at))

    @admin.display(description="What happened")
    def what(self, attempt: SyncAttempt) -> SafeString:
        """Show the beginning of the summary."""
        text = attempt.error_message or attempt.summary
        return format_html('<span class="qp-reason" title="{}">{}</span>', text, show.cut(text))

    def show_page(self, request: HttpRequest, attempt: SyncAttempt) -> HttpResponse:
        """Show one attempt as a timeline."""
        attempt = attempts_with_steps().select_related("delivery__integration").get(pk=attempt.pk)
        technical = bool(getattr(request.user, "is_superuser", False))
        context = {
            **self.page_context(request, attempt, str(attempt)),
            "attempt": view_attempt(attempt, calls=calls_of(attempt), technical=technical),
            "delivery": attempt.delivery,
            "delivery_url": change_url(attempt.delivery),
            "text_deleted": deleted_sentence(attempt.delivery),
            **why_page(attempt),
        }
        return TemplateResponse(request, "integrations/attempt.html", context)
