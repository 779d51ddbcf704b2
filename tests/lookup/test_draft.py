"""Start a quote: one draft for one wish, tied to user and opportunity, and synced without a decision."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser

from integrations.choices import Outcome
from integrations.errors import PortalError
from integrations.lookup.draft import NotStarted, Wish, start_quote
from integrations.models import StartedQuote
from integrations.simulator import Fault
from tests.lookup.quoter import add_complete_person, connect
from tests.lookup.quoter import staff as staff
from tests.portal import AVERY, Portal, line


@pytest.fixture(params=["scalepad", "legacy"])
def quoter(request: pytest.FixtureRequest, portal: Portal, settings: Any) -> Portal:
    """A portal that may write to Quoter, by each of the two APIs."""
    connect(portal, settings, legacy=request.param == "legacy")
    return portal


@pytest.fixture
def wish(quoter: Portal, staff: AbstractBaseUser) -> Wish:
    """A complete person, with the second of two opportunities chosen."""
    user = add_complete_person(quoter)
    quoter.simulator.halo.add_opportunity(user["id"], "Phones")
    opportunity = quoter.simulator.halo.add_opportunity(user["id"], "Network")
    template = next(iter(quoter.simulator.quoter.templates))
    return Wish(user["id"], opportunity["id"], template, "abc123", staff, quoter.surroundings.now())


def drafts(portal: Portal) -> list[Any]:
    return list(portal.simulator.quoter.quotes.values())


def test_started_quote_syncs_to_its_opportunity_without_a_decision(quoter: Portal, wish: Wish) -> None:
    started = start_quote(quoter.integration, wish)
    (draft,) = drafts(quoter)
    assert started.url.endswith(f"/quoter/admin/quotes/draft_by_public_id/{draft.public_id}")
    quoter.simulator.quoter.edit(draft.id, lines=[line()])
    quoter.simulator.quoter.publish(draft.id)

    attempt = quoter.sync(draft.id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    (halo_quote,) = quoter.halo_quotes
    assert (halo_quote["user_id"], halo_quote["ticket_id"]) == (wish.user_id, wish.opportunity_id)
    started.refresh_from_db()
    assert started.link == quoter.link(), "it is not waited for any more"


def test_same_form_sent_twice_makes_one_draft(quoter: Portal, wish: Wish) -> None:
    first = start_quote(quoter.integration, wish)
    assert start_quote(quoter.integration, wish) == first
    assert len(drafts(quoter)) == 1
    start_quote(quoter.integration, replace(wish, ref="other"))
    assert len(drafts(quoter)) == 2


def test_lost_answer_is_looked_for_or_told(quoter: Portal, wish: Wish) -> None:
    quoter.simulator.quoter.fail(Fault("drop-after", method="POST", path="/quotes"))
    if quoter.integration.quoter_api_key:
        assert start_quote(quoter.integration, wish).state == StartedQuote.State.MADE
    else:
        for said in ("may or may not be there", "cannot be told"):
            with pytest.raises(NotStarted, match=said):
                start_quote(quoter.integration, wish)
    assert len(drafts(quoter)) == 1


def test_refused_draft_leaves_nothing_behind(quoter: Portal, wish: Wish) -> None:
    quoter.simulator.quoter.fail(Fault("403", method="POST", path="/quotes"))
    with pytest.raises(PortalError):
        start_quote(quoter.integration, wish)
    assert not StartedQuote.objects.exists()
    start_quote(quoter.integration, wish)
    assert len(drafts(quoter)) == 1


def test_lost_request_is_sent_again_only_when_it_can_no_longer_land(
    portal: Portal, staff: AbstractBaseUser, settings: Any
) -> None:
    connect(portal, settings)
    user = add_complete_person(portal)
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Network")
    template = next(iter(portal.simulator.quoter.templates))
    wish = Wish(user["id"], opportunity["id"], template, "abc", staff, portal.surroundings.now())
    portal.simulator.quoter.fail(Fault("drop", method="POST", path="/quotes"))
    with pytest.raises(NotStarted, match="may or may not"):
        start_quote(portal.integration, wish)
    with pytest.raises(NotStarted, match="still be at work"):
        start_quote(portal.integration, wish)
    start_quote(portal.integration, replace(wish, now=wish.now + timedelta(seconds=90)))
    assert len(drafts(portal)) == 1


@pytest.mark.parametrize("how", ["closed", "ticket", "other client", "gone"])
def test_opportunity_that_does_not_fit_is_refused(quoter: Portal, wish: Wish, how: str) -> None:
    halo = quoter.simulator.halo
    row = halo.opportunities[wish.opportunity_id]
    if how == "closed":
        halo.close_opportunity(wish.opportunity_id)
    elif how == "ticket":
        row["is_opportunity"] = False
    elif how == "other client":
        row["client_id"] = halo.add_client("Elsewhere")["id"]
    else:
        del halo.opportunities[wish.opportunity_id]
    with pytest.raises(NotStarted):
        start_quote(quoter.integration, wish)
    assert drafts(quoter) == []


def test_two_unmarked_drafts_for_one_contact_are_not_guessed_between(
    portal: Portal, staff: AbstractBaseUser, settings: Any
) -> None:
    connect(portal, settings, legacy=True)
    user = add_complete_person(portal)
    one, two = (portal.simulator.halo.add_opportunity(user["id"], name) for name in ("One", "Two"))
    template = next(iter(portal.simulator.quoter.templates))
    now = portal.surroundings.now()
    start_quote(portal.integration, Wish(user["id"], one["id"], template, "a1", staff, now))
    start_quote(portal.integration, Wish(user["id"], two["id"], template, "a2", staff, now))
    attempt = portal.sync(portal.publish([line()], notes="", contact=AVERY))
    assert attempt.error_code == "opportunity_ambiguous"
