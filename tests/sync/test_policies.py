"""Policies beyond the default: each off until chosen, each write once whatever is lost, nothing guessed."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations.choices import Outcome, State
from integrations.lookup.decide import Decision, decide
from integrations.models import ClientLink, QuoteLink, WriteIntent
from integrations.simulator import Fault
from tests.portal import AVERY, Portal, line

OPPORTUNITY_TYPE = 27


def choose(portal: Portal, **values: Any) -> None:
    """Set policies."""
    for name, value in values.items():
        setattr(portal.integration, name, value)
    portal.integration.save()


@pytest.fixture
def creating(portal: Portal) -> Portal:
    """A portal that may create the missing user and opportunity."""
    types = portal.simulator.halo.ticket_types
    choose(
        portal,
        create_missing_user=True,
        create_missing_opportunity=True,
        opportunity_type=next(iter(types)),
    )
    return portal


def people(portal: Portal) -> list[dict[str, Any]]:
    return [user for user in portal.simulator.halo.users.values() if user["name"] != "General User"]


def opportunities(portal: Portal) -> list[dict[str, Any]]:
    return list(portal.simulator.halo.opportunities.values())


def clients(portal: Portal) -> list[dict[str, Any]]:
    return list(portal.simulator.halo.clients.values())


BILLING = {
    "line1": "100 Example Street",
    "line2": "",
    "city": "Springfield",
    "state": {"code": "IL", "name": "Illinois"},
    "country": {"code": "US", "name": "United States"},
    "postal_code": "62701",
}


def publish(portal: Portal, **more: Any) -> int:
    """Publish a quote for somebody whom Halo does not know."""
    more = {"contact": {**AVERY, "work": "217-555-0100", "billing": BILLING}, **more}
    return portal.publish([line(unit_price="100.00")], notes="", **more)


def test_new_client_user_and_opportunity_are_made_for_a_stranger(creating: Portal) -> None:
    attempt = creating.sync(publish(creating, name="Server room"))

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    (client,), (user,), (opportunity,), (quote,) = (
        clients(creating),
        people(creating),
        opportunities(creating),
        creating.halo_quotes,
    )
    assert client["name"] == AVERY["organization"]
    assert (user["name"], user["emailaddress"]) == ("Avery Sample", AVERY["email_address"])
    site = creating.simulator.halo.sites[int(user["site_id"])]
    assert (site["country_code"], site["phonenumber"]) == ("US", "217-555-0100")
    assert (opportunity["summary"], opportunity["oppvalue"]) == ("Server room [Quoter 1]", 100)
    assert opportunity["targetdate"]
    assert (quote["user_id"], quote["ticket_id"]) == (user["id"], opportunity["id"])
    said = " ".join(fact["label"] for step in attempt.steps.all() for fact in step.facts)
    assert "Client created" in said and "Opportunity created" in said


def test_revision_and_repetition_make_nothing_twice(creating: Portal) -> None:
    quote_id = publish(creating)
    creating.sync(quote_id)
    revision = creating.simulator.quoter.revise(quote_id, lines=[line(quantity=4)])
    assert creating.sync(revision.id).outcome == Outcome.SUCCEEDED
    creating.simulator.quoter.accept(revision.id)
    assert creating.sync(revision.id).outcome == Outcome.SUCCEEDED

    counts = [len(rows(creating)) for rows in (clients, people, opportunities)]
    assert (counts, len(creating.halo_quotes), len(creating.halo_orders)) == ([1, 1, 1], 1, 1)


def test_user_goes_to_the_only_client_of_that_name(creating: Portal) -> None:
    client = creating.simulator.halo.add_client(AVERY["organization"].upper())
    creating.simulator.halo.add_client(f"{AVERY['organization']} West")
    assert creating.sync(publish(creating)).outcome == Outcome.SUCCEEDED
    (user,) = people(creating)
    assert (int(user["client_id"]), int(user["site_id"])) == (client["id"], client["main_site_id"])
    assert (user["firstname"], user["surname"], user["phonenumber"]) == ("Avery", "Sample", "217-555-0100")


def test_several_clients_of_that_name_wait_and_the_choice_is_remembered(creating: Portal) -> None:
    halo = creating.simulator.halo
    one, two = halo.add_client(AVERY["organization"]), halo.add_client(AVERY["organization"])
    attempt = creating.sync(publish(creating))
    assert attempt.error_code == "client_ambiguous"
    assert people(creating) == []
    (problem,) = [p for p in attempt.plan["problems"] if p["code"] == "client_ambiguous"]
    assert {c["id"] for c in problem["candidates"]} == {one["id"], two["id"]}

    by = get_user_model().objects.create_superuser("sam", password="sam")
    decision = Decision("client_ambiguous", "", two["id"], by, creating.surroundings.now())
    assert "now belong to" in decide(attempt.delivery, decision)
    assert creating.work() == [Outcome.SUCCEEDED]
    assert [int(user["client_id"]) for user in people(creating)] == [two["id"]]
    assert ClientLink.objects.get().created_by == by


def test_nothing_is_created_unless_chosen(portal: Portal) -> None:
    assert portal.sync(publish(portal)).error_code == "person_unknown"
    assert (clients(portal), people(portal), opportunities(portal)) == ([], [], [])


def test_inactive_user_with_the_address_is_a_persons_decision(creating: Portal) -> None:
    user = creating.add_person()
    creating.simulator.halo.users[user["id"]]["inactive"] = True
    assert creating.sync(publish(creating)).error_code == "person_unknown"
    assert len(people(creating)) == 1


def test_contact_without_a_company_waits(creating: Portal) -> None:
    attempt = creating.sync(publish(creating, contact={**AVERY, "organization": ""}))
    assert (attempt.error_code, "no organization" in attempt.error_message) == ("person_unknown", True)


def test_open_opportunities_are_never_passed_over(creating: Portal) -> None:
    user = creating.add_person()
    creating.simulator.halo.add_opportunity(user["id"], "Something else")
    assert creating.sync(publish(creating)).error_code == "opportunity_ambiguous"
    assert len(opportunities(creating)) == 1


def test_named_opportunity_that_is_not_there_is_not_replaced(creating: Portal) -> None:
    creating.add_person()
    quote_id = creating.publish([line()], notes="[Halo #999]")
    assert creating.sync(quote_id).error_code == "opportunity_missing"
    assert opportunities(creating) == []


def test_missing_ticket_type_is_told_before_anything_is_written(creating: Portal) -> None:
    choose(creating, opportunity_type=None)
    creating.add_person()
    attempt = creating.sync(publish(creating))
    assert "ticket type is not chosen" in attempt.error_message
    assert creating.simulator.halo.writes == []


def test_required_field_is_refused_in_words(creating: Portal) -> None:
    creating.add_person()
    creating.simulator.halo.quirks.add("mandatory:category_1")
    attempt = creating.sync(publish(creating))
    assert attempt.outcome == Outcome.FAILED
    assert "requires a field" in attempt.error_message and "category_1" in attempt.error_message
    creating.simulator.halo.quirks.clear()


@pytest.mark.parametrize("path", ["/Client", "/Users", "/Opportunities"])
@pytest.mark.parametrize("kind", ["drop-after", "500-after", "drop", "shape"])
def test_lost_answer_makes_no_second_one(creating: Portal, path: str, kind: str) -> None:
    if path == "/Users":
        creating.simulator.halo.add_client(AVERY["organization"])
    creating.receive(publish(creating))
    creating.simulator.halo.fail(Fault(kind, method="POST", path=path))
    assert creating.work() == [Outcome.RETRYING]
    outcomes = [outcome for _ in range(6) for outcome in creating.wait(60)]
    assert outcomes[-1] == Outcome.SUCCEEDED, outcomes
    counts = [len(rows(creating)) for rows in (clients, people, opportunities)]
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("kind", ["drop-after", "drop"])
def test_quote_lost_while_its_client_is_unknown_leaves_no_write_open(creating: Portal, kind: str) -> None:
    quote_id = publish(creating)
    creating.receive(quote_id)
    creating.simulator.halo.fail(Fault(kind, method="POST", path="/Client"))
    assert creating.work() == [Outcome.RETRYING]

    creating.simulator.quoter.lose(quote_id)
    lost = creating.receive(quote_id)
    for _ in range(10):
        creating.wait(60)

    lost.refresh_from_db()
    assert lost.state == State.IGNORED
    assert not WriteIntent.objects.filter(state__in=["open", "unknown"]).exists()


def test_two_quotes_of_one_stranger_make_one_user(creating: Portal) -> None:
    for name in ("One", "Two"):
        creating.receive(publish(creating, name=name))
    outcomes = creating.work()
    for _ in range(3):
        outcomes += creating.wait(60)
    assert len(people(creating)) == len(clients(creating)) == 1
    # The second finds the first's opportunity open, which a machine must not pass over.
    assert len(opportunities(creating)) == 1
    assert Outcome.NEEDS_ATTENTION in outcomes


# The opportunity follows its quote


def test_opportunity_follows_value_probability_and_status(portal: Portal) -> None:
    choose(
        portal,
        update_opportunity_value=True,
        opportunity_status_accepted=12,
        opportunity_probability_pending=40,
        opportunity_probability_accepted=100,
    )
    quote_id = portal.publish([line(unit_price="250.00")])
    assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED
    (row,) = opportunities(portal)
    assert (row["oppvalue"], row["oppconversionprobability"], row["status_id"]) == (250, 40, 1)

    portal.simulator.quoter.accept(quote_id)
    assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED
    assert (row["oppconversionprobability"], row["status_id"]) == (100, 12)
    assert QuoteLink.objects.get().opportunity_value == Decimal(250)


def test_lost_quote_takes_its_opportunity_along(portal: Portal) -> None:
    choose(portal, opportunity_status_lost=13, opportunity_probability_lost=0)
    quote_id = portal.publish([line()])
    portal.sync(quote_id)
    portal.simulator.quoter.lose(quote_id)
    assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED
    (row,) = opportunities(portal)
    assert (row["status_id"], row["oppconversionprobability"]) == (13, 0)


def test_value_that_somebody_changed_in_halo_stays(portal: Portal) -> None:
    choose(portal, update_opportunity_value=True)
    quote_id = portal.publish([line(unit_price="250.00")])
    portal.sync(quote_id)
    (row,) = opportunities(portal)
    row["oppvalue"] = 999.0
    revision = portal.simulator.quoter.revise(quote_id, lines=[line(unit_price="300.00")])
    attempt = portal.sync(revision.id)
    assert attempt.outcome == Outcome.SUCCEEDED
    assert row["oppvalue"] == 999
    assert any("so it stays" in warning["text"] for warning in attempt.plan["warnings"])


def test_value_whose_answer_was_lost_is_not_taken_for_somebodys_edit(portal: Portal) -> None:
    choose(portal, update_opportunity_value=True)
    quote_id = portal.publish([line(unit_price="250.00")])
    portal.receive(quote_id)
    portal.simulator.halo.fail(Fault("drop-after", method="POST", path="/Opportunities"))
    portal.work()
    for _ in range(3):
        portal.wait(60)
    (row,) = opportunities(portal)
    assert row["oppvalue"] == 250
    revision = portal.simulator.quoter.revise(quote_id, lines=[line(unit_price="300.00")])
    assert portal.sync(revision.id).outcome == Outcome.SUCCEEDED
    assert row["oppvalue"] == 300


def test_status_that_halo_moved_on_is_left_alone(portal: Portal) -> None:
    choose(portal, opportunity_status_pending=11)
    quote_id = portal.publish([line()])
    portal.sync(quote_id)
    (row,) = opportunities(portal)
    assert row["status_id"] == 11
    row["status_id"] = 2
    revision = portal.simulator.quoter.revise(quote_id, lines=[line(quantity=2)])
    assert portal.sync(revision.id).outcome == Outcome.SUCCEEDED
    assert row["status_id"] == 2


def test_first_year_counts_recurring_lines(portal: Portal) -> None:
    choose(portal, update_opportunity_value=True, opportunity_value="first_year")
    quote_id = portal.publish(
        [line(unit_price="100.00"), line("Care", unit_price="10.00", recurring=True, category="Cabling")]
    )
    assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED
    (row,) = opportunities(portal)
    assert row["oppvalue"] == 220
