"""Shadow mode on an integration: its card, switching it on, and going live with what that means in numbers."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from integrations.admin import show
from integrations.admin.again import person
from integrations.admin.base import ModelAdmin, allowed, back_to, frame, list_url, may, plural, tell
from integrations.choices import ShadowVerdict
from integrations.errors import PortalError
from integrations.lookup.shadowing import (
    Start,
    counts_of,
    go_live,
    into_shadow,
    synced_by,
    waiting_of,
    written_before,
)
from integrations.models import Integration, ShadowFinding

if TYPE_CHECKING:
    _Base = ModelAdmin[Integration]
else:
    _Base = object

TONES = {
    ShadowVerdict.AGREES: "good",
    ShadowVerdict.DIFFERS: "warn",
    ShadowVerdict.MISSING: "bad",
    ShadowVerdict.WOULD_WAIT: "turn",
    ShadowVerdict.UNCLEAR: "calm",
}


def verdict_pill(verdict: str) -> SafeString:
    """Return a verdict as a pill."""
    found = ShadowVerdict(verdict)
    return show.pill_in(TONES[found], found.label)


def shadow_card(request: HttpRequest, integration: Integration) -> dict[str, Any]:
    """Return what the settings page shows of it."""
    name = "admin:integrations_integration"
    seen = integration.shadow or ShadowFinding.objects.filter(integration=integration).exists()
    return {
        "shadow_since": show.moment(integration.shadow_since) if integration.shadow else "",
        "shadow_counts": _pills(integration) if integration.shadow else [],
        "shadow_report_url": list_url(ShadowFinding, f"integration__id__exact={integration.pk}"),
        "may_shadow": may(request, "shadow", Integration),
        "may_see_shadow": seen and may(request, "view", ShadowFinding),
        "shadow_url": reverse(f"{name}_shadow", args=[integration.pk]),
        "go_live_url": reverse(f"{name}_go_live", args=[integration.pk]),
    }


def _pills(integration: Integration) -> list[tuple[SafeString, int, str]]:
    address = list_url(ShadowFinding, f"integration__id__exact={integration.pk}")
    counts = counts_of(integration)
    return [(verdict_pill(verdict), counts[verdict], f"{address}&verdict__exact={verdict}") for verdict in counts]


class ShadowPages(_Base):
    """Adds shadow mode to the integrations' admin."""

    def shadow_urls(self) -> list[URLPattern]:
        """Return the addresses."""
        wrap, prefix = self.admin_site.admin_view, "integrations_integration"
        return [
            path("<path:object_id>/shadow/", wrap(self.shadow_view), name=f"{prefix}_shadow"),
            path("<path:object_id>/go-live/", wrap(self.go_live_view), name=f"{prefix}_go_live"),
        ]

    @method_decorator(require_http_methods(["GET", "POST"]))
    def shadow_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what shadow mode means; switch it on."""
        integration = allowed(self, request, object_id, may(request, "shadow", Integration))
        if request.method == "POST":
            try:
                into_shadow(integration, now=timezone.now())
            except PortalError as exc:
                tell(request, exc)
                return back_to(integration)
            self.log_change(request, integration, "Shadow mode on")
            self.message_user(request, f"{integration} is in shadow mode: nothing is written to Halo.")
            return back_to(integration)
        context = {
            **frame(self, request, integration, "Shadow mode"),
            "written_before": written_before(integration),
        }
        return TemplateResponse(request, "integrations/shadow.html", context)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def go_live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what will happen, in numbers; then go live."""
        integration = allowed(self, request, object_id, may(request, "shadow", Integration))
        if request.method == "POST":
            return self._go_live(request, integration)
        counts = counts_of(integration)
        context = {
            **frame(self, request, integration, "Go live"),
            "counts": _pills(integration),
            "compared": sum(counts.values()),
            "unclear": counts[ShadowVerdict.UNCLEAR],
            "waiting": waiting_of(integration),
            "starts": [(start.value, *_told(start, synced_by(start, counts))) for start in Start],
            "report_url": list_url(ShadowFinding, f"integration__id__exact={integration.pk}"),
        }
        return TemplateResponse(request, "integrations/go_live.html", context)

    def _go_live(self, request: HttpRequest, integration: Integration) -> HttpResponse:
        start = request.POST.get("start", "")
        if request.POST.get("other_is_off") != "on" or start not in set(Start):
            text = "Still in shadow mode: say that the other connector is off, and what becomes of the quotes."
            self.message_user(request, text, level="ERROR")
            return back_to(integration)
        try:
            went = go_live(integration, Start(start), by=person(request), now=timezone.now())
        except PortalError as exc:
            tell(request, exc)
            return back_to(integration)
        self.log_change(request, integration, f"Went live ({start})")
        linked = "is" if went.linked == 1 else "are"
        parts = [
            f"{plural(went.linked, 'Halo quote')} of the other connector {linked} linked",
            f"{plural(went.synced, 'compared quote')} will be synced now",
            f"{plural(went.waiting, 'delivery', 'deliveries')} had waited and will be synced as well",
        ]
        self.message_user(request, f"{integration} is live. {', '.join(parts)}.", level="SUCCESS")
        return back_to(integration)


def _told(start: Start, count: int) -> tuple[str, str]:
    quotes = plural(count, "quote")
    return {
        Start.NEW: (
            "Write only what arrives from now on",
            "The quotes compared until now stay as Halo has them. A later revision updates the Halo quote that "
            "was found for it.",
        ),
        Start.MISSING: (
            f"Also sync what Halo lacks: {quotes}",
            "Those that are not in Halo, and those that would need a decision: these then wait for you.",
        ),
        Start.ALL: (
            f"Sync everything that does not agree: {quotes}",
            "What Halo lacks is made, and what differs is brought in line with Quoter: the Halo quote of the "
            "other connector is changed.",
        ),
    }[start]
