"""The numbers: each is one query, whatever the number of rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Q, QuerySet, Sum

from integrations.choices import DUE, Outcome, Trigger
from integrations.connect.budget import SLOT_S, WINDOW_S, budget_of
from integrations.models import (
    Channel,
    Checkup,
    HaloToken,
    Integration,
    NoticeSending,
    RequestsSpent,
    SyncAttempt,
    WebhookDelivery,
)
from integrations.models.pausing import at_work
from integrations.sync.heartbeat import last_beat

_NEWEST = 2_000
# Syncing an old delivery again says nothing about how long Quoter's users wait for Halo.
_BY_ITSELF = (Trigger.WEBHOOK, Trigger.RETRY, Trigger.RECOVERED)


def deliveries_by_state() -> dict[str, int]:
    """Count all deliveries."""
    rows = WebhookDelivery.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return dict(rows.values_list("state", "count"))


def oldest_due_s(now: datetime) -> float:
    """Return for how many seconds the most belated delivery has been due; 0 where none is."""
    due = WebhookDelivery.objects.filter(
        at_work(now, prefix="integration__"), state__in=DUE, next_attempt_at__lte=now
    )
    oldest = due.aggregate(oldest=Min("next_attempt_at"))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0


def heartbeat_age_s(now: datetime) -> float | None:
    """Return how many seconds ago the worker was seen; None where it never was."""
    beat = last_beat()
    return (now - beat).total_seconds() if beat else None


def budget_used(now: datetime) -> dict[tuple[str, str], int]:
    """Return the requests of the last five minutes by integration and lane."""
    spent = RequestsSpent.objects.filter(slot__gt=int(now.timestamp()) - WINDOW_S - SLOT_S)
    rows = spent.order_by().values_list("integration__name", "lane").annotate(used=Sum("count"))
    return {(name, lane): used for name, lane, used in rows.values_list("integration__name", "lane", "used")}


@dataclass(frozen=True)
class Budget:
    """The Halo requests of one integration: how many there are in five minutes, used, and Halo's own pause."""

    integration: Integration
    limit: int
    used: int
    blocked_s: float

    @property
    def left(self) -> int:
        """How many may go out now."""
        return max(self.limit - self.used, 0)


def budgets(now: datetime) -> list[Budget]:
    """Return the budget of every integration, by name."""
    at = now.timestamp()
    in_window = Q(requests_spent__slot__gt=int(at) - WINDOW_S - SLOT_S)
    rows = Integration.objects.annotate(
        used=Sum("requests_spent__count", filter=in_window), blocked=Min("budget__blocked_until")
    )
    return [
        Budget(row, budget_of(row), row.used or 0, max((row.blocked or 0.0) - at, 0.0))
        for row in rows.order_by("name")
    ]


def last_webhook_s(now: datetime) -> dict[str, float]:
    """Return how many seconds ago each integration's last webhook came; integrations without one are left out."""
    rows = Integration.objects.annotate(last=Max("deliveries__last_received_at")).filter(last__isnull=False)
    return {name: (now - last).total_seconds() for name, last in rows.values_list("name", "last")}


def token_left_s(now: datetime) -> dict[str, float]:
    """Return for how many seconds each integration's access token is good; negative: it has run out."""
    rows = HaloToken.objects.filter(expires_at__gt=0).values_list("integration__name", "expires_at")
    return {name: expires_at - now.timestamp() for name, expires_at in rows}


def held() -> dict[str, int]:
    """Return 1 for integrations whose quotes are held back, else 0."""
    rows = Integration.objects.values_list("name", "breaker__opened_at")
    return {name: int(opened_at is not None) for name, opened_at in rows}


def doctor_red() -> dict[str, int]:
    """Return 1 where the doctor's last look was red, else 0; integrations never looked at are left out."""
    rows = Checkup.objects.filter(examined_at__isnull=False).values_list("integration__name", "grade")
    return {name: int(grade == "bad") for name, grade in rows}


def notices_waiting() -> dict[str, int]:
    """Count what each notification channel has still to send."""
    waiting = Q(sendings__state=NoticeSending.State.WAITING)
    rows = Channel.objects.annotate(waiting=Count("sendings", filter=waiting))
    return dict(rows.values_list("name", "waiting"))


def attempts_by_outcome(since: datetime) -> dict[str, int]:
    """Count the attempts that began since then."""
    rows = SyncAttempt.objects.filter(started_at__gte=since).order_by().values_list("outcome")
    return dict(rows.annotate(count=Count("pk")).values_list("outcome", "count"))


def attempt_durations(since: datetime, quantiles: Iterable[float]) -> dict[float, float]:
    """Return how many seconds finished attempts took, by quantile; empty where there was none."""
    rows = SyncAttempt.objects.filter(started_at__gte=since, finished_at__isnull=False)
    return _quantiles(rows, "started_at", quantiles)


def time_to_halo(since: datetime) -> float | None:
    """Return the median of the seconds from a webhook's arrival until Halo was verified; None without any.

    Of the newest ones only: a page that a busy portal shows must not sort its whole month.
    """
    rows = SyncAttempt.objects.filter(
        started_at__gte=since, outcome=Outcome.SUCCEEDED, finished_at__isnull=False, trigger__in=_BY_ITSELF
    )
    newest = rows.order_by("-started_at").values_list("finished_at", "delivery__received_at")[:_NEWEST]
    seconds = sorted((end - start).total_seconds() for end, start in newest if end is not None)
    return seconds[len(seconds) // 2] if seconds else None


def _quantiles(rows: QuerySet[SyncAttempt], start: str, quantiles: Iterable[float]) -> dict[float, float]:
    took = ExpressionWrapper(F("finished_at") - F(start), output_field=DurationField())
    # The database sorts and one row travels, however many there are.
    times = rows.annotate(took=took).order_by("took").values_list("took", flat=True)
    count = rows.order_by().count()
    places = {quantile: min(int(count * quantile), count - 1) for quantile in quantiles} if count else {}
    return {quantile: times[place].total_seconds() for quantile, place in places.items()}
