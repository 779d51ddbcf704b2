"""A lead instead of a user: off until chosen, made once, and the quote goes on it once the lead is a user."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from integrations.choices import Outcome, Trigger
from integrations.models import QuoteLink
from integrations.simulator import Fault
from integrations.simulator.halo.rows import LEAD_TYPE
from integrations.sync.enqueue import sync_again
from tests.portal import AVERY, Portal, line
from tests.sync.test_policies import BILLING, choose, clients, people


@pytest.fixture
def leading(portal: Portal) -> Portal:
    """A portal that makes leads of strangers, although it might make users."""
    choose(portal, create_lead_instead=True, create_missing_user=True, lead_type=LEAD_TYPE)
    return portal


def leads(portal: Portal) -> list[dict[str, Any]]:
    return list(portal.simulator.halo.opportunities.values())


def publish(portal: Portal, **more: Any) -> int:
    more = {"contact": {**AVERY, "work": "217-555-0100", "billing": BILLING}, **more}
    return portal.publish([line(unit_price="100.00")], notes="", **more)


def convert(portal: Portal, lead: dict[str, Any]) -> dict[str, Any]:
    """Turn a lead into a client with a user, as a person in Halo does."""
    user = portal.add_person(email=lead["oppemailaddress"], name=lead["oppcontactname"])
    lead |= {name: user[name] for name in ("client_id", "site_id")} | {"user_id": user["id"]}
    return user


def test_lead_is_made_and_the_quote_goes_on_it_once_it_is_a_user(leading: Portal) -> None:
    attempt = leading.sync(publish(leading, name="Server room"))

    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, "person_is_lead")
    (lead,) = leads(leading)
    assert (lead["summary"], lead["tickettype_id"]) == ("Server room [Quoter 1]", LEAD_TYPE)
    assert (lead["oppcontactname"], lead["oppemailaddress"]) == ("Avery Sample", AVERY["email_address"])
    assert (lead["oppcompanyname"], lead["opptel"]) == (AVERY["organization"], "217-555-0100")
    assert (lead["oppaddr1"], lead["oppaddr3"], lead["opppostcode"]) == (
        "100 Example Street",
        "Springfield",
        "62701",
    )
    assert (lead["user_id"], lead["client_id"], lead["oppvalue"]) == (0, 0, 100)
    assert f"#{lead['id']}" in attempt.error_message
    assert (clients(leading), people(leading), leading.halo_quotes) == ([], [], [])

    user = convert(leading, lead)
    by = get_user_model().objects.create_superuser("sam", password="sam")
    sync_again([attempt.delivery_id], now=leading.surroundings.now(), trigger=Trigger.OPERATOR, by=by)
    leading.work()
    done = leading.last_attempt(attempt.delivery)
    assert done.outcome == Outcome.SUCCEEDED, done.error_message
    (quote,) = leading.halo_quotes
    assert (quote["user_id"], quote["ticket_id"]) == (user["id"], lead["id"])
    assert len(leads(leading)) == 1


def test_off_until_chosen(portal: Portal) -> None:
    assert portal.sync(publish(portal)).error_code == "person_unknown"
    assert portal.simulator.halo.writes == []


def test_missing_type_is_told_before_anything_is_written(leading: Portal) -> None:
    choose(leading, lead_type=None)
    attempt = leading.sync(publish(leading))
    assert "ticket type of new leads is not chosen" in attempt.error_message
    assert leading.simulator.halo.writes == []


@pytest.mark.parametrize("kind", ["drop-after", "500-after", "drop", "shape"])
def test_lost_answer_makes_no_second_lead(leading: Portal, kind: str) -> None:
    leading.receive(publish(leading))
    leading.simulator.halo.fail(Fault(kind, method="POST", path="/Opportunities"))
    assert leading.work() == [Outcome.RETRYING]
    outcomes = [outcome for _ in range(6) for outcome in leading.wait(60)]
    assert outcomes[-1] == Outcome.NEEDS_ATTENTION
    (lead,) = leads(leading)
    assert QuoteLink.objects.get().halo_opportunity_id == lead["id"]


def test_second_quote_for_the_same_stranger_makes_no_second_lead(leading: Portal) -> None:
    for name in ("One", "Two"):
        leading.receive(publish(leading, name=name))
    leading.work()
    for _ in range(3):
        leading.wait(60)
    (lead,) = leads(leading)
    assert "One" in lead["summary"]
    links = QuoteLink.objects.order_by("pk")
    assert [link.halo_opportunity_id for link in links] == [lead["id"], None]


def test_known_person_becomes_no_lead(leading: Portal) -> None:
    assert leading.sync(leading.publish([line()])).outcome == Outcome.SUCCEEDED
    assert [lead["tickettype_id"] for lead in leads(leading)] != [LEAD_TYPE]


def test_inactive_person_is_decided_by_a_person(leading: Portal) -> None:
    user = leading.add_person()
    leading.simulator.halo.users[user["id"]]["inactive"] = True
    assert leading.sync(publish(leading)).error_code == "person_unknown"
    assert leads(leading) == []
