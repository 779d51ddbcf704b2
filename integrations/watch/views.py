"""What watches the portal from outside: is it ready, and how is it doing."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.sync.breaker import open_breakers
from integrations.sync.heartbeat import WORKER_LATE_S
from integrations.watch import numbers
from integrations.watch.metrics import CONTENT_TYPE, metrics
from integrations.watch.troubles import QUEUE_LATE_S


@login_not_required  # probes have no account
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the database answers, the worker works and nothing has been due for long; else 503."""
    try:
        now = timezone.now()
        beat = numbers.heartbeat_age_s(now)
        parts = {
            "database": True,
            "worker": beat is not None and beat <= WORKER_LATE_S,
            "queue": numbers.oldest_due_s(now) <= QUEUE_LATE_S,
        }
        # For people: what is held back is accepted and kept, so the portal itself is ready.
        held = f"halo held back for {count}\n" if (count := len(open_breakers())) else "halo ok\n"
    except DatabaseError:
        parts, held = {"database": False}, ""
    text = "".join(
        f"{name} {'ok' if fine else 'late' if name != 'database' else 'down'}\n" for name, fine in parts.items()
    )
    return HttpResponse(text + held, status=200 if all(parts.values()) else 503, content_type="text/plain")


@login_not_required  # scrapers show a token instead
@never_cache
@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """Return the metrics to whoever has the token; without one in the environment there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    # As bytes: a header may hold what is no ASCII, which `compare_digest` refuses as text.
    if not constant_time_compare(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics(), content_type=CONTENT_TYPE)
