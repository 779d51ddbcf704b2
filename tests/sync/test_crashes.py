"""A worker that dies, at any point: the lease runs out, the sweep revives the work, Halo ends with one of each."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from integrations.choices import IntentState, Outcome, State
from integrations.models import QuoteLink, SyncAttempt, WebhookDelivery, WriteIntent
from integrations.simulator import Fault
from integrations.simulator.halo.requests import RecordedRequest
from integrations.sync.claim import LEASE_S, claim
from integrations.sync.sweep import MAX_INTERRUPTIONS
from tests.portal import Portal, line

# The requests of a new, accepted quote: sign-in apart, some of which write. More than there are, to find the end.
MOST_REQUESTS = 16


class Killed(BaseException):
    """The process is gone: nothing after this point runs."""


def die_at(portal: Portal, number: int, *, after: bool) -> Callable[[], int]:
    """Kill the worker at its n-th request, before Halo gets it or after Halo has answered."""
    seen = {"requests": 0}

    def count() -> None:
        seen["requests"] += 1
        if seen["requests"] == number:
            raise Killed

    from integrations.http import door

    original = door.Http.send

    def send(self: door.Http, *args: object, **kwargs: object) -> object:
        if not after:
            count()
        answer = original(self, *args, **kwargs)  # type: ignore[arg-type]
        if after:
            count()
        return answer

    door.Http.send = send  # type: ignore[assignment,method-assign]

    def restore() -> int:
        door.Http.send = original  # type: ignore[method-assign]
        return seen["requests"]

    return restore


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, MOST_REQUESTS + 1))
def test_death_at_any_request_ends_with_one_of_each(portal: Portal, number: int, after: bool) -> None:
    quote_id = portal.publish([line("A", sku="A"), line("B", sku="B", quantity=3)])
    portal.simulator.quoter.accept(quote_id)
    portal.receive(quote_id)
    restore = die_at(portal, number, after=after)
    try:
        portal.work()
        died = False
    except Killed:
        died = True
    finally:
        requests = restore()
    assert died == (requests >= number)

    for _ in range(10):
        if WebhookDelivery.objects.get().state in WebhookDelivery.final:
            break
        portal.wait(LEASE_S + 1)

    delivery = WebhookDelivery.objects.get()
    assert delivery.state in {State.SUCCEEDED, State.UNCHANGED}, delivery.error_message
    halo = portal.simulator.halo
    assert (len(halo.quotes), len(halo.salesorders), len(halo.items)) == (1, 1, 2)
    attempts = SyncAttempt.objects.order_by("number")
    if died:
        assert attempts[0].outcome == Outcome.RETRYING
        assert attempts[0].error_code == "interrupted"
    assert not attempts.filter(outcome=Outcome.RUNNING).exists()
    assert not WriteIntent.objects.filter(state__in=[IntentState.OPEN, IntentState.UNKNOWN]).exists()


def test_delivery_that_kills_each_worker_is_parked(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))

    for _ in range(MAX_INTERRUPTIONS):
        restore = die_at(portal, 1, after=False)
        with pytest.raises(Killed):
            portal.work()
        restore()
        with pytest.MonkeyPatch.context() as patch:
            # The sweep alone, so that the next death is this test's doing.
            patch.setattr(portal, "work", list)
            portal.wait(LEASE_S + 1)
            portal.clock.ahead_s += 2
            portal.wait(1)

    delivery = WebhookDelivery.objects.get()
    assert delivery.state == State.FAILED
    assert "Press Sync again" in delivery.error_message
    assert portal.work() == ["not due"] or portal.work() == []


def test_worker_that_lost_its_lease_writes_nothing_more(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    portal.receive(quote_id)

    def stall(request: RecordedRequest) -> None:
        if request.method == "GET" and request.path.startswith("/Opportunities"):
            # The worker hangs here for longer than its lease, and another one takes over.
            portal.simulator.halo.on_request = None
            portal.clock.ahead_s += LEASE_S + 5

    portal.simulator.halo.on_request = stall
    outcomes = portal.work()

    assert outcomes == ["lease lost"] or outcomes == [Outcome.RETRYING]
    assert portal.simulator.halo.writes == []
    portal.wait(1)
    portal.wait(60)
    assert WebhookDelivery.objects.get().state == State.SUCCEEDED
    assert len(portal.halo_quotes) == 1


def test_one_delivery_is_claimed_once(portal: Portal) -> None:
    delivery = portal.receive(portal.publish([line()]))

    first = claim(delivery.pk, task_id="", surroundings=portal.surroundings)
    second = claim(delivery.pk, task_id="", surroundings=portal.surroundings)

    assert first is not None
    assert second is None
    assert SyncAttempt.objects.count() == 1


def test_one_quote_is_worked_on_by_one_worker(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    first = portal.receive(quote_id)
    lease = claim(first.pk, task_id="", surroundings=portal.surroundings)
    assert lease is not None
    portal.simulator.quoter.accept(quote_id)
    second = portal.receive(quote_id)

    assert claim(second.pk, task_id="", surroundings=portal.surroundings) is None

    second.refresh_from_db()
    assert second.state == State.QUEUED
    assert second.next_attempt_at is not None
    assert second.next_attempt_at - portal.surroundings.now() < timedelta(seconds=16)


def test_lost_ring_is_rung_again(portal: Portal) -> None:
    from django_q.models import OrmQ

    portal.receive(portal.publish([line()]))
    OrmQ.objects.all().delete()

    assert portal.wait(10) == []
    assert portal.wait(120) == [Outcome.SUCCEEDED]


def test_two_quotes_that_need_the_same_new_product_make_one(portal: Portal) -> None:
    first = portal.publish([line("Rack", sku="RCK-9")])
    second = portal.publish([line("Rack", sku="RCK-9")])
    portal.receive(first)
    portal.receive(second)
    deliveries = list(WebhookDelivery.objects.order_by("pk"))

    def other_worker(request: RecordedRequest) -> None:
        if request.method == "POST" and request.path == "/Item":
            portal.simulator.halo.on_request = None
            other = [d for d in deliveries if WebhookDelivery.objects.get(pk=d.pk).state == State.QUEUED]
            outcomes.append([portal_run(portal, d.pk) for d in other])

    outcomes: list[list[str]] = []
    portal.simulator.halo.on_request = None
    lease_first = portal_run_with(portal, deliveries[0].pk, other_worker)

    assert lease_first == Outcome.SUCCEEDED
    portal.work()
    for _ in range(5):
        portal.wait(40)
    assert {d.state for d in WebhookDelivery.objects.all()} == {State.SUCCEEDED}
    assert len(portal.simulator.halo.items) == 1
    assert len(portal.halo_quotes) == 2
    assert QuoteLink.objects.count() == 2


def portal_run(portal: Portal, delivery_id: int) -> str:
    """Make one attempt, as another worker would."""
    from integrations.sync.run import run_attempt

    return run_attempt(delivery_id, surroundings=portal.surroundings)


def portal_run_with(portal: Portal, delivery_id: int, hook: Callable[[RecordedRequest], None]) -> str:
    """Make one attempt; the hook runs in this thread, right before its first write to /Item is sent."""
    from integrations.sync import intents

    original = intents.Writer.write

    def write(self: intents.Writer, keys: list[str], send: Callable[[], object], **kwargs: object) -> object:
        def send_later() -> object:
            hook(RecordedRequest("POST", "/Item"))
            return send()

        intents.Writer.write = original  # type: ignore[method-assign]
        return original(self, keys, send_later, **kwargs)  # type: ignore[arg-type]

    intents.Writer.write = write  # type: ignore[assignment,method-assign]
    try:
        return portal_run(portal, delivery_id)
    finally:
        intents.Writer.write = original  # type: ignore[method-assign]


def test_product_that_another_quote_made_after_the_look_is_not_made_again(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.domain import replanning

    for _ in range(2):
        portal.receive(portal.publish([line("Rack", sku="RCK-9")]))
    first, second = WebhookDelivery.objects.order_by("pk")
    plan, others = replanning.build_plan, []

    def plan_slowly(*args: object, **kwargs: object) -> object:
        # The first quote has looked; the second is through before the first one writes.
        decided = plan(*args, **kwargs)  # type: ignore[arg-type]
        if not others:
            others.append("under way")
            others[:] = [portal_run(portal, second.pk)]
        return decided

    monkeypatch.setattr(replanning, "build_plan", plan_slowly)

    assert portal_run(portal, first.pk) == Outcome.RETRYING
    assert others == [Outcome.SUCCEEDED]
    assert WebhookDelivery.objects.get(pk=first.pk).error_code == "same_write_under_way"
    portal.wait(5)
    assert WebhookDelivery.objects.get(pk=first.pk).state == State.SUCCEEDED
    assert len(portal.simulator.halo.items) == 1


def test_worker_that_lost_its_lease_does_not_reopen_what_its_successor_closed(portal: Portal) -> None:
    delivery = portal.receive(portal.publish([line()]))

    def stall(request: RecordedRequest) -> None:
        if request.method == "POST" and request.path == "/Quotation":
            # The answer is lost, and the worker sleeps over it until another one has gone through.
            portal.simulator.halo.on_request = None
            portal.simulator.halo.fail(Fault("drop-after", method="POST", path="/Quotation"))

    from integrations.sync import intents

    end = intents.Writer._end

    def end_late(self: intents.Writer, *args: object, **kwargs: object) -> None:
        intents.Writer._end = end  # type: ignore[method-assign]
        portal.clock.ahead_s += LEASE_S + 1
        portal.wait(2)
        portal.wait(2)
        end(self, *args, **kwargs)  # type: ignore[arg-type]

    portal.simulator.halo.on_request = stall
    intents.Writer._end = end_late  # type: ignore[assignment,method-assign]
    try:
        portal.work()
    finally:
        intents.Writer._end = end  # type: ignore[method-assign]

    delivery.refresh_from_db()
    assert delivery.state in {State.SUCCEEDED, State.UNCHANGED}
    assert not WriteIntent.objects.filter(state__in=[IntentState.OPEN, IntentState.UNKNOWN]).exists()


def test_products_that_wait_for_another_quote_leave_no_record_of_a_write(portal: Portal) -> None:
    first = portal.receive(portal.publish([line("Rack", sku="RCK-9")]))
    second = portal.receive(portal.publish([line("Own", sku="OWN-1"), line("Rack", sku="RCK-9")]))

    def other_worker(request: RecordedRequest) -> None:
        outcomes.append(portal_run(portal, second.pk))

    outcomes: list[str] = []
    portal_run_with(portal, first.pk, other_worker)

    assert outcomes == [Outcome.RETRYING]
    assert not WriteIntent.objects.filter(state__in=[IntentState.OPEN, IntentState.UNKNOWN]).exists()
    portal.wait(35)
    assert WebhookDelivery.objects.get(pk=second.pk).state == State.SUCCEEDED
