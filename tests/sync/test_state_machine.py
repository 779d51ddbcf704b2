"""The life of deliveries under anything that can happen to them, in any order (hypothesis chooses)."""

from collections import Counter
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import DataObject

from integrations.choices import FINAL, WAITING, IntentState, Outcome, State, Trigger
from integrations.models import Integration, SyncAttempt, WebhookDelivery, WriteIntent
from integrations.simulator import Fault
from integrations.sync.claim import LEASE_S
from integrations.sync.enqueue import ring_due, sync_again
from integrations.sync.sweep import sweep
from tests.portal import Portal, line
from tests.sync.test_crashes import Killed, die_at

KINDS = ("401", "403", "429", "500", "500-after", "drop", "drop-after", "html-after", "truncated", "shape")
PATHS = ("", "/Quotation", "/Item", "/SalesOrder", "/Users")
MOST_QUOTES = 3


class Text:
    """One webhook's text, of one state of one quote."""

    def __init__(self, number: str, quote_id: int, status: str, data: str) -> None:
        self.number, self.quote_id, self.status, self.data = number, quote_id, status, data
        self.acknowledged = False

    @property
    def place(self) -> tuple[int, int]:
        return self.quote_id, int(self.status == "accepted")


class Deliveries(RuleBasedStateMachine):
    """Rules are what happens; invariants are what holds at any moment; the teardown is what holds in the end."""

    portal: ClassVar[Portal]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.savepoint()
        self.portal.simulator.halo.faults.clear()
        self.current: dict[str, int] = {}
        self.texts: list[Text] = []

    # What Quoter does

    @precondition(lambda self: len(self.current) < MOST_QUOTES)
    @rule(shared=st.booleans())
    def publish(self, shared: bool) -> None:
        sku = "SHARED" if shared else f"OWN-{len(self.current)}"
        quote_id = self.portal.publish([line("Thing", sku=sku)])
        self.tell(quote_id)

    @precondition(lambda self: self.current)
    @rule(data=st.data(), quantity=st.integers(1, 9))
    def revise(self, data: DataObject, quantity: int) -> None:
        quote_id = self.pick(data)
        old = self.portal.simulator.quoter.quotes[quote_id].lines[0]
        revision = self.portal.simulator.quoter.revise(
            quote_id, lines=[line(old.name, sku=old.sku, quantity=quantity), line("More", sku="MORE")]
        )
        self.tell(revision.id)

    @precondition(lambda self: self.current)
    @rule(data=st.data())
    def accept(self, data: DataObject) -> None:
        quote_id = self.pick(data)
        if self.portal.simulator.quoter.quotes[quote_id].status == "pending":
            self.portal.simulator.quoter.accept(quote_id)
            self.tell(quote_id)

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def send_any(self, data: DataObject) -> None:
        """Duplicates, old news and late arrivals."""
        self.post(data.draw(st.sampled_from(self.texts)))

    # What the portal does, and what becomes of it

    @rule()
    def work(self) -> None:
        self.portal.work()

    @rule(number=st.integers(1, 12), after=st.booleans())
    def worker_dies(self, number: int, after: bool) -> None:
        restore = die_at(self.portal, number, after=after)
        try:
            self.portal.work()
        except Killed:
            pass
        finally:
            restore()

    @rule(seconds=st.sampled_from([1, 20, LEASE_S + 1, 3_600]))
    def time_passes(self, seconds: int) -> None:
        self.portal.clock.ahead_s += seconds
        sweep(now=self.portal.surroundings.now())
        ring_due(now=self.portal.surroundings.now())

    @rule(kind=st.sampled_from(KINDS), path=st.sampled_from(PATHS), times=st.integers(1, 3))
    def halo_fails(self, kind: str, path: str, times: int) -> None:
        self.portal.simulator.halo.fail(Fault(kind, path=path, times=times))

    @rule()
    def halo_is_well_again(self) -> None:
        self.portal.simulator.halo.faults.clear()

    # What people do

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), trigger=st.sampled_from([Trigger.OPERATOR, Trigger.DECISION]))
    def press_sync_again(self, data: DataObject, trigger: Trigger) -> None:
        ids = list(WebhookDelivery.objects.values_list("pk", flat=True))
        if ids:
            sync_again([data.draw(st.sampled_from(sorted(ids)))], now=self.now(), trigger=trigger)

    @rule(enabled=st.booleans())
    def enable(self, enabled: bool) -> None:
        Integration.objects.filter(pk=self.portal.integration.pk).update(enabled=enabled)

    # What always holds

    @invariant()
    def what_was_acknowledged_is_there_once(self) -> None:
        stored = Counter(WebhookDelivery.objects.values_list("data", flat=True))
        assert stored == {text.data: 1 for text in self.texts if text.acknowledged}

    @invariant()
    def running_means_leased(self) -> None:
        for delivery in WebhookDelivery.objects.select_related("link"):
            assert (delivery.state == State.RUNNING) == (delivery.lease_token is not None)
            if delivery.state == State.RUNNING and delivery.link is not None:
                assert delivery.link.lease_token == delivery.lease_token

    @invariant()
    def halo_has_one_of_each(self) -> None:
        halo = self.portal.simulator.halo
        for rows, name in (
            (halo.quotes, "third_party_number"),
            (halo.salesorders, "quotation_id"),
            (halo.items, "supplier_part_code"),
        ):
            assert max(Counter(row[name] for row in rows.values()).values(), default=1) == 1, name

    def teardown(self) -> None:
        """Once all faults are over and time passes, everything is final, and Halo says what Quoter said last."""
        try:
            self.portal.simulator.halo.faults.clear()
            self.enable_again()
            self.settle()
            stopped = WebhookDelivery.objects.filter(state__in=WAITING).values_list("pk", flat=True)
            sync_again(list(stopped), now=self.now(), trigger=Trigger.OPERATOR)
            self.settle()
            self.what_was_acknowledged_is_there_once()
            self.halo_has_one_of_each()
            self.check_end()
        finally:
            transaction.savepoint_rollback(self.undo)
            self.portal.simulator.reset()
            self.portal.simulator.halo.add_group("Cabling")
            self.portal.simulator.halo.add_group("Other")

    def check_end(self) -> None:
        states = Counter(WebhookDelivery.objects.values_list("state", flat=True))
        assert set(states) <= {State.SUCCEEDED, State.UNCHANGED, State.SUPERSEDED}, states
        assert not SyncAttempt.objects.filter(outcome__in=[Outcome.RUNNING, Outcome.ERRORED]).exists()
        assert not WriteIntent.objects.filter(state__in=[IntentState.OPEN, IntentState.UNKNOWN]).exists()
        quotes = {quote["third_party_number"]: quote for quote in self.portal.halo_quotes}
        for number in {text.number for text in self.texts if text.acknowledged}:
            newest = max((t for t in self.texts if t.number == number and t.acknowledged), key=lambda t: t.place)
            told = self.portal.simulator.quoter.quotes[newest.quote_id]
            assert [row["quantity"] for row in quotes[number]["lines"]] == [float(x.quantity) for x in told.lines]
            assert quotes[number]["status"] == (3 if newest.status == "accepted" else 2)

    # Helpers

    def now(self) -> Any:
        return max(self.portal.surroundings.now(), timezone.now())

    def pick(self, data: DataObject) -> int:
        number = data.draw(st.sampled_from(sorted(self.current)))
        return self.current[number]

    def tell(self, quote_id: int) -> None:
        quote = self.portal.simulator.quoter.quotes[quote_id]
        data = self.portal.simulator.quoter.payload(quote_id)
        self.current[str(quote.number)] = quote_id
        self.texts.append(Text(str(quote.number), quote_id, quote.status, data))
        self.post(self.texts[-1])

    def post(self, text: Text) -> None:
        answer = self.portal.post(self.portal.simulator.quoter.form(text.data))
        assert answer.status_code == 200
        text.acknowledged = True

    def enable_again(self) -> None:
        Integration.objects.filter(pk=self.portal.integration.pk).update(enabled=True)

    def settle(self) -> None:
        for _ in range(60):
            if not WebhookDelivery.objects.exclude(state__in=FINAL).exists():
                return
            self.portal.wait(LEASE_S + 1)
        raise AssertionError(list(WebhookDelivery.objects.exclude(state__in=FINAL).values("state", "error_code")))


@pytest.mark.django_db
def test_deliveries_survive_anything_in_any_order(portal: Portal) -> None:
    Deliveries.portal = portal
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Deliveries,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
