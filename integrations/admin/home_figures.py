"""The home page's figures: how it runs, as a few numbers and bars."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrations.admin import show
from integrations.lookup.money import money_waiting
from integrations.watch.numbers import Budget, budgets, oldest_due_s
from integrations.watch.trend import WINDOWS, Bar, Trend, Window, trend, window_of

HEIGHT, WIDTH, GAP = 56, 12, 3
# Below the first a worker is just on its way; beyond the second the queue is longer than a person expects.
_QUEUE_NOTABLE_S, _QUEUE_SLOW_S = 5, 60


@dataclass(frozen=True)
class BarView:
    """One bar: its place, and the heights of its parts from the ground up."""

    x: int
    title: str
    parts: list[tuple[str, float, float]]


def figures(request: HttpRequest) -> dict[str, Any]:
    """Return the context of `integrations/home_figures.html`."""
    now = timezone.now()
    window = window_of(request.GET.get("window", ""))
    found = trend(window, now=now)
    return {
        "windows": [(w.label, f"?window={w.key}", w is window) for w in WINDOWS],
        "fragment_url": f"{reverse('admin:integrations_home_fragment')}?window={window.key}",
        "figures": _figures(found),
        "queue": _queue(oldest_due_s(now)),
        "budgets": _budgets(budgets(now)),
        "money": [show.amount(total, currency) for currency, total in money_waiting()],
        "bars": _bars(found.bars, window),
        "chart": {"width": window.bars * WIDTH, "height": HEIGHT, "bar": WIDTH - GAP},
        "chart_label": f"Quotes received in the last {window.label}: {found.received}",
        "chart_from": _label(found.bars[0], window),
        "chart_to": "now",
    }


def _figures(found: Trend) -> list[tuple[str, str, str]]:
    success = "–" if found.success is None else f"{found.success:.0%}"
    median = "–" if found.median_s is None else show.duration(round(found.median_s * 1000))
    return [
        ("Quotes received", f"{found.received:,}", "webhooks, revisions included"),
        ("Went through", success, "of those that have ended"),
        ("Time to Halo", median, "median, from the webhook to the check"),
    ]


def _queue(oldest_s: float) -> tuple[str, str]:
    if oldest_s < _QUEUE_NOTABLE_S:
        return "good", "Nothing is overdue"
    text = f"Oldest due for {show.duration(round(oldest_s) * 1000).replace('.0 s', ' s')}"
    return ("warn" if oldest_s > _QUEUE_SLOW_S else "good"), text


def _budgets(found: list[Budget]) -> list[dict[str, Any]]:
    return [
        {
            "name": row.integration.name,
            "used": row.used,
            "limit": row.limit,
            "tone": "warn" if row.used > row.limit * 0.8 or row.blocked_s else "good",
        }
        for row in found
        if row.used or row.blocked_s
    ]


def _bars(bars: Any, window: Window) -> list[BarView]:
    most = max((bar.total for bar in bars), default=0) or 1
    views = []
    for index, bar in enumerate(bars):
        parts, top = [], float(HEIGHT)
        for tone, count in (("good", bar.good), ("calm", bar.other), ("turn", bar.waiting)):
            height = round(count / most * (HEIGHT - 2), 1)
            top = round(top - height, 1)
            if height:
                parts.append((tone, top, height))
        texts = [f"{bar.good} through", f"{bar.waiting} waiting", f"{bar.other} other"]
        views.append(BarView(index * WIDTH, f"{_label(bar, window)}: {', '.join(texts)}", parts))
    return views


def _label(bar: Bar, window: Window) -> str:
    local = timezone.localtime(bar.start)
    return f"{local:%H:%M}" if window.key == "24h" else f"{local.day} {local:%b}"
