"""Pages and buttons beside a delivery's own: the preview, and the word on what was changed in Halo."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from integrations.admin.again import person
from integrations.admin.base import RecordAdmin, allowed, back_to, change_url, may, tell
from integrations.admin.home import home
from integrations.admin.preview_page import preview_page
from integrations.admin.triggers import day_of
from integrations.choices import GuardDecision, Kind
from integrations.errors import PortalError
from integrations.lookup.settle import settle
from integrations.models import RehearsedQuote, WebhookDelivery
from integrations.sync.preview import preview
from integrations.sync.rehearse import version_for
from integrations.sync.surroundings import Surroundings

if TYPE_CHECKING:
    _Base = RecordAdmin[WebhookDelivery]
else:
    _Base = object


def may_preview(request: HttpRequest) -> bool:
    """May ask Halo what a sync would do."""
    return may(request, "decide", WebhookDelivery) or may(request, "change", WebhookDelivery)


def may_decide(request: HttpRequest, code: str) -> bool:
    """May settle a problem: products take an operator, people and opportunities whoever sells."""
    sales = code.startswith(("person_", "opportunity_")) and may(request, "decide", WebhookDelivery)
    return sales or may(request, "change", WebhookDelivery)


def can_preview(delivery: WebhookDelivery) -> bool:
    """Only a quote that could be read has a plan."""
    return delivery.kind == Kind.QUOTE and delivery.link_id is not None and delivery.text_deleted_at is None


def _rehearsed(request: HttpRequest, delivery: WebhookDelivery) -> RehearsedQuote | None:
    """Return the row of the replay whose settings are to be previewed with, where the address names one."""
    given = request.GET.get("rehearsed", "")
    rows = RehearsedQuote.objects.select_related("rehearsal__version").filter(delivery=delivery)
    return rows.filter(pk=given).first() if given.isascii() and given.isdigit() else None


class DeliveryPages(_Base):
    """Adds the preview and the guard's decision to the deliveries' admin."""

    def page_urls(self) -> list[URLPattern]:
        """Return their addresses."""
        wrap, name = self.admin_site.admin_view, "integrations_webhookdelivery"
        return [
            path("home/", wrap(self.home_view), name="integrations_home_fragment"),
            path("<path:object_id>/preview/", wrap(self.preview_view), name=f"{name}_preview"),
            path("<path:object_id>/settle/", wrap(self.settle_view), name=f"{name}_settle"),
        ]

    @method_decorator(require_safe)
    def home_view(self, request: HttpRequest, **more: object) -> HttpResponse:
        """Return the inside of the home page, which it asks for while it is open."""
        return TemplateResponse(request, "integrations/home.html", home(request, {}))

    @method_decorator(require_safe)
    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what a sync would do to Halo as it is now."""
        delivery = allowed(self, request, object_id, may_preview(request))
        if not can_preview(delivery):
            self.message_user(request, "Only a quote that the portal can read has a preview.", level="WARNING")
            return back_to(delivery)
        rehearsed = _rehearsed(request, delivery)
        version = version_for(rehearsed.rehearsal, delivery) if rehearsed else None
        try:
            found = preview(delivery, surroundings=Surroundings(), version=version)
        except PortalError as exc:
            # The hint of a passing fault is about a sync, which comes back by itself; a preview does not.
            way_out = "Press Preview again in a minute." if exc.retryable else exc.way_out
            self.message_user(request, f"No preview: {exc.user_message} {way_out}".strip(), level="ERROR")
            return back_to(delivery)
        frame = self.page_context(request, delivery, f"Preview of {delivery}")
        frame["rehearsal_url"] = change_url(rehearsed.rehearsal) if rehearsed else ""
        frame["with_settings"] = f"the settings of {day_of(version)} (version {version.number})" if version else ""
        return TemplateResponse(
            request, "integrations/preview.html", {**frame, **preview_page(delivery, found, version=version)}
        )

    @method_decorator(require_POST)
    def settle_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep Halo's version or use Quoter's."""
        delivery = allowed(self, request, object_id, self.has_act_permission(request))
        decision, attempt = request.POST.get("decision", ""), request.POST.get("attempt", "")
        if decision not in GuardDecision:
            raise PermissionDenied
        try:
            self.message_user(
                request,
                settle(
                    delivery,
                    GuardDecision(decision),
                    attempt_id=int(attempt) if attempt.isascii() and attempt.isdigit() else 0,
                    by=person(request),
                    now=timezone.now(),
                ),
                level="SUCCESS",
            )
        except PortalError as exc:
            tell(request, exc)
        return back_to(delivery)
