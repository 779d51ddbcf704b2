"""One budget of Halo requests for all processes: at most so many in any rolling five minutes, by lanes.

Halo allows 300 per tenant and rolling 5 minutes (halo.md 2.5); some are left to the tenant's other tools.
"""

import time
from collections.abc import Callable
from enum import StrEnum

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from integrations.errors import BudgetSpent
from integrations.models import Integration, RequestBudget, RequestsSpent

WINDOW_S = 300
SLOT_S = 5
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


class Purpose(StrEnum):
    """What a request is for; it only tells people where the budget went."""

    QUOTES = "quotes"
    PEOPLE = "people"
    PREVIEW = "preview"
    SETTINGS = "settings"
    DOCTOR = "doctor"
    PRODUCT_COPY = "product copy"
    PEOPLE_COPY = "people copy"
    OTHER = "other"


class RequestGate:
    """A Gate on the ledger rows. A slot counts until the whole of it has left the window: never too many."""

    def __init__(
        self,
        integration: Integration,
        *,
        lane: Lane,
        purpose: Purpose = Purpose.OTHER,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        limit: int | None = None,
    ) -> None:
        self._integration = integration
        self._lane = lane
        self._purpose = purpose
        self._clock = clock
        self._sleep = sleep
        self._allowed = allowed(integration, lane, limit=limit)
        self._slept = 0.0

    def take(self) -> None:
        """Spend one request; sleeps through a short wait. Raises BudgetSpent with a longer one.

        Others may take what was waited for, and an attempt has many requests: the waits of one gate are short in
        sum as well. Raises RuntimeError within a transaction, which would be held open by the wait.
        """
        wait = self._try()
        while 0 < wait <= LONGEST_SLEEP_S - self._slept:
            self._sleep(wait)
            self._slept += wait
            wait = self._try()
        if wait:
            raise BudgetSpent(
                "The budget of Halo requests is used up for the moment.", wait=wait, subject="request budget"
            )

    def block(self, seconds: float) -> None:
        """Stop all spending, by whichever process, for a while."""
        now = self._clock()
        RequestBudget.objects.get_or_create(integration=self._integration)
        budget = RequestBudget.objects.filter(integration=self._integration)
        budget.update(refused_at=now, refusals=F("refusals") + 1)
        budget.filter(blocked_until__lt=now + seconds).update(blocked_until=now + seconds)

    def _try(self) -> float:
        """Spend one request and return 0, or return the seconds to wait."""
        RequestBudget.objects.get_or_create(integration=self._integration)
        with transaction.atomic(durable=True):
            budget = RequestBudget.objects.select_for_update().get(integration=self._integration)
            now = self._clock()
            wait = _wait(self._integration, self._allowed, blocked_until=budget.blocked_until, now=now)
            if wait:
                return wait
            slot = int(now) // SLOT_S * SLOT_S
            row, _ = RequestsSpent.objects.get_or_create(
                integration=self._integration, slot=slot, lane=self._lane.value, purpose=self._purpose.value
            )
            RequestsSpent.objects.filter(pk=row.pk).update(count=F("count") + 1)
        return 0.0


def budget_of(integration: Integration) -> int:
    """Return how many requests the portal may make in any five minutes."""
    return max(integration.halo_request_limit - integration.halo_request_reserve, 1)


def allowed(integration: Integration, lane: Lane, *, limit: int | None = None) -> int:
    """Return up to how many requests, by all lanes together, this lane may spend."""
    return max(int((limit or budget_of(integration)) * lane.share), 1)


def wait_for_room(integration: Integration, lane: Lane, *, requests: int, now: float) -> float:
    """Return the seconds until a lane may make so many requests in a row; 0 where it may now. Spends none."""
    top = allowed(integration, lane)
    blocked = RequestBudget.objects.filter(integration=integration).values_list("blocked_until", flat=True).first()
    return _wait(integration, max(top - requests + 1, 1), blocked_until=blocked or 0.0, now=now)


def budget_left(integration: Integration, *, now: float) -> tuple[int, int, float]:
    """Return the requests left in this window, how many there are in all, and the seconds Halo asked to wait."""
    limit = budget_of(integration)
    blocked = RequestBudget.objects.filter(integration=integration).values_list("blocked_until", flat=True).first()
    return max(limit - _used(_in_window(integration, now)), 0), limit, max((blocked or 0.0) - now, 0.0)


def _in_window(integration: Integration, now: float) -> QuerySet[RequestsSpent]:
    return RequestsSpent.objects.filter(integration=integration, slot__gt=int(now) - WINDOW_S - SLOT_S)


def _used(spent: QuerySet[RequestsSpent]) -> int:
    return spent.aggregate(used=Sum("count"))["used"] or 0


def _wait(integration: Integration, top: int, *, blocked_until: float, now: float) -> float:
    """Return the seconds until fewer than `top` requests are in the window and Halo's pause is over."""
    paused = max(blocked_until - now, 0.0)
    spent = _in_window(integration, now)
    used = _used(spent)
    if used < top:
        return paused
    for slot, count in spent.order_by("slot").values_list("slot", "count"):
        used -= count
        if used < top:
            return max(slot + SLOT_S + WINDOW_S - now, 0.1, paused)
    return max(float(WINDOW_S), paused)
