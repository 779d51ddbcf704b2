"""Push to Quoter: one contact for one e-mail address, whatever happens, and the address by the mapping."""

from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser

from integrations.errors import AnswerLost, PortalError, SettingsError
from integrations.lookup.push import NotPushed, claim, push
from integrations.models import PersonLink
from integrations.simulator import Fault
from tests.lookup.quoter import add_complete_person, complete, connect
from tests.lookup.quoter import staff as staff
from tests.portal import AVERY, Portal


@pytest.fixture(params=["scalepad", "legacy"])
def quoter(request: pytest.FixtureRequest, portal: Portal, settings: Any) -> Portal:
    """A portal that may write to Quoter, by each of the two APIs."""
    connect(portal, settings, legacy=request.param == "legacy")
    return portal


def run(portal: Portal, user: dict[str, Any], staff: AbstractBaseUser) -> str:
    return push(portal.integration, user["id"], by=staff, now=portal.surroundings.now()).sentence


def contacts(portal: Portal) -> list[Any]:
    return list(portal.simulator.quoter.contacts.values())


def test_new_contact_has_the_mapped_address_and_is_linked(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    assert "is now a contact in Quoter" in run(quoter, user, staff)
    (contact,) = contacts(quoter)
    assert (contact.first_name, contact.last_name, contact.organization) == (
        "Avery",
        "Sample",
        "Client of Avery Sample",
    )
    billing = contact.billing
    assert (billing["line1"], billing["city"], billing["postal_code"]) == ("1 Main St", "Springfield", "62701")
    assert (billing["state"]["code"], billing["country"]["code"]) == ("IL", "US")
    link = PersonLink.objects.get()
    assert (link.email, link.halo_user_id, link.created_by) == (AVERY["email_address"], user["id"], staff)
    assert link.pushed_at is not None


def test_second_push_changes_nothing(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    run(quoter, user, staff)
    assert "already agrees" in run(quoter, user, staff)
    assert len([r for r in quoter.simulator.quoter.requests if r.is_write]) == 1


def test_known_contact_is_brought_up_to_date(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    quote = quoter.simulator.quoter.create_quote(contact={**AVERY, "work": "old", "title": "CEO"})
    quoter.simulator.halo.users[user["id"]]["phonenumber"] = "217-555-0100"
    said = run(quoter, user, staff)
    assert "work phone “217-555-0100”" in said
    (contact,) = contacts(quoter)
    assert (contact.work, contact.title) == ("217-555-0100", "CEO"), "what Halo leaves empty stays"
    assert PersonLink.objects.get().contact_id == quote.contact.public_id


def test_lost_answer_makes_no_second_contact(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    quoter.simulator.quoter.fail(Fault("drop-after", method="POST", path="/contacts"))
    run(quoter, user, staff)
    assert len(contacts(quoter)) == 1


def test_lost_request_is_told_and_can_be_pressed_again(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    quoter.simulator.quoter.fail(Fault("drop", method="POST", path="/contacts"))
    with pytest.raises(AnswerLost):
        run(quoter, user, staff)
    assert not PersonLink.objects.exists()
    run(quoter, user, staff)
    assert len(contacts(quoter)) == 1


def test_two_contacts_with_the_address_are_not_guessed_between(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(quoter)
    quoter.simulator.quoter.add_contact()
    quoter.simulator.quoter.add_contact(email_address=AVERY["email_address"].upper())
    with pytest.raises(NotPushed, match="2 contacts"):
        run(quoter, user, staff)


def test_somebody_elses_link_is_not_taken_over(quoter: Portal, staff: AbstractBaseUser) -> None:
    add_complete_person(quoter, "Ann Lee")
    two = add_complete_person(quoter, "Ann Leigh")
    PersonLink.objects.create(
        integration=quoter.integration, email=AVERY["email_address"], halo_user_id=1, halo_user_name="Ann Lee"
    )
    with pytest.raises(NotPushed, match="is linked to Ann Lee, not to Ann Leigh"):
        run(quoter, two, staff)
    assert contacts(quoter) == []


def test_missing_country_and_region_are_named(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = quoter.add_person()
    site = quoter.simulator.halo.sites[int(user["site_id"])]
    site |= {"country_code": "", "country_code_name": ""}
    with pytest.raises(NotPushed, match="the country and region of their site in Halo are missing"):
        run(quoter, user, staff)
    quoter.integration.default_country, quoter.integration.default_region = "US", "IL"
    quoter.integration.save()
    run(quoter, user, staff)
    assert contacts(quoter)[0].billing["country"]["code"] == "US"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inactive": True}, "is inactive in Halo"),
        ({"emailaddress": ""}, "has no e-mail address"),
        ({"isserviceaccount": True}, "is a placeholder"),
    ],
)
def test_who_cannot_be_sent_is_refused_in_words(
    quoter: Portal, staff: AbstractBaseUser, change: dict[str, Any], said: str
) -> None:
    user = add_complete_person(quoter)
    quoter.simulator.halo.users[user["id"]] |= change
    with pytest.raises(NotPushed, match=said):
        run(quoter, user, staff)


def test_contact_without_an_id_is_left_as_it_is_and_told(
    portal: Portal, staff: AbstractBaseUser, settings: Any
) -> None:
    connect(portal, settings)
    user = add_complete_person(portal)
    portal.simulator.quoter.add_contact(**{**AVERY, "first_name": "Averil"})
    assert "cannot be changed before its first quote: first name" in run(portal, user, staff)
    assert contacts(portal)[0].first_name == "Averil"


def test_refusal_is_quoted(quoter: Portal, staff: AbstractBaseUser) -> None:
    user = complete(quoter, quoter.add_person(name="Avery"))
    quoter.simulator.halo.users[user["id"]] |= {"firstname": "Avery", "surname": ""}
    with pytest.raises(PortalError, match="last_name is required"):
        run(quoter, user, staff)


def test_without_a_key_the_settings_are_named(portal: Portal, staff: AbstractBaseUser) -> None:
    user = add_complete_person(portal)
    with pytest.raises(SettingsError, match="has no key for Quoter's API"):
        run(portal, user, staff)


def test_only_one_push_of_a_contact_at_a_time(quoter: Portal, staff: AbstractBaseUser) -> None:
    user, now = add_complete_person(quoter), quoter.surroundings.now()
    with claim(f"contact {quoter.integration.pk} {AVERY['email_address']}", now=now):
        with pytest.raises(NotPushed, match="at this moment"):
            run(quoter, user, staff)
        quoter.clock.ahead_s += 121
        run(quoter, user, staff)
    assert len(contacts(quoter)) == 1
