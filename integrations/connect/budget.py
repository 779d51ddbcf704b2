"""One budget of Halo requests for all processes: at most so many in any rolling five minutes, by lanes.

Halo allows 300 per tenant and rolling 5 minutes (halo.md 2.5); some are left to the tenant's other tools.
"""

import time
from collections.abc import Callable
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Sum

from integrations.errors import BudgetSpent
from integrations.models import Integration, RequestBudget, RequestsSpent

WINDOW_S = 300
SLOT_S = 5
LIMIT = 300
RESERVE = 30
# Below this a wait is slept through; above it the work goes back to the queue and the worker is free.
LONGEST_SLEEP_S = 5.0


class Lane(StrEnum):
    """Who spends; earlier lanes may spend more of the budget, so that they are never starved by later ones."""

    PERSON = "person"
    ACCEPTANCE = "acceptance"
    PUBLICATION = "publication"
    RECONCILIATION = "reconciliation"

    @property
    def share(self) -> float:
        """The part of the budget up to which this lane may spend."""
        return {"person": 1.0, "acceptance": 0.9, "publication": 0.8, "reconciliation": 0.5}[self.value]


class RequestGate:
    """A Gate on the ledger rows. A slot counts until the whole of it has left the window: never too many."""

    def __init__(
        self,
        integration: Integration,
        *,
        lane: Lane,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        limit: int = LIMIT - RESERVE,
    ) -> None:
        self._integration = integration
        self._lane = lane
        self._clock = clock
        self._sleep = sleep
        self._allowed = int(limit * lane.share)

    def take(self) -> None:
        """Spend one request; sleeps through a short wait. Raises BudgetSpent with a longer one.

        Others may take what was waited for, again and again: the waits are short in sum as well.
        """
        wait, slept = self._try(), 0.0
        while 0 < wait <= LONGEST_SLEEP_S - slept:
            self._sleep(wait)
            slept += wait
            wait = self._try()
        if wait:
            raise BudgetSpent(
                "The budget of Halo requests is used up for the moment.", wait=wait, subject="request budget"
            )

    def block(self, seconds: float) -> None:
        """Stop all spending for a while."""
        until = self._clock() + seconds
        RequestBudget.objects.get_or_create(integration=self._integration)
        RequestBudget.objects.filter(integration=self._integration, blocked_until__lt=until).update(
            blocked_until=until
        )

    def _try(self) -> float:
        """Spend one request and return 0, or return the seconds to wait."""
        RequestBudget.objects.get_or_create(integration=self._integration)
        with transaction.atomic():
            budget = RequestBudget.objects.select_for_update().get(integration=self._integration)
            now = self._clock()
            if budget.blocked_until > now:
                return budget.blocked_until - now
            spent = RequestsSpent.objects.filter(
                integration=self._integration, slot__gt=int(now) - WINDOW_S - SLOT_S
            )
            used = spent.aggregate(used=Sum("count"))["used"] or 0
            if used >= self._allowed:
                return self._wait(now, used, list(spent.order_by("slot").values_list("slot", "count")))
            slot = int(now) // SLOT_S * SLOT_S
            row, _ = RequestsSpent.objects.get_or_create(
                integration=self._integration, slot=slot, lane=self._lane.value
            )
            RequestsSpent.objects.filter(pk=row.pk).update(count=F("count") + 1)
        return 0.0

    def _wait(self, now: float, used: int, slots: list[tuple[int, int]]) -> float:
        """Return when enough of the oldest slots will have left the window."""
        for slot, count in slots:
            used -= count
            if used < self._allowed:
                return max(slot + SLOT_S + WINDOW_S - now, 0.1)
        return float(WINDOW_S)


def budget_left(integration: Integration, *, now: float) -> tuple[int, int, float]:
    """Return the requests left in this window, how many there are in all, and the seconds Halo asked to wait."""
    limit = LIMIT - RESERVE
    spent = RequestsSpent.objects.filter(integration=integration, slot__gt=int(now) - WINDOW_S - SLOT_S)
    used = spent.aggregate(used=Sum("count"))["used"] or 0
    blocked = RequestBudget.objects.filter(integration=integration).values_list("blocked_until", flat=True).first()
    return max(limit - used, 0), limit, max((blocked or 0.0) - now, 0.0)
