"""What came in over a day, a week or a month, and how it went: for the home page's figures and bars."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Count, IntegerField, Value, When
from django.utils import timezone

from integrations.choices import AGREED, WAITING
from integrations.models import WebhookDelivery
from integrations.watch.numbers import time_to_halo


@dataclass
class Bar:
    """One hour or day."""

    start: datetime
    good: int = 0
    waiting: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.good + self.waiting + self.other


@dataclass(frozen=True)
class Window:
    """How far back to look, and in which steps."""

    key: str
    label: str
    bars: int
    step: timedelta


@dataclass(frozen=True)
class Trend:
    """The figures of one window. `success` is a share of what has ended; None where nothing has."""

    bars: Sequence[Bar] = field(default_factory=list)
    received: int = 0
    success: float | None = None
    median_s: float | None = None


WINDOWS = (
    Window("24h", "24 hours", 24, timedelta(hours=1)),
    Window("7d", "7 days", 7, timedelta(days=1)),
    Window("30d", "30 days", 30, timedelta(days=1)),
)


def window_of(key: str) -> Window:
    """Return the window of that key, or the first."""
    return next((window for window in WINDOWS if window.key == key), WINDOWS[0])


def trend(window: Window, *, now: datetime) -> Trend:
    """Count what arrived in a window, in the portal's time zone."""
    starts = _starts(window, now)
    # Compared with the bars' own edges: a database that truncates times row by row is many times slower.
    edges = [When(received_at__lt=edge, then=Value(index)) for index, edge in enumerate(starts[1:])]
    rows = (
        WebhookDelivery.objects.filter(received_at__gte=starts[0])
        .annotate(bar=Case(*edges, default=Value(len(starts) - 1), output_field=IntegerField()))
        .order_by()
        .values_list("bar", "state")
        .annotate(count=Count("pk"))
        .values_list("bar", "state", "count")
    )
    bars = [Bar(start) for start in starts]
    for index, state, count in rows:
        bar = bars[index]
        if state in AGREED:
            bar.good += count
        elif state in WAITING:
            bar.waiting += count
        else:
            bar.other += count
    good, waiting = sum(bar.good for bar in bars), sum(bar.waiting for bar in bars)
    return Trend(
        bars=bars,
        received=sum(bar.total for bar in bars),
        success=good / (good + waiting) if good + waiting else None,
        median_s=time_to_halo(starts[0]),
    )


def _starts(window: Window, now: datetime) -> list[datetime]:
    local = timezone.localtime(now)
    if window.step < timedelta(days=1):
        last = local.replace(minute=0, second=0, microsecond=0)
        return [timezone.localtime(last - window.step * back) for back in reversed(range(window.bars))]
    # By the calendar, not by 24 hours: days differ where clocks change.
    days = [local.date() - timedelta(days=back) for back in reversed(range(window.bars))]
    return [timezone.make_aware(datetime.combine(day, datetime.min.time())) for day in days]
