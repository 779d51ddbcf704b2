"""The ledger: who spent Halo's requests, what is left, and when the queue will be empty."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.admin import show
from integrations.admin.base import change_url, may
from integrations.models import Integration
from integrations.watch.ledger import LaneQueue, LedgerPage, ledger

_PURPOSES = {
    "quotes": "Syncing quotes",
    "people": "Person search and pages",
    "preview": "Previews",
    "settings": "Settings, Test connection",
    "doctor": "Doctor",
    "product copy": "Copy of the products",
    "people copy": "Copy of the people",
}
_LANES = {
    "person": "A person waits",
    "acceptance": "Accepted quotes",
    "publication": "Published quotes",
    "reconciliation": "Copies and checks",
}


@require_safe
def ledger_view(request: HttpRequest) -> HttpResponse:
    """Show all integrations' ledgers."""
    if not may(request, "view", Integration):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": "Halo requests",
        "is_popup": False,
        "ledgers": [_view(page) for page in ledger(timezone.now())],
    }
    return TemplateResponse(request, "integrations/ledger.html", context)


def _view(page: LedgerPage) -> dict[str, Any]:
    budget = page.budget
    return {
        "name": budget.integration.name,
        "url": f"{change_url(budget.integration)}#id_halo_request_limit",
        "left": budget.left,
        "limit": budget.limit,
        "used": budget.used,
        "allowed": budget.integration.halo_request_limit,
        "reserve": budget.integration.halo_request_limit - budget.limit,
        "tone": "warn" if budget.blocked_s or budget.left < budget.limit * 0.2 else "good",
        "pause": show.about(budget.blocked_s) if budget.blocked_s else "",
        "refusals": page.refusals,
        "refused_at": show.moment(page.refused_at),
        "a_quote": f"{page.a_quote:.1f}" if page.a_quote else "",
        "held": page.held,
        "queues": [_view_queue(queue, held=page.held) for queue in page.queues],
        "spent": [
            (_PURPOSES.get(row.purpose, "Other"), _LANES.get(row.lane, row.lane), row.window, row.hour, row.today)
            for row in page.spent
        ],
    }


def _view_queue(queue: LaneQueue, *, held: bool) -> tuple[str, int, str]:
    when = "–" if held or not queue.waiting else f"in about {show.about(queue.seconds)}"
    return queue.label, queue.waiting, when
