"""Reading the ledger of Halo requests: who spent what, and for how long it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from integrations.connect.budget import SLOT_S, WINDOW_S
from integrations.models import RequestsSpent

# Long enough for “today” in every time zone.
KEPT_S = 2 * 86_400


@dataclass(frozen=True)
class Spent:
    """Requests of one integration for one purpose: in the last five minutes, the last hour, since midnight."""

    integration_id: int
    lane: str
    purpose: str
    window: int
    hour: int
    today: int


def spending(*, now: float, midnight: float) -> Sequence[Spent]:
    """Return what was spent since midnight (seconds since 1970) or within the last hour, the most first."""
    sums = {
        since: {
            (integration, lane, purpose): used
            for integration, lane, purpose, used in RequestsSpent.objects.filter(slot__gt=since - SLOT_S)
            .order_by()
            .values_list("integration", "lane", "purpose")
            .annotate(used=Sum("count"))
            .values_list("integration", "lane", "purpose", "used")
        }
        for since in {now - WINDOW_S, now - 3_600, midnight}
    }
    keys = {key for found in sums.values() for key in found}
    rows = [
        Spent(
            *key,
            window=sums[now - WINDOW_S].get(key, 0),
            hour=sums[now - 3_600].get(key, 0),
            today=sums[midnight].get(key, 0),
        )
        for key in keys
    ]
    return sorted(rows, key=lambda row: (row.window, row.hour, row.today), reverse=True)


def forget_spent(*, now: float) -> int:
    """Delete what is too old for the ledger's page; return how many rows."""
    return RequestsSpent.objects.filter(slot__lt=now - KEPT_S).delete()[0]
