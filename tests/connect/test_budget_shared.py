"""One budget for all threads and processes on a database, in any rolling window, and no lane at another's cost."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from integrations.connect.budget import LONGEST_SLEEP_S, SLOT_S, WINDOW_S, Lane, Purpose, RequestGate, allowed
from integrations.connect.ledger import KEPT_S, forget_spent, spending
from integrations.errors import BudgetSpent
from integrations.models import Integration, RequestBudget, RequestsSpent
from tests.connect.test_budget import START, Clock, spend
from tests.database import database_url

LIMIT = 40
# What each process does: spend in its lane until there is no more, and say how many went out.
_SPEND = """
import sys, django
django.setup()
from integrations.connect.budget import Lane, RequestGate
from integrations.errors import BudgetSpent
from integrations.models import Integration
gate = RequestGate(Integration.objects.get(), lane=Lane(sys.argv[1]), sleep=lambda seconds: None)
count = 0
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
try:
    while True:
        gate.take()
        count += 1
except BudgetSpent:
    print(count)
"""


@pytest.mark.django_db(transaction=True)
def test_processes_share_one_budget() -> None:
    tenant = Integration.objects.create(name="Shared", halo_request_limit=LIMIT + 10, halo_request_reserve=10)
    lanes = [Lane.PERSON, Lane.ACCEPTANCE, Lane.PUBLICATION, Lane.RECONCILIATION]
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _SPEND, lane.value],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for lane in lanes
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:  # all at once
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = dict(zip(lanes, [int(process.communicate(timeout=120)[0]) for process in processes], strict=True))
    assert all(process.returncode == 0 for process in processes)

    assert sum(counts.values()) == LIMIT, counts
    assert counts[Lane.RECONCILIATION] <= allowed(tenant, Lane.RECONCILIATION)
    # The slots of a person's lane that nobody else may touch.
    assert counts[Lane.PERSON] >= LIMIT - allowed(tenant, Lane.ACCEPTANCE)
    assert sum(row.count for row in RequestsSpent.objects.all()) == LIMIT


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_budget_and_one_pause() -> None:
    tenant = Integration.objects.create(name="Shared", halo_request_limit=LIMIT + 10, halo_request_reserve=10)
    clock = Clock()
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(spend(RequestGate(tenant, lane=Lane.PERSON, clock=clock, sleep=lambda seconds: None)))
        finally:
            connection.close()

    _together(work)
    assert sum(counts) == LIMIT
    clock.now += WINDOW_S + SLOT_S
    # One of them is told to wait, by Halo: all of them wait.
    RequestGate(tenant, lane=Lane.ACCEPTANCE, clock=clock).block(90)
    counts.clear()
    _together(work)
    assert counts == [0] * 6
    budget = RequestBudget.objects.get()
    assert (budget.refusals, budget.refused_at, budget.blocked_until) == (1, clock.now, clock.now + 90)


def _together(work: object) -> None:
    threads = [threading.Thread(target=work) for _ in range(6)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(list(Lane)),
        st.sampled_from([0.0, 0.0, 0.02, 1.3, 4.999, 5.0, 61.7, 149.99, 299.99, 300.0]),
        st.integers(1, 9),
    ),
    min_size=5,
    max_size=40,
)


class AnyOrder(TestCase):
    """Whoever asks, whenever: the window is never overdrawn, and a lower lane leaves the higher ones theirs."""

    @settings(max_examples=60, deadline=None)
    @given(moves=MOVES, offset=st.floats(0, SLOT_S))
    def test_any_rolling_window(self, moves: Sequence[tuple[Lane, float, int]], offset: float) -> None:
        tenant = Integration.objects.create(name="One", halo_request_limit=20, halo_request_reserve=8)
        clock = Clock()
        clock.now = START + offset
        gates = {lane: RequestGate(tenant, lane=lane, clock=clock, sleep=clock.sleep) for lane in Lane}
        sent: list[tuple[float, Lane]] = []
        for lane, pause, times in moves:
            clock.now += pause
            for _ in range(times):
                try:
                    gates[lane].take()
                except BudgetSpent as error:
                    assert error.wait is not None and error.wait > 0
                    break
                sent.append((clock.now, lane))
                window = [by for at, by in sent if clock.now - at < WINDOW_S]
                assert len(window) <= 12
                # What this lane has left to those before it is there for them.
                assert len(window) <= allowed(tenant, lane)
        assert all(sum(gate_slept) <= LONGEST_SLEEP_S for gate_slept in [[g._slept] for g in gates.values()])


@pytest.mark.django_db
def test_waits_of_one_gate_are_short_in_sum() -> None:
    tenant, clock = Integration.objects.create(name="One"), Clock()
    gate = RequestGate(tenant, lane=Lane.PERSON, clock=clock, sleep=clock.sleep)
    for _ in range(2):
        gate.block(2)
        gate.take()
    gate.block(2)
    with pytest.raises(BudgetSpent):
        gate.take()
    assert clock.slept == [pytest.approx(2)] * 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_asked_within_a_transaction() -> None:
    tenant, clock = Integration.objects.create(name="One"), Clock()
    gate = RequestGate(tenant, lane=Lane.PERSON, clock=clock, sleep=clock.sleep)
    gate.block(3)
    with pytest.raises(RuntimeError), transaction.atomic():
        gate.take()
    assert clock.slept == []


@pytest.mark.django_db
def test_ledger_tells_who_spent_what_and_forgets() -> None:
    tenant, clock = Integration.objects.create(name="One"), Clock()
    spent = [(Lane.PUBLICATION, Purpose.QUOTES, 4), (Lane.PERSON, Purpose.PEOPLE, 1)]
    for lane, purpose, count in spent:
        for _ in range(count):
            RequestGate(tenant, lane=lane, purpose=purpose, clock=clock, sleep=clock.sleep).take()
        clock.now += 600
    rows = spending(now=clock.now, midnight=START - 3600)
    assert [(row.lane, row.purpose, row.window, row.hour, row.today) for row in rows] == [
        ("publication", "quotes", 0, 4, 4),
        ("person", "people", 0, 1, 1),
    ]
    assert forget_spent(now=clock.now) == 0
    assert forget_spent(now=clock.now + KEPT_S) == 2
