"""Where the Halo requests went, and when the queue will be empty at this rate."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from integrations.choices import DUE, Outcome, State
from integrations.connect.budget import WINDOW_S, Purpose, allowed
from integrations.connect.ledger import Spent, spending
from integrations.models import Integration, RequestBudget, RequestsSpent, SyncAttempt, WebhookDelivery
from integrations.models.pausing import at_work
from integrations.sync.room import REQUESTS_AN_ATTEMPT, lane_of
from integrations.watch.numbers import Budget, attempt_durations, budgets

_MEASURED = timedelta(days=1)


@dataclass(frozen=True)
class LaneQueue:
    """Deliveries of one lane that are due, and about how many seconds until none is left."""

    label: str
    waiting: int
    seconds: float


@dataclass(frozen=True)
class LedgerPage:
    """One integration's ledger.

    `a_quote` is how many requests a quote has cost lately, on average; None where nothing is measured yet.
    `held`: nothing of the queue is worked on, for it is off, paused or held back.
    """

    budget: Budget
    spent: list[Spent]
    queues: list[LaneQueue]
    a_quote: float | None
    held: bool
    refusals: int
    refused_at: datetime | None


def ledger(now: datetime) -> list[LedgerPage]:
    """Return the ledgers of all integrations, by name."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = spending(now=now.timestamp(), midnight=midnight.timestamp())
    return [
        _page(budget, [row for row in spent if row.integration_id == budget.integration.pk], now)
        for budget in budgets(now)
    ]


def _page(budget: Budget, spent: list[Spent], now: datetime) -> LedgerPage:
    integration = budget.integration
    refused = RequestBudget.objects.filter(integration=integration).first()
    a_quote = requests_a_quote(integration, now)
    works = Integration.objects.filter(at_work(now), pk=integration.pk).exists()
    return LedgerPage(
        budget=budget,
        spent=spent,
        queues=_queues(budget, a_quote or REQUESTS_AN_ATTEMPT, now),
        a_quote=a_quote,
        held=not works,
        refusals=refused.refusals if refused else 0,
        refused_at=datetime.fromtimestamp(refused.refused_at, now.tzinfo)
        if refused and refused.refused_at
        else None,
    )


def requests_a_quote(integration: Integration, now: datetime) -> float | None:
    """Return how many requests a delivery has cost in the last day, with all its attempts; None without any."""
    since = now - _MEASURED
    spent = RequestsSpent.objects.filter(
        integration=integration, purpose=Purpose.QUOTES.value, slot__gte=int(since.timestamp())
    )
    used: int = spent.aggregate(used=Sum("count"))["used"] or 0
    worked_on = SyncAttempt.objects.filter(delivery__integration=integration, started_at__gte=since)
    count = worked_on.exclude(outcome=Outcome.RUNNING).values("delivery").distinct().count()
    return used / count if used and count else None


def _queues(budget: Budget, a_quote: float, now: datetime) -> list[LaneQueue]:
    due = WebhookDelivery.objects.filter(integration=budget.integration, state__in=DUE | {State.RUNNING})
    # What has its retry in an hour is no queue; what was put off for want of requests has been queued.
    queued = due.exclude(state=State.RETRYING, next_attempt_at__gt=now)
    rows = queued.order_by().values_list("lane").annotate(count=Count("pk"))
    counts: dict[int, int] = dict(rows.values_list("lane", "count"))
    took = attempt_durations(now - _MEASURED, [0.5]).get(0.5, 0.0)
    found, ahead = [], 0
    for lane in WebhookDelivery.Lane:
        waiting = counts.get(lane.value, 0)
        ahead += waiting
        top = allowed(budget.integration, lane_of(WebhookDelivery(lane=lane.value)))
        seconds = seconds_to_empty(
            ahead, a_quote=a_quote, top=top, used=budget.used, blocked_s=budget.blocked_s, took_s=took
        )
        found.append(LaneQueue(lane.label, waiting, seconds if waiting else 0.0))
    return found


def seconds_to_empty(
    deliveries: int, *, a_quote: float, top: int, used: int, blocked_s: float, took_s: float
) -> float:
    """Return about how long a queue takes: by the requests it needs, or by the workers if they are slower.

    `top` is what its lane may spend in five minutes, `took_s` the seconds of one attempt.
    """
    by_budget = max(deliveries * a_quote - max(top - used, 0), 0.0) / top * WINDOW_S
    workers: int = settings.Q_CLUSTER["workers"]
    by_workers = deliveries * took_s / workers
    return blocked_s + max(by_budget, by_workers)
