"""Whatever fails on the way: it comes back by itself, and nothing happens twice."""

import pytest

from integrations.choices import Outcome, State
from integrations.models import SyncAttempt, WebhookDelivery, WriteIntent
from integrations.simulator import Fault
from integrations.sync.retry import GIVE_UP_S, STEPS_S, THEN_S, wait_before_retry
from tests.portal import Portal, line

TRANSIENT = ["401", "429", "500", "500-after", "drop", "drop-after", "html", "html-after", "truncated", "shape"]
CALLS = [
    ("GET", "/Users"),
    ("GET", "/Quotation"),
    ("POST", "/Item"),
    ("POST", "/Quotation"),
    ("POST", "/SalesOrder"),
]


def accepted_quote(portal: Portal) -> int:
    quote_id = portal.publish([line("A", sku="A"), line("B", sku="B", quantity=3)])
    portal.simulator.quoter.accept(quote_id)
    return quote_id


def settle(portal: Portal, *, hours: float = 3) -> WebhookDelivery:
    """Let time pass in small steps until the delivery is final."""
    for _ in range(int(hours * 60)):
        delivery = WebhookDelivery.objects.get()
        if delivery.state in WebhookDelivery.final:
            return delivery
        portal.wait(60)
    raise AssertionError(f"still {delivery.state}: {delivery.error_message}")


@pytest.mark.parametrize("kind", TRANSIENT)
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_one_failure_anywhere_ends_with_one_of_each(portal: Portal, kind: str, method: str, path: str) -> None:
    portal.receive(accepted_quote(portal))
    portal.simulator.halo.fail(Fault(kind, method=method, path=path))

    portal.work()
    delivery = settle(portal)

    assert delivery.state in {State.SUCCEEDED, State.UNCHANGED}, delivery.error_message
    halo = portal.simulator.halo
    assert (len(halo.quotes), len(halo.salesorders), len(halo.items)) == (1, 1, 2)
    assert not halo.faults, "the fault was met"
    assert not WriteIntent.objects.filter(state__in=["open", "unknown"]).exists()


def test_waits_grow_and_end_after_three_days() -> None:
    waits = [wait_before_retry(n, chance=0.0) for n in range(7)]

    assert waits == [*STEPS_S, THEN_S, THEN_S] == [30, 120, 600, 1800, 7200, 21600, 21600]
    assert wait_before_retry(0, chance=1.0) == 36
    assert GIVE_UP_S == 3 * 24 * 3600


def test_halo_that_stays_away_is_tried_for_three_days_then_told(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))
    portal.simulator.halo.fail(Fault("drop", times=1000))

    outcomes = portal.work()
    while WebhookDelivery.objects.get().state == State.RETRYING:
        delivery = WebhookDelivery.objects.get()
        assert delivery.next_attempt_at is not None
        outcomes += portal.wait((delivery.next_attempt_at - portal.surroundings.now()).total_seconds() + 1)

    delivery = WebhookDelivery.objects.get()
    assert delivery.state == State.FAILED
    assert outcomes[:-1] == [Outcome.RETRYING] * (len(outcomes) - 1)
    assert 14 <= len(outcomes) <= 18
    assert "three days" in delivery.error_hint
    portal.simulator.halo.faults.clear()


def test_rate_limit_is_waited_for_as_halo_asks(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))
    portal.simulator.halo.fail(Fault("429", retry_after=200))

    assert portal.work() == [Outcome.RETRYING]
    assert portal.wait(150) == []
    assert portal.wait(60) == [Outcome.SUCCEEDED]


def test_expired_token_is_fetched_once_and_the_work_goes_on(portal: Portal) -> None:
    portal.sync(portal.publish([line(sku="A")]))
    portal.simulator.halo.expire_tokens()
    before = sum(request.path == "auth" for request in portal.simulator.halo.requests)

    attempt = portal.sync(portal.publish([line(sku="A")]))

    assert attempt.outcome == Outcome.SUCCEEDED
    assert sum(request.path == "auth" for request in portal.simulator.halo.requests) == before + 1


def test_answer_lost_is_not_repeated_before_it_has_settled(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))
    portal.simulator.halo.fail(Fault("drop", method="POST", path="/Quotation"))

    assert portal.work() == [Outcome.RETRYING]
    assert portal.wait(31) == [Outcome.RETRYING], "it may still be under way"
    assert WebhookDelivery.objects.get().error_code == "settling"
    saves = [request for request in portal.simulator.halo.writes if request.path == "/Quotation"]
    assert len(saves) == 1
    assert portal.wait(60) == [Outcome.SUCCEEDED]
    assert len(portal.halo_quotes) == 1


def test_every_try_is_an_attempt_of_its_own(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))
    portal.simulator.halo.fail(Fault("500", times=2))
    portal.work()
    portal.wait(31)
    portal.wait(121)

    attempts = SyncAttempt.objects.order_by("number")
    assert [(a.number, a.trigger, a.outcome) for a in attempts] == [
        (1, "webhook", "retrying"),
        (2, "retry", "retrying"),
        (3, "retry", "succeeded"),
    ]


def test_refused_product_is_named_and_the_others_are_made(portal: Portal) -> None:
    names = [f"Product {letter}" for letter in "ABCDE"]
    quote_id = portal.publish([line(name, sku=name[-1]) for name in names])

    def refuse(request: object) -> None:
        body = getattr(request, "body", None)
        if getattr(request, "path", "") == "/Item" and body and any(row["name"] == "Product C" for row in body):
            portal.simulator.halo.fail(Fault("400", method="POST", path="/Item", body={"Message": "No C here"}))

    portal.simulator.halo.on_request = refuse
    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.FAILED
    assert "Product C" in attempt.error_message and "No C here" in attempt.error_message
    made = {item["name"] for item in portal.simulator.halo.items.values()}
    assert made == {"Product A", "Product B", "Product D", "Product E"}
    portal.simulator.halo.on_request = None


@pytest.mark.parametrize(("kind", "arrived"), [("drop-after", True), ("drop", False), ("500-after", True)])
def test_quote_lost_while_its_write_is_unknown_ends_as_quoter_says(
    portal: Portal, kind: str, arrived: bool
) -> None:
    quote_id = portal.publish([line("A", sku="A")])
    portal.receive(quote_id)
    portal.simulator.halo.fail(Fault(kind, method="POST", path="/Quotation"))
    assert portal.work() == [Outcome.RETRYING]

    portal.simulator.quoter.lose(quote_id)
    lost = portal.receive(quote_id)
    for _ in range(10):
        portal.wait(60)

    assert [quote["status"] for quote in portal.halo_quotes] == ([4] if arrived else [])
    lost.refresh_from_db()
    assert lost.state == (State.SUCCEEDED if arrived else State.IGNORED)
    assert not WriteIntent.objects.filter(state__in=["open", "unknown"]).exists()
