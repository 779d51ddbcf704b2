"""Matching Quoter's categories with Halo's product groups: both read, suggested by name, accepted at once."""

import re
from typing import Any

import pytest
from django.urls import reverse

from integrations.choices import State
from integrations.lookup.categories import suggest
from integrations.models import Integration, ProductGroupMapping
from integrations.quoter.shared import ItemCategory
from tests.console.conftest import SignIn, said
from tests.lookup.quoter import connect
from tests.portal import Portal, line

GROUPS = [(1, "Cabling"), (2, "Network Switches"), (3, "Hardware"), (4, "Managed Services")]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (ItemCategory("c", " cabling "), [(1, 100)]),
        (ItemCategory("c", "Switches, Network"), [(2, 99)]),
        (ItemCategory("c", "Switches"), [(2, 75)]),
        (ItemCategory("c", "Odds and Ends", parent="Hardware"), [(3, 74)]),
        (ItemCategory("c", "Furniture"), []),
    ],
)
def test_groups_are_ranked_by_name(category: ItemCategory, expected: list[tuple[int, int]]) -> None:
    [row] = suggest([category], GROUPS, {})
    assert [(one.group_id, one.score) for one in row.suggestions] == expected
    assert all(one.reason for one in row.suggestions)


def test_names_that_repeat_are_matched_by_their_id() -> None:
    rows = suggest(
        [ItemCategory("cat_1", "Parts", "Cars"), ItemCategory("cat_2", "Parts", "Boats")], [], {"cat_2": 3}
    )
    assert [(row.key, row.mapped_to) for row in rows] == [("cat_1", None), ("cat_2", 3)]


@pytest.fixture(params=["scalepad", "legacy"])
def connected(portal: Portal, settings: Any, request: pytest.FixtureRequest) -> Portal:
    """Two categories in Quoter beside the mapped one, by one of its APIs; a group that has one's name."""
    connect(portal, settings, legacy=request.param == "legacy")
    for name in ("Cabling", "Firewalls", "Furniture"):
        portal.simulator.quoter.add_category(name)
    portal.simulator.halo.add_group("Firewalls")
    return portal


def page_of(portal: Portal) -> str:
    return reverse("admin:integrations_integration_groups", args=[portal.integration.pk])


def form_on(page: str) -> dict[str, list[str]]:
    """What the browser posts where nothing is touched."""
    keys = re.findall(r'name="category" value="([^"]*)"', page)
    chosen = [_selected(part) for part in re.findall(r'<select name="group".*?</select>', page, re.S)]
    [default] = [_selected(part) for part in re.findall(r'<select name="default".*?</select>', page, re.S)]
    return {"category": keys, "group": chosen, "default": [default]}


def _selected(select: str) -> str:
    found = re.search(r'value="(\d+)" selected', select)
    return found[1] if found else ""


def test_all_suggestions_are_accepted_with_one_press(connected: Portal, sign_in: SignIn) -> None:
    client, integration = sign_in("Administrator"), connected.integration
    page = client.get(page_of(connected)).content.decode()
    assert "1 of 3 categories" in page
    assert "Suggested: the same name." in page
    assert not ProductGroupMapping.objects.filter(category="Firewalls").exists()

    answer = client.post(page_of(connected), form_on(page))

    assert answer.headers["Location"] == reverse("admin:integrations_integration_guide", args=[integration.pk])
    groups = {row["name"]: row["id"] for row in connected.simulator.halo.groups.values()}
    stored = dict(ProductGroupMapping.objects.values_list("category", "halo_group_id"))
    assert stored == {"Cabling": groups["Cabling"], "Firewalls": groups["Firewalls"]}
    integration.refresh_from_db()
    assert integration.default_product_group == groups["Other"]
    # What was accepted decides where a new product goes; what has no suggestion goes into the default.
    lines = [line("Wall", sku="W", category="Firewalls"), line("Chair", sku="C", category="Furniture")]
    assert connected.sync(connected.publish(lines)).outcome == State.SUCCEEDED
    made = {item["name"]: item["assetgroup_id"] for item in connected.simulator.halo.items.values()}
    assert made == {"Wall": groups["Firewalls"], "Chair": groups["Other"]}


def test_rows_are_changed_and_taken_away(connected: Portal, sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    other = connected.integration.default_product_group
    data = {"category": ["Cabling", "Firewalls"], "group": ["", str(other)], "default": ""}
    client.post(page_of(connected), data)
    assert dict(ProductGroupMapping.objects.values_list("category", "halo_group_id")) == {"Firewalls": other}
    assert Integration.objects.get().default_product_group is None


def test_a_group_that_halo_does_not_have_is_refused(connected: Portal, sign_in: SignIn) -> None:
    data = {"category": ["Firewalls"], "group": ["9999"], "default": ""}
    answer = sign_in("Administrator").post(page_of(connected), data, follow=True)
    assert "Halo has no product group 9999" in answer.content.decode()
    assert not ProductGroupMapping.objects.filter(category="Firewalls").exists()
    assert Integration.objects.get().default_product_group is not None


def test_without_a_key_the_page_says_so_and_still_sets_the_default(portal: Portal, sign_in: SignIn) -> None:
    page = sign_in("Administrator").get(page_of(portal)).content.decode()
    assert "cannot be read without a key" in page
    assert 'value="Cabling"' in page  # what was typed by hand is shown


def test_a_silent_halo_ends_in_a_sentence(portal: Portal, sign_in: SignIn) -> None:
    Integration.objects.update(halo_url="http://127.0.0.1:9")
    answer = sign_in("Administrator").get(page_of(portal), follow=True)
    assert answer.status_code == 200
    [message] = said(answer)
    assert message.startswith("Product groups could not be read: ")
    assert message.endswith("Open the page again in a minute.")
