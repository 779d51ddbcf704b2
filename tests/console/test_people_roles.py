"""The people area: every page and every button, for every role."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from integrations.simulator.halo.rows import OPPORTUNITY_TYPE
from integrations.sync.directory import refresh
from tests.console.conftest import ROLES, SignIn
from tests.lookup.quoter import add_complete_person, connect
from tests.portal import Portal

SELLERS = set(ROLES) - {"Viewer"}
# Address, method, what is sent; what an allowed person gets.
PAGES: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "search": ("people:search", "get", {}, 200),
    "results": ("people:results", "get", {"q": "avery"}, 200),
    "person": ("people:person", "get", {}, 200),
    "quote form": ("people:quote", "get", {}, 200),
    "opportunity form": ("people:opportunity", "get", {}, 200),
    "push": ("people:push", "post", {}, 302),
    "quote": ("people:quote", "post", {"opportunity": "9", "template": "t", "ref": "abc"}, 302),
    "opportunity": (
        "people:opportunity",
        "post",
        {"summary": "New", "target": "2030-01-01", "step": "create"},
        302,
    ),
    "address check": ("addresses:check", "get", {}, 200),
    "addresses as a file": ("addresses:csv", "get", {}, 200),
    "address preview": ("addresses:preview", "get", {}, 200),
}
_OF_A_PERSON = {"people:person", "people:quote", "people:opportunity", "people:push"}


@pytest.fixture
def person(portal: Portal, settings: Any) -> dict[str, Any]:
    """A person in Halo and in the portal's copy; both of the portal's sides answer."""
    connect(portal, settings)
    portal.integration.opportunity_type = OPPORTUNITY_TYPE
    portal.integration.save()
    user = add_complete_person(portal)
    portal.simulator.halo.add_opportunity(user["id"], "Network")
    refresh(portal.integration, surroundings=portal.surroundings)
    return user


def ask(client: Client, page: str, portal: Portal, person: dict[str, Any]) -> int:
    name, method, data, _ = PAGES[page]
    arguments: list[int] = []
    if name in _OF_A_PERSON:
        arguments = [portal.integration.pk, person["id"]]
    elif name == "addresses:preview":
        arguments = [portal.integration.pk]
    code: int = getattr(client, method)(reverse(name, args=arguments), data).status_code
    return code


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", PAGES)
def test_people_pages(portal: Portal, person: dict[str, Any], sign_in: SignIn, role: str, page: str) -> None:
    assert ask(sign_in(role), page, portal, person) == (PAGES[page][3] if role in SELLERS else 403)


@pytest.mark.parametrize("page", PAGES)
def test_seeing_every_link_opens_no_page_about_people(portal: Portal, person: dict[str, Any], page: str) -> None:
    user = User.objects.create_user("looker", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    assert ask(client, page, portal, person) == 403


@pytest.mark.parametrize("role", ROLES)
def test_navigation_offers_what_the_role_may_open(
    portal: Portal, person: dict[str, Any], sign_in: SignIn, role: str
) -> None:
    text = sign_in(role).get(reverse("admin:index")).content.decode()
    assert ("Person search" in text) == (role in SELLERS)
    assert ("Address check" in text) == (role in SELLERS)


@pytest.mark.parametrize("role", ROLES)
def test_buttons_show_for_who_may_press_them(
    portal: Portal, person: dict[str, Any], sign_in: SignIn, role: str
) -> None:
    answer = sign_in(role).get(reverse("people:person", args=[portal.integration.pk, person["id"]]))
    for button in ("Start a quote", "Push to Quoter", "New opportunity"):
        assert (button in answer.content.decode()) == (role in SELLERS)


@pytest.mark.parametrize("role", ROLES)
def test_settings_page_asks_for_people_only_where_it_may(
    portal: Portal, person: dict[str, Any], sign_in: SignIn, role: str
) -> None:
    address = reverse("admin:integrations_integration_change", args=[portal.integration.pk])
    assert ("data-address-preview" in sign_in(role).get(address).content.decode()) == (role in SELLERS)
