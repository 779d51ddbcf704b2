"""Shadow mode plans and compares, and no write leaves the portal, whoever asks for one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.choices import Outcome, ShadowVerdict, State, Trigger
from integrations.connect import Lane, connect_halo
from integrations.connect.quoter import connect_quoter
from integrations.errors import ReadOnly
from integrations.lookup.shadowing import NotSwitched, Start, choose_quote, compare_again, go_live, into_shadow
from integrations.models import Integration, ItemLink, ShadowFinding, SyncAttempt, WebhookDelivery, WriteIntent
from integrations.simulator.native import carry_over
from integrations.sync.claim import claim
from integrations.sync.intents import Writer
from integrations.sync.run import run_attempt
from integrations.sync.shadow import look_again
from integrations.watch.trend import WINDOWS, trend
from tests.portal import Portal, line

LINES = [line("Cable", sku="CBL", quantity=3), line("Rack", sku="RCK", unit_price="25.01")]
Verdict = ShadowVerdict


@pytest.fixture
def shadowed(portal: Portal) -> Portal:
    """The portal in shadow mode; no write may ever come from it."""
    into_shadow(portal.integration, now=portal.surroundings.now())
    portal.integration.refresh_from_db()
    return portal


def ticket(portal: Portal) -> int:
    return int(next(iter(portal.simulator.halo.opportunities)))


def native(portal: Portal, quote_id: int, **mistakes: Any) -> dict[str, Any]:
    """Let the other connector carry a quote over."""
    halo, quote = portal.simulator.halo, portal.simulator.quoter.quotes[quote_id]
    return carry_over(halo, quote, ticket_id=ticket(portal), **mistakes)


def test_what_agrees_ends_compared_only(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    made = native(shadowed, quote_id)
    attempt = shadowed.sync(quote_id)
    assert (attempt.outcome, attempt.delivery.state) == (Outcome.SHADOWED, State.SHADOWED)
    finding = ShadowFinding.objects.get()
    assert (finding.verdict, finding.halo_quote_id) == (Verdict.AGREES, made["id"])
    assert finding.quoter_total == finding.halo_total
    assert "as the portal would have made it" in attempt.summary
    assert shadowed.simulator.halo.writes == []
    assert not WriteIntent.objects.exists() and not ItemLink.objects.exists()
    assert shadowed.link().halo_quote_id is None and shadowed.link().applied_status == ""


def test_mistakes_of_the_other_are_reported(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    native(shadowed, quote_id, numbered=False, leave_out=["Rack"], prices={"Cable": 24.0})
    attempt = shadowed.sync(quote_id)
    finding = ShadowFinding.objects.get()
    assert (attempt.outcome, finding.verdict) == (Outcome.SHADOWED, Verdict.DIFFERS)
    assert finding.found_by == "it has the same title"
    weighing = {row["label"]: row["halo"] for row in finding.differences if row["weighs"]}
    assert weighing == {
        "Line “Cable”: amount": "3 × 24 = 72.00",
        "Line “Rack”": "missing",
        "Total of all lines": "72.00",
    }
    assert shadowed.simulator.halo.writes == []


def test_a_quote_that_never_arrived_is_missing_and_looked_for_again(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    shadowed.sync(quote_id)
    finding = ShadowFinding.objects.get()
    assert finding.verdict == Verdict.MISSING
    assert finding.would_do == ["Create 2 product(s)", "Create a Halo quote"]
    assert finding.look_again_at == finding.compared_at + timedelta(minutes=15)
    now = shadowed.surroundings.now()
    assert look_again(now=now) == 0
    native(shadowed, quote_id)
    shadowed.clock.ahead_s += 16 * 60
    assert look_again(now=shadowed.surroundings.now()) == 1
    shadowed.work()
    finding.refresh_from_db()
    assert (finding.verdict, finding.looks, finding.look_again_at) == (Verdict.AGREES, 1, None)
    assert SyncAttempt.objects.latest("number").trigger == Trigger.COMPARISON


def test_it_gives_up_looking_after_a_day(shadowed: Portal) -> None:
    shadowed.sync(shadowed.publish(LINES))
    for hours in (0.3, 3, 25):
        shadowed.clock.ahead_s += hours * 3600
        assert look_again(now=shadowed.surroundings.now()) == 1
        shadowed.work()
    finding = ShadowFinding.objects.get()
    assert (finding.looks, finding.look_again_at) == (3, None)


def test_what_would_wait_waits_for_nobody(shadowed: Portal) -> None:
    shadowed.integration.default_product_group = None
    shadowed.integration.save()
    attempt = shadowed.sync(shadowed.publish([line("Lamp", sku="LMP", category="Lighting")]))
    assert attempt.outcome == Outcome.SHADOWED and attempt.delivery.issue is None
    finding = ShadowFinding.objects.get()
    assert finding.verdict == Verdict.WOULD_WAIT and "mapped to no product group" in finding.summary


def test_several_candidates_are_for_a_person(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    native(shadowed, quote_id, numbered=False)
    second = native(shadowed, quote_id, numbered=False)
    shadowed.sync(quote_id)
    finding = ShadowFinding.objects.get()
    assert finding.verdict == Verdict.UNCLEAR and second["id"] in finding.candidates
    ann = User.objects.create(username="ann")
    with pytest.raises(NotSwitched):
        choose_quote(finding, 999, by=ann, now=shadowed.surroundings.now())
    choose_quote(finding, second["id"], by=ann, now=shadowed.surroundings.now())
    shadowed.work()
    finding.refresh_from_db()
    assert (finding.verdict, finding.halo_quote_id) == (Verdict.AGREES, second["id"])
    assert finding.found_by == "somebody chose it"


def test_sales_orders_are_compared(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    native(shadowed, quote_id)
    shadowed.simulator.quoter.accept(quote_id)
    shadowed.sync(quote_id)
    finding = ShadowFinding.objects.get()
    assert [row["label"] for row in finding.differences if row["weighs"]] == ["Sales order"]
    assert shadowed.halo_orders == [] and shadowed.simulator.halo.writes == []


def test_policies_that_create_are_only_told(shadowed: Portal) -> None:
    Integration.objects.update(create_missing_user=True, create_missing_opportunity=True, opportunity_type=1)
    shadowed.simulator.halo.add_client("Example Dental Group")
    attempt = shadowed.sync(shadowed.publish(LINES, notes=""))
    assert attempt.outcome == Outcome.SHADOWED
    assert ShadowFinding.objects.get().verdict == Verdict.MISSING
    assert "would first create" in attempt.summary
    assert shadowed.simulator.halo.writes == []


def test_persons_and_payments_do_nothing(shadowed: Portal) -> None:
    Integration.objects.update(note_payments=True, update_user_from_contact=True)
    quoter = shadowed.simulator.quoter
    quote_id = shadowed.publish(LINES)
    shadowed.sync(quote_id)
    for text in (quoter.pay(quote_id, amount="10.00"),):
        shadowed.post(quoter.form(text))
        assert shadowed.work()[-1] == Outcome.SHADOWED
    assert shadowed.simulator.halo.writes == []


def test_figures_do_not_count_it_as_synced(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    native(shadowed, quote_id)
    shadowed.sync(quote_id)
    found = trend(WINDOWS[0], now=shadowed.surroundings.now())
    assert (found.received, found.success, found.median_s) == (1, None, None)
    assert sum(bar.good for bar in found.bars) == 0


# The door


def test_the_door_refuses_every_write(shadowed: Portal) -> None:
    client = connect_halo(shadowed.integration, lane=Lane.PERSON)
    writes = (
        lambda: client.save_quote({"title": "x"}),
        lambda: client.create_items([{"name": "x", "supplier_part_code": ""}]),
        lambda: client.create_sales_order({}),
        lambda: client.create_client({}),
        lambda: client.create_user({}),
        lambda: client.save_opportunity({}),
        lambda: client.add_note({}),
        lambda: client.add_attachment({}),
    )
    for write in writes:
        with pytest.raises(ReadOnly, match="shadow mode"):
            write()
    assert client.who_am_i()
    assert shadowed.simulator.halo.writes == []
    shadowed.integration.quoter_api_key = shadowed.simulator.quoter.api_key
    quoter = connect_quoter(shadowed.integration)
    asked = len(shadowed.simulator.quoter.requests)
    with pytest.raises(ReadOnly):
        quoter._send("POST", "/quotes", "quote", body={})  # type: ignore[attr-defined]
    assert len(shadowed.simulator.quoter.requests) == asked


def test_a_connection_from_before_the_switch_writes_nothing_either(portal: Portal) -> None:
    delivery = portal.receive(portal.publish(LINES))
    lease = claim(delivery.pk, task_id="", surroundings=portal.surroundings)
    assert lease is not None
    client = connect_halo(portal.integration, lane=Lane.PUBLICATION)
    into_shadow(portal.integration, now=portal.surroundings.now())
    writer = Writer(lease, surroundings=portal.surroundings)
    with pytest.raises(ReadOnly):
        writer.write(["quote:1"], lambda: client.save_quote({"title": "x"}), keep=lambda made: [made])
    assert portal.simulator.halo.writes == [] and not WriteIntent.objects.exists()


def test_a_switch_in_the_middle_ends_compared_only(portal: Portal) -> None:
    def switch() -> float:
        Integration.objects.update(shadow=True)  # the attempt has read its integration by now
        return portal.clock.monotonic()

    delivery = portal.receive(portal.publish(LINES))
    surroundings = replace(portal.surroundings, monotonic=switch)
    assert run_attempt(delivery.pk, surroundings=surroundings) == Outcome.RETRYING
    portal.wait(5)
    delivery.refresh_from_db()
    assert delivery.state == State.SHADOWED
    assert portal.simulator.halo.writes == []


# Going live


def live(portal: Portal, start: Start) -> Any:
    ann, _ = User.objects.get_or_create(username="ann")
    went = go_live(portal.integration, start, by=ann, now=portal.surroundings.now())
    portal.integration.refresh_from_db()
    return went


def test_going_live_links_what_was_found_so_that_a_revision_updates_it(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    made = native(shadowed, quote_id)
    shadowed.sync(quote_id)
    went = live(shadowed, Start.NEW)
    assert (went.linked, went.synced, went.waiting) == (1, 0, 0)
    assert shadowed.work() == [] and shadowed.simulator.halo.writes == []
    link = shadowed.link()
    assert (link.halo_quote_id, link.applied_status) == (made["id"], "pending")

    revision = shadowed.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=5)])
    attempt = shadowed.sync(revision.id)
    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    [quote] = shadowed.halo_quotes
    assert quote["id"] == made["id"] and quote["lines"][0]["quantity"] == 5


def test_an_edit_after_going_live_is_not_written_over(shadowed: Portal) -> None:
    quote_id = shadowed.publish(LINES)
    native(shadowed, quote_id)
    shadowed.sync(quote_id)
    live(shadowed, Start.NEW)
    shadowed.halo_quotes[0]["lines"][0]["quantity"] = 4.0
    revision = shadowed.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9), LINES[1]])
    assert shadowed.sync(revision.id).error_code == "halo_edited"


def test_going_live_syncs_what_was_asked_for(shadowed: Portal) -> None:
    agrees, differs, missing = (
        shadowed.publish([line(name, sku=name)], name=name) for name in ("Agrees", "Differs", "Missing")
    )
    native(shadowed, agrees)
    native(shadowed, differs, prices={"Differs": 1.0})
    for quote_id in (agrees, differs, missing):
        shadowed.sync(quote_id)
    by_name = {row.link.name: row.verdict for row in ShadowFinding.objects.all()}
    assert by_name == {"Agrees": Verdict.AGREES, "Differs": Verdict.DIFFERS, "Missing": Verdict.MISSING}
    waiting = shadowed.receive(shadowed.publish([line("New", sku="New")], name="New"))

    went = live(shadowed, Start.ALL)
    assert (went.linked, went.synced, went.waiting) == (2, 2, 1)
    shadowed.work()
    titles = sorted(quote["title"] for quote in shadowed.halo_quotes)
    assert titles == ["Agrees", "Differs", "Missing", "New"]
    price = next(q["lines"][0]["price"] for q in shadowed.halo_quotes if q["title"] == "Differs")
    assert price == 25.0
    waiting.refresh_from_db()
    assert waiting.state == State.SUCCEEDED
    states = dict(WebhookDelivery.objects.values_list("quote_name", "state"))
    assert states["Agrees"] == State.SHADOWED
    assert SyncAttempt.objects.filter(trigger=Trigger.GO_LIVE).count() == 2


def test_only_what_halo_lacks(shadowed: Portal) -> None:
    differs, missing = (shadowed.publish([line(name, sku=name)], name=name) for name in ("Differs", "Missing"))
    native(shadowed, differs, prices={"Differs": 1.0})
    for quote_id in (differs, missing):
        shadowed.sync(quote_id)
    assert live(shadowed, Start.MISSING).synced == 1
    shadowed.work()
    prices = {quote["title"]: quote["lines"][0]["price"] for quote in shadowed.halo_quotes}
    assert prices == {"Differs": 1.0, "Missing": 25.0}


def test_switching_twice_is_refused(shadowed: Portal) -> None:
    with pytest.raises(NotSwitched):
        into_shadow(shadowed.integration, now=shadowed.surroundings.now())
    live(shadowed, Start.NEW)
    with pytest.raises(NotSwitched):
        live(shadowed, Start.NEW)
    assert compare_again(ShadowFinding.objects.all(), by=User.objects.get(), now=shadowed.surroundings.now()) == 0
