"""The pages about people, as staff see them."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from integrations.models import DirectoryUser, PersonLink
from integrations.simulator import Fault
from integrations.sync.directory import refresh
from tests.lookup.quoter import add_complete_person, connect
from tests.portal import AVERY, Portal, line


@pytest.fixture
def staff(db: None) -> Client:
    """A member of staff who may do everything."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff", password="staff"))
    return client


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_search_page_says_what_to_do_first(staff: Client) -> None:
    text = page(staff, "/people/")
    assert "No integration yet" in text


def test_search_page_works_without_a_script(portal: Portal, staff: Client) -> None:
    user = portal.add_person(name="Ann Lee")
    text = page(staff, "/people/", q="ann lee")
    assert f"/people/{portal.integration.pk}/{user['id']}/" in text
    assert "found in Halo just now" in text


def test_results_while_typing_come_from_the_copy(portal: Portal, staff: Client) -> None:
    portal.add_person(name="Ann <Lee>")
    refresh(portal.integration, surroundings=portal.surroundings)
    before = len(portal.simulator.halo.requests)
    text = page(staff, "/people/search/", q="ann")
    assert "Ann &lt;Lee&gt;" in text
    assert "<html" not in text
    assert len(portal.simulator.halo.requests) == before


def test_person_page_shows_opportunities_by_nearness(portal: Portal, staff: Client) -> None:
    halo = portal.simulator.halo
    user = portal.add_person(name="Ann Lee")
    colleague = halo.add_user("Bob Ray", "bob@x.example", client_id=user["client_id"])
    other_site = halo.add_site(client_id=user["client_id"], name="Harbour")
    far = halo.add_user("Cleo Far", "cleo@x.example", site_id=other_site["id"], client_id=user["client_id"])
    halo.add_opportunity(far["id"], "Third", oppvalue=10)
    halo.add_opportunity(colleague["id"], "Second", oppvalue=20)
    halo.add_opportunity(user["id"], "First", oppvalue=2575.5)
    closed = halo.add_opportunity(user["id"], "Closed one")
    halo.close_opportunity(closed["id"])

    text = page(staff, f"/people/{portal.integration.pk}/{user['id']}/")

    assert text.index("First") < text.index("Second") < text.index("Third")
    assert "2,575.50" in text and "Their own" in text and "Their client’s, Cleo Far" in text
    assert "Closed one" not in text


def test_person_page_shows_quotes_and_what_waits(portal: Portal, staff: Client) -> None:
    user = portal.add_person()
    portal.sync(portal.publish([line()], notes=""))

    text = page(staff, f"/people/{portal.integration.pk}/{user['id']}/")

    assert "wait for a decision" in text
    assert "Quote 1" in text


def test_person_page_falls_back_to_the_copy(portal: Portal, staff: Client) -> None:
    user = portal.add_person(name="Ann Lee")
    refresh(portal.integration, surroundings=portal.surroundings)
    portal.simulator.halo.fail(Fault("500", path=f"/Users/{user['id']}"))

    text = page(staff, f"/people/{portal.integration.pk}/{user['id']}/")

    assert "Ann Lee" in text and "server error 500" in text
    assert "once Halo can be asked again" in text


def test_person_who_is_gone_is_not_found_and_leaves_the_copy(portal: Portal, staff: Client) -> None:
    user = portal.add_person(name="Ann Lee")
    refresh(portal.integration, surroundings=portal.surroundings)
    del portal.simulator.halo.users[user["id"]]

    assert staff.get(f"/people/{portal.integration.pk}/{user['id']}/").status_code == 404
    assert not DirectoryUser.objects.filter(halo_id=user["id"]).exists()


def test_link_to_somebody_else_is_told(portal: Portal, staff: Client) -> None:
    user = portal.add_person()
    PersonLink.objects.create(
        integration=portal.integration,
        email=AVERY["email_address"],
        halo_user_id=999,
        halo_user_name="Somebody Else",
    )
    text = page(staff, f"/people/{portal.integration.pk}/{user['id']}/")
    assert "not to this person" in text


