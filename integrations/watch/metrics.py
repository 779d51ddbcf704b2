"""The numbers as Prometheus reads them: text exposition format 0.0.4."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from integrations.choices import Outcome, State
from integrations.models import Issue
from integrations.sync.heartbeat import WORKER_LATE_S
from integrations.watch import numbers
from integrations.watch.troubles import disk_free

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_DAY = timedelta(days=1)
_Sample = tuple[Mapping[str, str], float]


def metrics(now: datetime | None = None) -> str:
    """Return all metrics."""
    at = now or timezone.now()
    since = at - _DAY
    states, outcomes = numbers.deliveries_by_state(), numbers.attempts_by_outcome(since)
    beat = numbers.heartbeat_age_s(at)
    used, budgets = numbers.budget_used(at), numbers.budgets(at)
    durations = numbers.attempt_durations(since, (0.5, 0.95))
    families: list[tuple[str, str, list[_Sample]]] = [
        ("portal_info", "The version at work.", [({"version": settings.PORTAL_VERSION}, 1)]),
        ("portal_deliveries", "Deliveries by state.", [({"state": s}, states.get(s, 0)) for s in State.values]),
        (
            "portal_oldest_due_seconds",
            "For how long the most belated delivery has been due.",
            [({}, numbers.oldest_due_s(at))],
        ),
        (
            "portal_heartbeat_age_seconds",
            "Since the worker was last seen.",
            [({}, beat)] if beat is not None else [],
        ),
        (
            "portal_heartbeat_late",
            "1 while the worker is away.",
            [({}, 0 if beat is not None and beat <= WORKER_LATE_S else 1)],
        ),
        (
            "portal_last_webhook_seconds",
            "Since the last webhook that was accepted.",
            [({"integration": name}, age) for name, age in numbers.last_webhook_s(at).items()],
        ),
        (
            "portal_halo_token_seconds_left",
            "For how long the access token is good; 0 or less: a new one is fetched when needed.",
            [({"integration": name}, left) for name, left in numbers.token_left_s(at).items()],
        ),
        (
            "portal_halo_held",
            "1 while quotes are held back because Halo is away or refuses the sign-in.",
            [({"integration": name}, held) for name, held in numbers.held().items()],
        ),
        (
            "portal_doctor_red",
            "1 where the doctor last found something that stops quotes.",
            [({"integration": name}, red) for name, red in numbers.doctor_red().items()],
        ),
        ("portal_disk_free_bytes", "Free on the disk of the database.", [({}, disk_free()[0])]),
        (
            "portal_notices_waiting",
            "Notifications that have not gone out.",
            [({"channel": name}, count) for name, count in numbers.notices_waiting().items()],
        ),
        (
            "portal_issues_open",
            "Causes that stop deliveries.",
            [({}, Issue.objects.filter(closed_at=None).count())],
        ),
        (
            "portal_halo_requests_limit",
            "Requests that the portal may make in any five minutes.",
            [({"integration": b.integration.name}, b.limit) for b in budgets],
        ),
        (
            "portal_halo_requests_left",
            "Requests that may go out now.",
            [({"integration": b.integration.name}, 0 if b.blocked_s else b.left) for b in budgets],
        ),
        (
            "portal_halo_pause_seconds",
            "For how long Halo has asked the portal to wait.",
            [({"integration": b.integration.name}, b.blocked_s) for b in budgets],
        ),
        (
            "portal_halo_requests_used",
            "Requests of the last five minutes.",
            [({"integration": name, "lane": lane}, count) for (name, lane), count in used.items()],
        ),
        (
            "portal_attempts_24h",
            "Attempts of the last 24 hours by outcome.",
            [({"outcome": o}, outcomes.get(o, 0)) for o in Outcome.values],
        ),
        (
            "portal_attempt_duration_seconds_24h",
            "How long attempts of the last 24 hours took, by quantile.",
            [({"quantile": str(q)}, seconds) for q, seconds in durations.items()],
        ),
    ]
    return "".join(_family(*family) for family in families)


def _family(name: str, help_text: str, samples: Iterable[_Sample]) -> str:
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
    lines += [f"{name}{_labels(labels)} {value:g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
