"""The unusual cases with people, each to its end as docs/people.md tells it: messages, pages, and Halo's state."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client

from integrations.choices import Outcome, Trigger
from integrations.errors import PortalError
from integrations.lookup.decide import Decision, decide
from integrations.lookup.draft import NotStarted, Wish, start_quote
from integrations.lookup.opportunity import NotCreated, OpportunityWish, create_opportunity
from integrations.lookup.push import NotPushed, push
from integrations.models import PersonLink, SyncAttempt
from integrations.sync.directory import refresh
from integrations.sync.enqueue import sync_again
from tests.lookup.quoter import add_complete_person, complete, connect
from tests.lookup.quoter import staff as staff
from tests.portal import AVERY, Portal, line

EMAIL = AVERY["email_address"]


@pytest.fixture(params=["scalepad", "legacy"])
def quoter(request: pytest.FixtureRequest, portal: Portal, settings: Any) -> Portal:
    """A portal that may write to Quoter, by each of the two APIs."""
    connect(portal, settings, legacy=request.param == "legacy")
    return portal


def look(portal: Portal, user: dict[str, Any]) -> str:
    """Return a person's page."""
    client = Client()
    boss, _ = get_user_model().objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
    client.force_login(boss)
    answer = client.get(f"/people/{portal.integration.pk}/{user['id']}/")
    assert answer.status_code == 200
    return answer.content.decode()


def look_at(attempt: SyncAttempt) -> str:
    """Return the page of a delivery."""
    client = Client()
    boss, _ = get_user_model().objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
    client.force_login(boss)
    return client.get(f"/integrations/webhookdelivery/{attempt.delivery_id}/change/").content.decode()


def again(portal: Portal, attempt: SyncAttempt, by: AbstractBaseUser) -> SyncAttempt:
    """Sync a delivery again and work it off."""
    sync_again([attempt.delivery_id], now=portal.surroundings.now(), trigger=Trigger.OPERATOR, by=by)
    portal.work()
    return portal.last_attempt(attempt.delivery)


# Two Quoter contacts with one e-mail


