import random
from collections.abc import Iterator

import pytest

from integrations.connect.budget import LONGEST_SLEEP_S, SLOT_S, WINDOW_S, Lane, RequestGate, budget_of
from integrations.errors import BudgetSpent
from integrations.models import Integration, RequestsSpent

pytestmark = pytest.mark.django_db
START = 1_800_000_000.0


class Clock:
    """Seconds that pass only when a test or a sleep says so."""

    def __init__(self) -> None:
        self.now = START + 1.25
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tenant() -> Iterator[Integration]:
    yield Integration.objects.create(name="One tenant", halo_url="https://one.halopsa.com")


def gate(tenant: Integration, clock: Clock, *, lane: Lane = Lane.PERSON, limit: int = 10) -> RequestGate:
    return RequestGate(tenant, lane=lane, clock=clock, sleep=clock.sleep, limit=limit)


def spend(gate: RequestGate) -> int:
    """Spend until the budget says no; return how many went out."""
    count = 0
    while True:
        try:
            gate.take()
        except BudgetSpent:
            return count
        count += 1


def test_limit_leaves_some_to_other_tools(tenant: Integration) -> None:
    assert budget_of(tenant) == 270
    tenant.halo_request_limit, tenant.halo_request_reserve = 600, 100
    assert budget_of(tenant) == 500


@pytest.mark.parametrize("seed", range(4))
def test_take_never_spends_more_than_allowed_in_any_rolling_window(
    tenant: Integration, clock: Clock, seed: int
) -> None:
    dice = random.Random(seed)
    gates = [gate(tenant, clock, lane=lane) for lane in Lane]
    sent: list[float] = []
    waits: list[float] = []
    while clock.now < START + 4 * WINDOW_S:
        try:
            dice.choice(gates).take()
            sent.append(clock.now)
        except BudgetSpent as error:
            assert error.wait is not None
            waits.append(error.wait)
        clock.now += dice.choice([0, 0, 0.01, 1.7, 4.999, 37.3])
    assert len(sent) > 20
    assert waits
    for index, moment in enumerate(sent):
        window = [other for other in sent[index:] if other - moment < WINDOW_S]
        assert len(window) <= 10


@pytest.mark.parametrize("offset", [0.0, 0.001, 2.5, SLOT_S - 0.001])
def test_take_goes_on_exactly_when_it_said(tenant: Integration, clock: Clock, offset: float) -> None:
    clock.now = START + offset
    one = gate(tenant, clock)
    assert spend(one) == 10
    with pytest.raises(BudgetSpent) as caught:
        one.take()
    assert caught.value.wait is not None
    assert WINDOW_S <= caught.value.wait <= WINDOW_S + SLOT_S
    clock.now += caught.value.wait
    one.take()
    assert clock.slept == [] or sum(clock.slept) < 0.3


def test_take_sleeps_through_a_short_wait_only(tenant: Integration, clock: Clock) -> None:
    one = gate(tenant, clock)
    spend(one)
    clock.now += WINDOW_S - 1
    one.take()
    assert 0 < sum(clock.slept) <= LONGEST_SLEEP_S


def test_take_gives_up_when_others_are_always_faster(tenant: Integration, clock: Clock) -> None:
    one = gate(tenant, clock)

    def sleep_while_others_block(seconds: float) -> None:
        clock.sleep(seconds)
        one.block(2)

    one.block(2)
    one._sleep = sleep_while_others_block  # type: ignore[method-assign]
    with pytest.raises(BudgetSpent) as caught:
        one.take()
    assert sum(clock.slept) <= LONGEST_SLEEP_S
    assert caught.value.wait == pytest.approx(2)


def test_lanes_leave_room_for_more_urgent_ones(tenant: Integration, clock: Clock) -> None:
    spent = {
        lane: spend(gate(tenant, clock, lane=lane, limit=100))
        for lane in (Lane.RECONCILIATION, Lane.PUBLICATION, Lane.ACCEPTANCE, Lane.PERSON)
    }
    assert spent == {Lane.RECONCILIATION: 50, Lane.PUBLICATION: 30, Lane.ACCEPTANCE: 10, Lane.PERSON: 10}
    assert spend(gate(tenant, clock, lane=Lane.RECONCILIATION, limit=100)) == 0


def test_lanes_are_on_the_ledger(tenant: Integration, clock: Clock) -> None:
    gate(tenant, clock, lane=Lane.ACCEPTANCE).take()
    gate(tenant, clock, lane=Lane.ACCEPTANCE).take()
    gate(tenant, clock).take()
    rows = {row.lane: row.count for row in RequestsSpent.objects.filter(integration=tenant)}
    assert rows == {"acceptance": 2, "person": 1}


def test_block_stops_every_lane_for_its_time(tenant: Integration, clock: Clock) -> None:
    one, two = gate(tenant, clock), gate(tenant, clock, lane=Lane.ACCEPTANCE)
    one.block(60)
    for each in (one, two):
        with pytest.raises(BudgetSpent) as caught:
            each.take()
        assert caught.value.wait == pytest.approx(60)
    clock.now += 60
    two.take()
    assert RequestsSpent.objects.get().count == 1


def test_block_is_never_shortened(tenant: Integration, clock: Clock) -> None:
    one = gate(tenant, clock)
    one.block(600)
    one.block(10)
    with pytest.raises(BudgetSpent) as caught:
        one.take()
    assert caught.value.wait == pytest.approx(600)


def test_block_that_is_short_is_slept_through(tenant: Integration, clock: Clock) -> None:
    one = gate(tenant, clock)
    one.block(3)
    one.take()
    assert clock.slept == [pytest.approx(3)]


def test_tenants_have_budgets_of_their_own(tenant: Integration, clock: Clock) -> None:
    other = Integration.objects.create(name="Other tenant")
    gate(tenant, clock).block(60)
    assert spend(gate(other, clock)) == 10
