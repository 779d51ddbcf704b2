"""The page of a new opportunity, from the person's page to a quote on it."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from integrations.simulator import Fault
from integrations.simulator.halo.rows import OPPORTUNITY_TYPE
from tests.lookup.quoter import add_complete_person, connect
from tests.portal import Portal


@pytest.fixture
def staff(db: None) -> Client:
    """A member of staff who may do everything."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff", password="staff"))
    return client


@pytest.fixture
def address(portal: Portal) -> str:
    """The page of a person, whose integration has an opportunity type."""
    portal.integration.opportunity_type = OPPORTUNITY_TYPE
    portal.integration.save()
    user = add_complete_person(portal)
    return f"/people/{portal.integration.pk}/{user['id']}/"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    found: str = answer.content.decode()
    return found


FORM = {"summary": "New switches", "value": "1200.50", "target": "2030-05-01", "ref": "abc123"}


def test_from_the_person_to_a_quote_on_it(portal: Portal, staff: Client, address: str, settings: Any) -> None:
    connect(portal, settings)
    assert "New opportunity" in text(staff.get(address))
    assert 'name="summary"' in text(staff.get(f"{address}opportunity/"))

    asked = text(staff.post(f"{address}opportunity/", {**FORM, "type": OPPORTUNITY_TYPE}))
    assert "This will be made in Halo" in asked and "1200.50" in asked
    assert portal.simulator.halo.opportunities == {}, "nothing before it is confirmed"

    form = {**FORM, "type": OPPORTUNITY_TYPE, "step": "create"}
    done = text(staff.post(f"{address}opportunity/", form, follow=True))
    (row,) = portal.simulator.halo.opportunities.values()
    assert f"Opportunity #{row['id']}" in done
    assert f"quote/?opportunity={row['id']}" in done
    assert f'value="{row["id"]}" required\n                       checked' in text(
        staff.get(f"{address}quote/?opportunity={row['id']}")
    )

    again = text(staff.post(f"{address}opportunity/", form, follow=True))
    assert f"Opportunity #{row['id']}" in again
    assert len(portal.simulator.halo.opportunities) == 1


def test_what_is_missing_is_asked_for(portal: Portal, staff: Client, address: str) -> None:
    field = portal.simulator.halo.add_required_field("Lead source", values=["Web site", "Referral"])
    portal.simulator.halo.add_required_field("Value", name="oppvalue")
    page = text(staff.get(f"{address}opportunity/"))
    assert "Lead source" in page and "Referral" in page and "(optional)" not in page

    refused = text(staff.post(f"{address}opportunity/", {**FORM, "value": ""}))
    assert refused.count("This field is required.") == 2
    form = {**FORM, f"field_{field['id']}": "2", "step": "create"}
    assert "is in Halo" in text(staff.post(f"{address}opportunity/", form, follow=True))
    (row,) = portal.simulator.halo.opportunities.values()
    assert row["customfields"] == [{"id": field["id"], "value": "2"}]


def test_refusal_keeps_what_was_entered(portal: Portal, staff: Client, address: str) -> None:
    portal.simulator.halo.fail(Fault("403", method="POST", path="/Opportunities"))
    page = text(staff.post(f"{address}opportunity/", {**FORM, "step": "create"}, follow=True))
    assert "may not access opportunity" in page
    assert 'value="New switches"' in page and 'value="abc123"' in page


def test_lost_answer_ends_with_one(portal: Portal, staff: Client, address: str) -> None:
    portal.simulator.halo.fail(Fault("drop-after", method="POST", path="/Opportunities"))
    form = {**FORM, "step": "create"}
    assert "may or may not be there" in text(staff.post(f"{address}opportunity/", form, follow=True))
    assert "is in Halo" in text(staff.post(f"{address}opportunity/", form, follow=True))
    assert len(portal.simulator.halo.opportunities) == 1


def test_opportunities_are_searched_by_number_words_and_stage(portal: Portal, staff: Client, address: str) -> None:
    halo = portal.simulator.halo
    (user,) = [u for u in halo.users.values() if u["emailaddress"]]
    for name in ("Phones", "Cabling", "Firewall"):
        halo.add_opportunity(user["id"], name, status_id=11)
    found = text(staff.get(address, {"find": "cabl proposal"}))
    assert "Cabling" in found and "Phones" not in found
    assert "No open opportunity matches" in text(staff.get(address, {"find": "zebra"}))


def test_confirmation_can_be_taken_back(portal: Portal, staff: Client, address: str) -> None:
    page = text(staff.post(f"{address}opportunity/", {**FORM, "step": "edit"}))
    assert "This will be made in Halo" not in page and 'value="New switches"' in page
    assert portal.simulator.halo.opportunities == {}