def test_two_contacts_are_told_and_left_alone(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    opportunity = quoter.simulator.halo.add_opportunity(user["id"], "Network")
    for name in ("Avery", "Averie"):
        quoter.simulator.quoter.add_contact(first_name=name, last_name="Sample", email_address=EMAIL)
    before = [contact.__dict__.copy() for contact in quoter.simulator.quoter.contacts.values()]
    now = quoter.surroundings.now()
    with pytest.raises(NotPushed, match="Quoter has 2 contacts") as told:
        push(quoter.integration, user["id"], by=staff, now=now)
    assert "Merge them in Quoter" in told.value.way_out
    template = next(iter(quoter.simulator.quoter.templates))
    with pytest.raises(NotPushed, match="Quoter has 2 contacts"):
        start_quote(quoter.integration, Wish(user["id"], opportunity["id"], template, "abc", staff, now))
    assert [contact.__dict__ for contact in quoter.simulator.quoter.contacts.values()] == before
    assert not PersonLink.objects.exists() and not quoter.simulator.quoter.quotes


def test_quotes_of_either_contact_go_to_the_same_user(portal: Portal) -> None:
    user = portal.add_person()
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Network")
    for name in ("Avery", "Averie"):
        contact = {**AVERY, "first_name": name}
        quote_id = portal.publish([line()], notes=f"[Halo #{opportunity['id']}]", contact=contact)
        assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED
    assert {quote["user_id"] for quote in portal.halo_quotes} == {user["id"]}


# Two Halo users with one e-mail


def test_two_users_wait_for_a_choice_that_is_kept(portal: Portal, staff: AbstractBaseUser) -> None:
    one, two = portal.add_person(name="Ann Lee"), portal.add_person(name="Ann Lee-Ray")
    opportunity = portal.simulator.halo.add_opportunity(two["id"], "Network")
    attempt = portal.sync(portal.publish([line()], notes=f"[Halo #{opportunity['id']}]"))
    assert attempt.error_code == "person_ambiguous"
    page = look_at(attempt)
    assert "Halo has two users with the e-mail" in page and "Client of Ann Lee-Ray" in page

    decide(attempt.delivery, Decision("person_ambiguous", "", two["id"], staff, portal.surroundings.now()))
    assert portal.work() == [Outcome.SUCCEEDED]
    second = portal.sync(portal.publish([line()], notes=f"[Halo #{opportunity['id']}]"))
    assert second.outcome == Outcome.SUCCEEDED, "the next quote asks nobody"
    assert {quote["user_id"] for quote in portal.halo_quotes} == {two["id"]}

    refresh(portal.integration, surroundings=portal.surroundings)
    assert "so its quotes come here" in look(portal, two)
    assert "so its quotes go there" in look(portal, one)


def test_pushing_one_of_two_users_links_it_and_the_other_is_refused(
    portal: Portal, staff: AbstractBaseUser, settings: Any
) -> None:
    connect(portal, settings)
    one, two = add_complete_person(portal, "Ann Lee"), add_complete_person(portal, "Ann Lee-Ray")
    refresh(portal.integration, surroundings=portal.surroundings)
    assert "Push to Quoter links it to this one" in look(portal, one)
    now = portal.surroundings.now()
    push(portal.integration, one["id"], by=staff, now=now)
    with pytest.raises(NotPushed, match="is linked to Ann Lee, id"):
        push(portal.integration, two["id"], by=staff, now=now)
    assert len(portal.simulator.quoter.contacts) == 1


# A user who changed client


def test_user_who_changed_client(portal: Portal, staff: AbstractBaseUser, settings: Any) -> None:
    connect(portal, settings)
    user = add_complete_person(portal)
    halo = portal.simulator.halo
    old = halo.add_opportunity(user["id"], "Old matter")
    push(portal.integration, user["id"], by=staff, now=portal.surroundings.now())
    assert portal.sync(portal.publish([line()], notes=f"[Halo #{old['id']}]")).outcome == Outcome.SUCCEEDED

    client = halo.add_client("Contoso Fictional")
    halo.users[user["id"]] |= {"client_id": client["id"], "site_id": client["main_site_id"]}
    complete(portal, halo.users[user["id"]])
    moved = portal.sync(portal.publish([line()], notes=f"[Halo #{old['id']}]"))
    assert moved.error_code == "opportunity_missing"
    assert "belongs to Client of Avery Sample" in moved.error_message
    assert "is at Contoso Fictional now" in moved.error_message
    assert "is at Contoso Fictional now" in look_at(moved)

    new = halo.add_opportunity(user["id"], "New matter")
    through = portal.sync(portal.publish([line()], notes=f"[Halo #{new['id']}]"))
    assert through.outcome == Outcome.SUCCEEDED
    assert any("is at Contoso Fictional now" in note["text"] for note in through.plan["warnings"])

    assert "takes this note away" in look(portal, user)
    push(portal.integration, user["id"], by=staff, now=portal.surroundings.now())
    assert "takes this note away" not in look(portal, user)
    (contact,) = portal.simulator.quoter.contacts.values()
    assert contact.organization == "Contoso Fictional"


def test_decided_link_learns_its_client_at_the_next_sync(portal: Portal) -> None:
    user = portal.add_person()
    PersonLink.objects.create(integration=portal.integration, email=EMAIL, halo_user_id=user["id"])
    portal.sync(portal.publish([line()]))
    assert PersonLink.objects.get().halo_client_name == "Client of Avery Sample"


# A prospect


def add_prospect(portal: Portal) -> dict[str, Any]:
    client: dict[str, Any] = portal.simulator.halo.add_client(AVERY["organization"], is_account=False)
    return client


def test_user_at_a_prospect_is_quoted_as_any_other(portal: Portal) -> None:
    client = add_prospect(portal)
    user = portal.simulator.halo.add_user("Avery Sample", EMAIL, client_id=client["id"])
    assert portal.sync(portal.publish([line()])).outcome == Outcome.SUCCEEDED
    page = look(portal, user)
    assert "Prospect" in page and "is a prospect in Halo, not a customer yet" in page


def test_missing_user_goes_to_the_prospect_that_no_list_shows(portal: Portal) -> None:
    client = add_prospect(portal)
    refresh(portal.integration, surroundings=portal.surroundings)
    portal.integration.create_missing_user = True
    portal.integration.save()
    attempt = portal.sync(portal.publish([line()], notes=""))
    assert attempt.error_code == "opportunity_missing", attempt.error_message
    halo = portal.simulator.halo
    assert [one["name"] for one in halo.clients.values()] == [AVERY["organization"]], "no second client"
    (user,) = [user for user in halo.users.values() if user["emailaddress"] == EMAIL]
    assert int(user["client_id"]) == client["id"]


def test_prospect_and_customer_of_one_name_wait(portal: Portal) -> None:
    add_prospect(portal)
    portal.simulator.halo.add_client(AVERY["organization"])
    refresh(portal.integration, surroundings=portal.surroundings)
    portal.integration.create_missing_user = True
    portal.integration.save()
    attempt = portal.sync(portal.publish([line()], notes=""))
    assert attempt.error_code == "client_ambiguous"
    assert "a prospect" in look_at(attempt)


# A deleted opportunity


@pytest.mark.parametrize("how", ["flagged", "gone"])
@pytest.mark.parametrize("linked", [True, False])
def test_deleted_opportunity_waits_and_is_not_replaced(
    portal: Portal, staff: AbstractBaseUser, how: str, linked: bool
) -> None:
    halo = portal.simulator.halo
    portal.integration.create_missing_opportunity, portal.integration.opportunity_type = True, 61
    portal.integration.save()
    user = portal.add_person()
    opportunity = halo.add_opportunity(user["id"], "Network")
    quote_id = portal.publish([line()], notes=f"[Halo #{opportunity['id']}]")
    if linked:
        assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED
        quote_id = portal.simulator.quoter.revise(quote_id, lines=[line(quantity=3)]).id
    if how == "flagged":
        opportunity["deleted"] = True
    else:
        del halo.opportunities[opportunity["id"]]
    attempt = portal.sync(quote_id)
    assert attempt.error_code == "opportunity_missing"
    said = "was deleted in Halo" if how == "flagged" else "is not in Halo, or the API agent may not see it"
    assert said in attempt.error_message and said in look_at(attempt)
    assert [row["summary"] for row in halo.opportunities.values() if not row["deleted"]] == []

    other = halo.add_opportunity(user["id"], "Another")
    decide(
        attempt.delivery,
        Decision("opportunity_missing", "", other["id"], staff, portal.surroundings.now()),
    )
    outcomes = portal.work()
    if not linked:
        assert outcomes == [Outcome.SUCCEEDED]


@pytest.mark.parametrize("how", ["flagged", "gone"])
def test_deleted_opportunity_starts_no_quote(quoter: Portal, staff: AbstractBaseUser, how: str) -> None:
    halo = quoter.simulator.halo
    user = add_complete_person(quoter)
    opportunity = halo.add_opportunity(user["id"], "Network")
    template = next(iter(quoter.simulator.quoter.templates))
    wish = Wish(user["id"], opportunity["id"], template, "abc", staff, quoter.surroundings.now())
    started = start_quote(quoter.integration, wish)
    if how == "flagged":
        opportunity["deleted"] = True
    else:
        del halo.opportunities[opportunity["id"]]
    with pytest.raises(NotStarted, match="was deleted" if how == "flagged" else "has no opportunity"):
        start_quote(quoter.integration, Wish(user["id"], opportunity["id"], template, "def", staff, wish.now))
    # The draft that was started before waits when it is published.
    (draft,) = quoter.simulator.quoter.quotes.values()
    quoter.simulator.quoter.edit(draft.id, lines=[line()])
    quoter.simulator.quoter.publish(draft.id)
    attempt = quoter.sync(draft.id)
    assert attempt.error_code == "opportunity_missing", started
    assert quoter.halo_quotes == []


# An inactive user


@pytest.mark.parametrize("linked", [True, False])
def test_inactive_user(portal: Portal, staff: AbstractBaseUser, settings: Any, linked: bool) -> None:
    connect(portal, settings)
    portal.integration.create_missing_user = True
    portal.integration.save()
    user = add_complete_person(portal)
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Network")
    now = portal.surroundings.now()
    if linked:
        push(portal.integration, user["id"], by=staff, now=now)
    portal.simulator.halo.users[user["id"]]["inactive"] = True
    attempt = portal.sync(portal.publish([line()], notes=f"[Halo #{opportunity['id']}]"))
    assert attempt.error_code == "person_unknown"
    said = "is inactive" if linked else "Halo has no active user with the e-mail"
    assert said in attempt.error_message and said in look_at(attempt)
    assert len([u for u in portal.simulator.halo.users.values() if u["emailaddress"] == EMAIL]) == 1

    assert "wait until the contact is linked to an active user" in look(portal, user)
    with pytest.raises(NotPushed, match="inactive in Halo"):
        push(portal.integration, user["id"], by=staff, now=now)
    wish = OpportunityWish(user["id"], 61, "New", None, None, "abc", staff, now)
    with pytest.raises(NotCreated, match="inactive in Halo"):
        create_opportunity(portal.integration, wish)

    portal.simulator.halo.users[user["id"]]["inactive"] = False
    assert again(portal, attempt, staff).outcome == Outcome.SUCCEEDED


def test_errors_of_this_page_are_told_in_words(portal: Portal, staff: AbstractBaseUser) -> None:
    user = portal.add_person()
    with pytest.raises(PortalError) as told:
        push(portal.integration, user["id"], by=staff, now=portal.surroundings.now())
    assert told.value.user_message and told.value.way_out
