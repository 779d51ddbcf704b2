"""Home: what needs you, what retries, what came lately, and whether the worker is alive."""

from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrations.admin import show
from integrations.admin.base import change_url, list_url, may
from integrations.admin.breaker_line import held_cards
from integrations.admin.home_figures import figures
from integrations.admin.pause_form import pause_line
from integrations.admin.rows import delivery_rows
from integrations.choices import ACTIVE, WAITING, State
from integrations.models import Integration, WebhookDelivery
from integrations.sync.heartbeat import WORKER_LATE_S, last_beat

SHOWN = 8


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the home page shows. Called by Unfold."""
    context["title"] = "Home"
    context["worker"] = _worker()
    paused = Integration.objects.filter(paused_at__isnull=False).select_related("paused_by")
    context["pauses"] = [(row, change_url(row), line) for row in paused if (line := pause_line(row))]
    context["held_back"] = held_cards(request)
    context["may_add"] = may(request, "add", Integration)
    context["add_url"] = f"{list_url(Integration)}add/"
    context["may_see"] = may(request, "view", WebhookDelivery) or may(request, "change", WebhookDelivery)
    context["fragment_url"] = reverse("admin:integrations_home_fragment")
    if not context["may_see"]:
        return context
    context |= figures(request)
    has_quotes = WebhookDelivery.objects.exists()
    # Only of what is not over yet: the rest grows for years.
    counts = dict(
        WebhookDelivery.objects.order_by()
        .filter(state__in=ACTIVE | WAITING)
        .values_list("state")
        .annotate(count=Count("pk"))
        .values_list("state", "count")
    )
    waiting_states = "&".join(f"state__exact={state}" for state in sorted(WAITING))
    context |= {
        "needs_you_count": sum(counts.get(state, 0) for state in WAITING),
        "retrying_count": counts.get(State.RETRYING, 0),
        "has_quotes": has_quotes,
        "needs_you": delivery_rows(_newest().filter(state__in=WAITING)[:SHOWN]) if has_quotes else [],
        "retrying": delivery_rows(_newest().filter(state=State.RETRYING).order_by("next_attempt_at")[:SHOWN])
        if counts.get(State.RETRYING)
        else [],
        "recent": delivery_rows(_newest()[:SHOWN]) if has_quotes else [],
        "needs_you_url": list_url(WebhookDelivery, waiting_states),
        "retrying_url": list_url(WebhookDelivery, f"state__exact={State.RETRYING}"),
        "recent_url": list_url(WebhookDelivery),
        "working": bool(counts.get(State.QUEUED, 0) or counts.get(State.RUNNING, 0)),
    }
    if not has_quotes:
        context["integrations"] = list(Integration.objects.all()[:SHOWN])
        context["integrations_url"] = list_url(Integration)
        context["simulator_url"] = f"{settings.SIMULATOR_URL}/" if settings.SIMULATOR else ""
    return context


def _newest() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.defer("data")


def _worker() -> dict[str, Any]:
    seen, now = last_beat(), timezone.now()
    if seen is None:
        return {"ok": False, "text": "The worker has never been seen, so nothing is synced yet."}
    text = f"The worker was last seen {show.ago(seen, now)}"
    if (now - seen).total_seconds() > WORKER_LATE_S:
        return {"ok": False, "text": f"{text}, so nothing is synced at the moment."}
    return {"ok": True, "text": f"{text}."}
