"""Quotes as they arrived: the list, the page of one, and syncing again."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import MultipleChoicesDropdownFilter, RelatedDropdownFilter

from integrations.admin import show
from integrations.admin.again import person, queue_again
from integrations.admin.base import PageAdmin, allowed, back_to, tell
from integrations.admin.delivery_page import delivery_page
from integrations.admin.delivery_views import DeliveryPages, can_preview, may_decide, may_preview
from integrations.admin.export import DELIVERIES, Exportable
from integrations.admin.filters import DayRangeFilter
from integrations.admin.large import FOUND, QuickSearch, newest
from integrations.admin.line_group import keep_group
from integrations.admin.replay_page import ReplayPages, to_replay_page
from integrations.choices import WAITING, Kind, State
from integrations.errors import PortalError
from integrations.lookup.decide import Decision, NotDecided, decide
from integrations.models import QuoteLink, SyncAttempt, WebhookDelivery


def _decide(request: HttpRequest, delivery: WebhookDelivery) -> str:
    given, by, now = request.POST, person(request), timezone.now()
    number = given.get("halo_id", "").strip().removeprefix("#")
    if not (number.isascii() and number.isdigit()) or not 0 < int(number) < 2**31:
        raise NotDecided(f"“{number[:20]}” is no number.", hint="Enter the number that Halo shows: digits only.")
    code, line_id = given.get("code", ""), given.get("line_id", "")
    return decide(delivery, Decision(code=code, line_id=line_id, halo_id=int(number), by=by, now=now))


@admin.register(WebhookDelivery)
class DeliveryAdmin(DeliveryPages, ReplayPages, Exportable, QuickSearch, PageAdmin[WebhookDelivery]):
    """Read-only; a person with the change permission may sync again and decide."""

    list_display = ("quote", "state_pill", "who", "in_quoter", "received", "tries")
    list_filter = (
        ("state", MultipleChoicesDropdownFilter),
        ("integration", RelatedDropdownFilter),
        ("received_at", DayRangeFilter),
        ("kind", MultipleChoicesDropdownFilter),
        "recovered",
    )
    search_fields = (
        "quote_number",
        "quote_name",
        "client_name",
        "contact_name",
        "contact_email",
        "skus",
        "error_message",
    )
    exact_text = ("quote_number",)
    exact_folded = ("contact_email",)
    exact_ids = (
        "link__halo_opportunity_id",
        "link__halo_quote_id",
        "link__halo_sales_order_id",
        "link__halo_user_id",
    )
    search_help_text = "Number, name, client, e-mail, SKU, Halo id or error"
    ordering = ("-received_at", "-id")
    list_per_page = 50
    actions = ["sync_selected_again", "replay_selected"]
    list_after_template = "integrations/deliveries_after.html"
    export_columns = DELIVERIES

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Leave the texts out: a list does not show them. Joins would make SQLite sort everything."""
        links = QuoteLink.objects.defer("last_written")
        rows: QuerySet[WebhookDelivery] = super().get_queryset(request).defer("data", "api_text")
        return rows.prefetch_related("integration", Prefetch("link", links))

    def found_elsewhere(self, term: str) -> Iterable[int]:
        """Find the Halo ids that an attempt dealt with: a quote that waits has no link to them yet."""
        if not term.isdigit():
            return ()
        attempts = newest(SyncAttempt.objects.filter(halo_ids__contains=term)).order_by()
        return attempts.values_list("delivery_id", flat=True)[:FOUND]

    # Columns

    @admin.display(description="Quote", ordering="quote_number")
    def quote(self, delivery: WebhookDelivery) -> SafeString:
        """Show number and name."""
        return show.two(delivery, delivery.quote_name, strong=True)

    @admin.display(description="State")
    def state_pill(self, delivery: WebhookDelivery) -> SafeString:
        """Show the state, with the beginning of the error while there is one."""
        pill = show.pill(delivery.state, delivery.get_state_display())
        if delivery.state not in WAITING | {State.RETRYING}:
            return pill
        text = delivery.error_message
        return format_html(
            '<span class="qp-two">{}<span class="qp-reason" title="{}">{}</span></span>',
            pill,
            text,
            show.cut(text),
        )

    @admin.display(description="Client")
    def who(self, delivery: WebhookDelivery) -> SafeString:
        """Show client and contact."""
        return show.two(delivery.client_name or "–", delivery.contact_name)

    @admin.display(description="In Quoter")
    def in_quoter(self, delivery: WebhookDelivery) -> SafeString:
        """Show the total with its currency, and Quoter's status."""
        if delivery.kind != Kind.QUOTE:
            return show.two(delivery.get_kind_display(), "")
        return show.two(show.amount(delivery.total, delivery.currency), delivery.quote_status.capitalize())

    @admin.display(description="Tries")
    def tries(self, delivery: WebhookDelivery) -> int:
        """Show how often it was tried."""
        return delivery.attempts_made

    @admin.display(description="Received", ordering="received_at")
    def received(self, delivery: WebhookDelivery) -> SafeString | str:
        """Show when it first arrived, and whether a webhook brought it."""
        when = show.moment(delivery.received_at)
        return show.two(when, "recovered") if delivery.recovered else when

    # Actions

    @admin.action(description="Sync again", permissions=["act"])
    def sync_selected_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Queue the selected deliveries."""
        queue_again(request, list(queryset.values_list("pk", flat=True)))

    @admin.action(description="Replay, with a preview first", permissions=["act"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> HttpResponse | None:
        """Lead to the page that asks with which settings."""
        return to_replay_page(request, list(queryset.values_list("pk", flat=True)))

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons of the page."""
        site = self.admin_site
        return [
            *self.replay_urls(),
            path(
                "<path:object_id>/sync-again/",
                site.admin_view(self.sync_again_view),
                name="integrations_webhookdelivery_sync_again",
            ),
            path(
                "<path:object_id>/decide/",
                site.admin_view(self.decide_view),
                name="integrations_webhookdelivery_decide",
            ),
            *self.page_urls(),
            *self.export_urls(),
            path(
                "<path:object_id>/group/",
                site.admin_view(self.group_view),
                name="integrations_webhookdelivery_group",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def group_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep the product group of a line, and go on."""
        return keep_group(request, allowed(self, request, object_id, self.has_act_permission(request)))

    @method_decorator(require_POST)
    def sync_again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue this delivery."""
        delivery = allowed(self, request, object_id, self.has_act_permission(request))
        queue_again(request, [delivery.pk])
        return back_to(delivery)

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep a choice and go on."""
        delivery = allowed(self, request, object_id, may_decide(request, request.POST.get("code", "")))
        try:
            messages.success(request, _decide(request, delivery))
        except PortalError as exc:
            tell(request, exc)
        return back_to(delivery)

    # Page

    def show_page(self, request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:
        """Show what happened, whose turn it is and what to do."""
        context = {
            **self.page_context(request, delivery, str(delivery)),
            "may_preview": may_preview(request) and can_preview(delivery),
            **delivery_page(
                delivery,
                technical=bool(getattr(request.user, "is_superuser", False)),
                may_decide=lambda code: may_decide(request, code),
            ),
        }
        return TemplateResponse(request, "integrations/delivery.html", context)
