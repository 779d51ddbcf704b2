"""Without budget no attempt is begun and no worker is held."""

import pytest

from integrations.choices import State
from integrations.connect.budget import WINDOW_S, Lane, RequestGate
from integrations.models import RequestBudget, SyncAttempt, WebhookDelivery
from integrations.simulator import Fault
from integrations.watch.ledger import seconds_to_empty
from tests.portal import Portal, line


def use_up(portal: Portal, lane: Lane) -> None:
    gate = RequestGate(portal.integration, lane=lane, clock=portal.clock.time, sleep=portal.clock.sleep)
    while not gate._try():
        pass


def test_no_attempt_is_spent_while_the_budget_has_no_room(portal: Portal) -> None:
    use_up(portal, Lane.PUBLICATION)
    delivery = portal.receive(portal.publish([line()]))
    before = portal.clock.time()
    assert portal.work() == ["not due"]
    assert portal.clock.time() - before < 5, "no worker is held"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts_made) == (State.QUEUED, 0)
    assert SyncAttempt.objects.count() == 0
    assert portal.wait(WINDOW_S + 10) == [State.SUCCEEDED]


def test_accepted_quotes_go_on_where_published_ones_wait(portal: Portal) -> None:
    published = portal.publish([line()])
    portal.receive(published)
    accepted = portal.publish([line("Other", sku="O")])
    portal.simulator.quoter.accept(accepted)
    portal.receive(accepted)
    use_up(portal, Lane.PUBLICATION)
    assert sorted(portal.work()) == ["not due", State.SUCCEEDED]
    assert WebhookDelivery.objects.get(quote_id=accepted).state == State.SUCCEEDED


def test_halo_that_asks_for_a_pause_gets_it_from_all(portal: Portal) -> None:
    portal.simulator.halo.fail(Fault("429", method="GET", path="/Users", retry_after=90))
    portal.receive(portal.publish([line()]))
    portal.receive(portal.publish([line("Other", sku="O")]))
    assert portal.work() == [State.RETRYING, "not due"]
    asked = len(portal.simulator.halo.requests)
    assert portal.wait(60) == [] and len(portal.simulator.halo.requests) == asked
    assert RequestBudget.objects.get().refusals == 1
    assert portal.wait(35) == [State.SUCCEEDED, State.SUCCEEDED]


@pytest.mark.parametrize(
    ("deliveries", "used", "blocked_s", "took_s", "seconds"),
    [(0, 0, 0, 1, 0), (10, 0, 0, 2, 10), (100, 0, 0, 0, 250), (100, 240, 0, 0, 500), (10, 0, 90, 0, 90)],
)
def test_estimate(deliveries: int, used: int, blocked_s: float, took_s: float, seconds: float) -> None:
    found = seconds_to_empty(deliveries, a_quote=4.4, top=240, used=used, blocked_s=blocked_s, took_s=took_s)
    assert found == pytest.approx(seconds, abs=60)
