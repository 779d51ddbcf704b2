"""A new opportunity from a person's page: what its type asks for, and one for one form, whatever is lost."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser

from integrations.errors import PortalError
from integrations.lookup.opportunity import (
    NotCreated,
    OpportunityWish,
    create_opportunity,
    differences,
    read_form,
    same_summary,
)
from integrations.models import NewOpportunity
from integrations.simulator import Fault
from integrations.simulator.halo.rows import LEAD_TYPE, OPPORTUNITY_TYPE, TICKET_TYPE
from tests.lookup.quoter import staff as staff
from tests.portal import Portal


@pytest.fixture
def wish(portal: Portal, staff: AbstractBaseUser) -> OpportunityWish:
    """What somebody entered for a person."""
    user = portal.add_person()
    return OpportunityWish(
        user_id=user["id"],
        type_id=OPPORTUNITY_TYPE,
        summary="New switches",
        value=Decimal("1200.50"),
        target=date(2030, 5, 1),
        ref="abc123",
        by=staff,
        now=portal.surroundings.now(),
    )


def rows(portal: Portal) -> list[dict[str, Any]]:
    return list(portal.simulator.halo.opportunities.values())


def test_opportunity_is_made_as_entered(portal: Portal, wish: OpportunityWish) -> None:
    made = create_opportunity(portal.integration, wish)

    (row,) = rows(portal)
    user = portal.simulator.halo.users[wish.user_id]
    assert made.halo_opportunity_id == row["id"]
    assert (row["summary"], row["oppvalue"], row["tickettype_id"]) == ("New switches", 1200.5, OPPORTUNITY_TYPE)
    assert (row["user_id"], row["client_id"], row["site_id"]) == (wish.user_id, user["client_id"], user["site_id"])
    assert row["targetdate"].startswith("2030-05-01")
    assert differences(portal.integration, made, wish) == ()


def test_same_form_twice_makes_one(portal: Portal, wish: OpportunityWish) -> None:
    assert create_opportunity(portal.integration, wish) == create_opportunity(portal.integration, wish)
    assert len(rows(portal)) == 1
    create_opportunity(portal.integration, replace(wish, ref="other"))
    assert len(rows(portal)) == 2


def test_answer_lost_after_the_write_is_found_again(portal: Portal, wish: OpportunityWish) -> None:
    portal.simulator.halo.fail(Fault("drop-after", method="POST", path="/Opportunities"))
    with pytest.raises(NotCreated, match="may or may not be there"):
        create_opportunity(portal.integration, wish)
    made = create_opportunity(portal.integration, wish)
    assert [row["id"] for row in rows(portal)] == [made.halo_opportunity_id]
    assert made.state == NewOpportunity.State.MADE


def test_request_that_never_arrived_is_sent_again_only_when_it_can_no_longer_land(
    portal: Portal, wish: OpportunityWish
) -> None:
    portal.simulator.halo.fail(Fault("drop", method="POST", path="/Opportunities"))
    with pytest.raises(NotCreated, match="may or may not"):
        create_opportunity(portal.integration, wish)
    with pytest.raises(NotCreated, match="still be at work"):
        create_opportunity(portal.integration, wish)
    create_opportunity(portal.integration, replace(wish, now=wish.now + timedelta(seconds=90)))
    assert len(rows(portal)) == 1


def test_marker_that_halo_dropped_is_not_guessed_at(portal: Portal, wish: OpportunityWish) -> None:
    portal.simulator.halo.fail(Fault("drop-after", method="POST", path="/Opportunities"))
    with pytest.raises(NotCreated):
        create_opportunity(portal.integration, wish)
    rows(portal)[0]["opportunity_third_party_url"] = ""
    with pytest.raises(NotCreated, match="may be the one whose answer was lost"):
        create_opportunity(portal.integration, replace(wish, now=wish.now + timedelta(seconds=90)))
    assert len(rows(portal)) == 1


def test_refusal_leaves_nothing_behind(portal: Portal, wish: OpportunityWish) -> None:
    portal.simulator.halo.permissions.add(("POST", "/Opportunities"))
    with pytest.raises(PortalError, match="may not access"):
        create_opportunity(portal.integration, wish)
    assert not NewOpportunity.objects.exists()


def test_required_fields_are_told_and_sent(portal: Portal, wish: OpportunityWish) -> None:
    halo = portal.simulator.halo
    halo.add_required_field("Lead source", values=["Web site", "Referral"])
    halo.add_required_field("Category", name="category_1")
    halo.add_required_field("Nice to have", required=False)

    form = read_form(portal.integration, wish.user_id, type_id=OPPORTUNITY_TYPE)

    source, category = form.required
    assert (source.label, source.choices) == ("Lead source", (("1", "Web site"), ("2", "Referral")))
    assert (category.label, category.name) == ("Category", "category_1")
    with pytest.raises(PortalError, match="requires a field"):
        create_opportunity(portal.integration, wish)
    create_opportunity(portal.integration, replace(wish, fields={source.key: "2", category.key: "Network"}))
    (row,) = rows(portal)
    assert row["customfields"] == [{"id": source.id, "value": "2"}]
    assert row["category_1"] == "Network"


def test_only_opportunity_types_are_offered_the_chosen_one_first(portal: Portal, wish: OpportunityWish) -> None:
    form = read_form(portal.integration, wish.user_id, type_id=None)
    assert {one.id for one in form.types} == {OPPORTUNITY_TYPE, LEAD_TYPE}
    assert form.type_id is None, "a person chooses between two"
    assert read_form(portal.integration, wish.user_id, type_id=TICKET_TYPE).type_id is None
    portal.integration.opportunity_type = LEAD_TYPE
    form = read_form(portal.integration, wish.user_id, type_id=None)
    assert [one.id for one in form.types] == [LEAD_TYPE, OPPORTUNITY_TYPE]
    assert form.type_id == LEAD_TYPE


@pytest.mark.parametrize("what", ["inactive", "isserviceaccount"])
def test_nobody_to_quote_to_gets_no_opportunity(portal: Portal, wish: OpportunityWish, what: str) -> None:
    portal.simulator.halo.users[wish.user_id][what] = True
    with pytest.raises(NotCreated):
        create_opportunity(portal.integration, wish)
    assert rows(portal) == []


def test_what_is_called_the_same_is_told(portal: Portal, wish: OpportunityWish) -> None:
    portal.simulator.halo.add_opportunity(wish.user_id, "NEW switches")
    form = read_form(portal.integration, wish.user_id, type_id=OPPORTUNITY_TYPE)
    assert [one.summary for one in same_summary(portal.integration, form.person, "New  switches")] == [
        "NEW switches"
    ]


def test_what_halo_saved_otherwise_is_told(portal: Portal, wish: OpportunityWish) -> None:
    made = create_opportunity(portal.integration, wish)
    rows(portal)[0]["oppvalue"] = 7.0
    assert differences(portal.integration, made, wish) == ("the value is 7.0",)