@pytest.mark.parametrize("address", ["/people/", "/people/search/?q=a", "/people/1/1/"])
def test_pages_need_a_login_and_the_permission(portal: Portal, address: str) -> None:
    client = Client()
    assert client.get(address).status_code == 302
    user = get_user_model().objects.create_user("plain", password="plain", is_staff=True)
    client.force_login(user)
    assert client.get(address).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_personlink"))
    assert client.get(address).status_code == 403, "seeing links is not searching people"
    user.user_permissions.add(Permission.objects.get(codename="search_personlink"))
    assert client.get(address).status_code in (200, 404, 502)


def ready(portal: Portal, settings: Any) -> str:
    """Connect Quoter, add a complete person with an opportunity; return their page's address."""
    connect(portal, settings)
    user = add_complete_person(portal)
    portal.simulator.halo.add_opportunity(user["id"], "Network", oppvalue=100)
    return f"/people/{portal.integration.pk}/{user['id']}/"


def test_buttons_show_only_where_they_can_work(portal: Portal, staff: Client, settings: Any) -> None:
    user = portal.add_person()
    text = page(staff, f"/people/{portal.integration.pk}/{user['id']}/")
    assert "Push to Quoter" not in text and "enter the ScalePad API key" in text
    assert "Push to Quoter" in page(staff, ready(portal, settings))


def test_push_button_tells_what_was_done(portal: Portal, staff: Client, settings: Any) -> None:
    address = ready(portal, settings)
    answer = staff.post(f"{address}push/", follow=True)
    assert "is now a contact in Quoter" in answer.content.decode()
    assert len(portal.simulator.quoter.contacts) == 1
    assert staff.get(f"{address}push/").status_code == 405


def test_start_a_quote_from_the_page(portal: Portal, staff: Client, settings: Any) -> None:
    address = ready(portal, settings)
    text = page(staff, f"{address}quote/")
    assert "Network" in text and "Standard Quote" in text
    (opportunity,) = portal.simulator.halo.opportunities
    template = next(iter(portal.simulator.quoter.templates))
    form = {"opportunity": opportunity, "template": template, "ref": "abc123"}
    answer = staff.post(f"{address}quote/", form, follow=True)
    text = answer.content.decode()
    assert "is in Quoter" in text and "Open in Quoter" in text
    (draft,) = portal.simulator.quoter.quotes.values()
    assert f"[Halo #{opportunity}]" in draft.internal_notes


def test_start_form_keeps_the_choice_when_quoter_refuses(portal: Portal, staff: Client, settings: Any) -> None:
    address = ready(portal, settings)
    (opportunity,) = portal.simulator.halo.opportunities
    portal.simulator.quoter.fail(Fault("403", method="POST", path="/quotes"))
    template = next(iter(portal.simulator.quoter.templates))
    form = {"opportunity": opportunity, "template": template, "ref": "abc123"}
    answer = staff.post(f"{address}quote/", form, follow=True)
    text = answer.content.decode()
    assert "may not access the draft" in text
    assert 'value="abc123"' in text
    empty = staff.post(f"{address}quote/", {}, follow=True)
    assert "Choose an opportunity" in empty.content.decode()


def test_searching_alone_presses_no_buttons(portal: Portal, settings: Any) -> None:
    address = ready(portal, settings)
    client = Client()
    user = get_user_model().objects.create_user("plain", password="plain", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="search_personlink"))
    client.force_login(user)
    text = page(client, address)
    assert "Push to Quoter" not in text and "Start a quote" not in text and "New opportunity" not in text
    assert client.post(f"{address}push/").status_code == 403
    assert client.get(f"{address}quote/").status_code == 403
    assert client.get(f"{address}opportunity/").status_code == 403
    assert portal.simulator.quoter.contacts == {}
