"""Taking up what a dead worker left."""

import pytest

from integrations.choices import Outcome, State
from integrations.models import SyncAttempt, WebhookDelivery
from integrations.sync.claim import LEASE_S, WORKER_VARIABLE, claim
from integrations.sync.sweep import sweep, take_over
from tests.portal import Portal, line


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> str:
    """The supervisor's name for its worker."""
    monkeypatch.setenv(WORKER_VARIABLE, "machine-1")
    return "machine-1"


def begun(portal: Portal) -> WebhookDelivery:
    """Begin an attempt that never goes on."""
    delivery = portal.receive(portal.publish([line()]))
    assert claim(delivery.pk, task_id="", surroundings=portal.surroundings) is not None
    return delivery


def test_work_of_a_worker_known_to_be_dead_is_taken_up_at_once(portal: Portal, worker: str) -> None:
    delivery = begun(portal)

    revived, rung = take_over(worker, now=portal.surroundings.now())

    assert revived == 1
    delivery.refresh_from_db()
    assert delivery.state == State.RETRYING
    assert SyncAttempt.objects.get().outcome == Outcome.RETRYING
    assert Outcome.SUCCEEDED in portal.wait(2)


def test_work_of_another_worker_is_left_to_it(portal: Portal) -> None:
    delivery = begun(portal)

    assert take_over("machine-2", now=portal.surroundings.now())[0] == 0

    delivery.refresh_from_db()
    assert delivery.state == State.RUNNING


def test_sweep_leaves_a_lease_that_runs(portal: Portal) -> None:
    begun(portal)

    assert sweep(now=portal.surroundings.now())[0] == 0

    portal.clock.ahead_s += LEASE_S + 1
    assert sweep(now=portal.surroundings.now())[0] == 1
