"""A line without a group: chosen once, remembered for its category, and every waiting quote goes through."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from integrations.choices import Outcome, State
from integrations.domain.quote import Line
from integrations.lookup.groups import line_of
from integrations.lookup.suggest import suggest_products
from integrations.models import ItemLink, ProductGroupMapping, SyncAttempt, WebhookDelivery
from integrations.sync.catalog import refresh
from tests.portal import Portal, line


@pytest.fixture
def waiting(portal: Portal) -> Portal:
    """A portal without a default group, where a kitchen waits."""
    portal.integration.default_product_group = None
    portal.integration.save()
    portal.sync(portal.publish([line("Sink", category="Kitchen")]))
    return portal


@pytest.fixture
def staff(db: None) -> Client:
    """A member of staff who may do everything."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("sam", password="sam"))
    return client


def choose(client: Client, delivery: WebhookDelivery, **form: Any) -> str:
    answer = client.post(f"/integrations/webhookdelivery/{delivery.pk}/group/", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def problem_line(delivery: WebhookDelivery) -> str:
    attempt = SyncAttempt.objects.filter(delivery=delivery).order_by("-number")[0]
    return str(attempt.plan["problems"][0]["line_id"])


def group(portal: Portal, name: str) -> int:
    return next(int(row["id"]) for row in portal.simulator.halo.groups.values() if row["name"] == name)


def test_choice_is_remembered_and_all_waiting_quotes_go_through(waiting: Portal, staff: Client) -> None:
    waiting.sync(waiting.publish([line("Tap", category="kitchen ")]))
    delivery = WebhookDelivery.objects.order_by("pk")[0]
    page = staff.get(f"/integrations/webhookdelivery/{delivery.pk}/change/").content.decode()
    assert "Remember for category “Kitchen”" in page and ">Other</option>" in page

    said = choose(staff, delivery, line_id=problem_line(delivery), group_id=group(waiting, "Other"), remember="1")

    assert "now go into Other" in said
    assert waiting.work() == [Outcome.SUCCEEDED, Outcome.SUCCEEDED]
    mapping = ProductGroupMapping.objects.get(category="Kitchen")
    assert (mapping.halo_group_id, mapping.halo_group_name) == (group(waiting, "Other"), "Other")
    items = waiting.simulator.halo.items.values()
    assert {item["assetgroup_id"] for item in items} == {group(waiting, "Other")}


def test_choice_for_one_quote_leaves_the_others_waiting(waiting: Portal, staff: Client) -> None:
    waiting.sync(waiting.publish([line("Tap", category="Kitchen")]))
    first, second = WebhookDelivery.objects.order_by("pk")
    said = choose(staff, first, line_id=problem_line(first), group_id=group(waiting, "Other"))
    assert "On this quote" in said
    assert waiting.work() == [Outcome.SUCCEEDED]
    second.refresh_from_db()
    assert second.state == State.NEEDS_ATTENTION
    assert not ProductGroupMapping.objects.filter(category="Kitchen").exists()


def test_line_without_any_category_sets_the_default(portal: Portal, staff: Client) -> None:
    portal.integration.default_product_group = None
    portal.integration.save()
    portal.sync(portal.publish([line("Thing", category="")]))
    delivery = WebhookDelivery.objects.get()
    choose(staff, delivery, line_id=problem_line(delivery), group_id=group(portal, "Cabling"), remember="1")
    assert portal.work() == [Outcome.SUCCEEDED]
    portal.integration.refresh_from_db()
    assert portal.integration.default_product_group == group(portal, "Cabling")


@pytest.mark.parametrize(
    ("form", "said"),
    [({"group_id": ""}, "Choose a product group."), ({"group_id": "99999"}, "no product group 99999")],
)
def test_what_is_no_choice_is_told(waiting: Portal, staff: Client, form: dict[str, str], said: str) -> None:
    delivery = WebhookDelivery.objects.get()
    assert said in choose(staff, delivery, line_id=problem_line(delivery), **form)
    assert waiting.work() == []


def test_settled_question_is_not_asked_again(waiting: Portal, staff: Client) -> None:
    delivery = WebhookDelivery.objects.get()
    form = {"line_id": problem_line(delivery), "group_id": group(waiting, "Other"), "remember": "1"}
    choose(staff, delivery, **form)
    waiting.work()
    assert "does not ask this any more" in choose(staff, delivery, **form)


def test_near_misses_are_shown_with_their_reason_and_can_be_chosen(waiting: Portal, staff: Client) -> None:
    halo = waiting.simulator.halo
    near = halo.add_item("Sinks", "KITCH-1", assetgroup_id=1)
    halo.add_item("Sinks (old)", "OLD-1", assetgroup_id=1, status=15)
    halo.add_item("Sinks monthly", "REC-1", assetgroup_id=1, isrecurringitem=True)
    halo.add_item("Server", "SRV-1", assetgroup_id=1)
    refresh(waiting.integration, surroundings=waiting.surroundings)
    delivery = WebhookDelivery.objects.get()
    page = staff.get(f"/integrations/webhookdelivery/{delivery.pk}/change/").content.decode()
    assert "Did it mean" in page or "did it mean" in page
    assert "% the same" in page and "Server" not in page and "(old)" not in page
    assert not ItemLink.objects.exists(), "nothing is applied by itself"

    form = {"code": "line_without_group", "line_id": problem_line(delivery), "halo_id": near["id"]}
    staff.post(f"/integrations/webhookdelivery/{delivery.pk}/decide/", form)
    assert waiting.work() == [Outcome.SUCCEEDED]
    assert waiting.halo_quotes[0]["lines"][0]["item_id"] == near["id"]


def test_sku_that_is_a_letter_off_is_suggested(waiting: Portal) -> None:
    waiting.simulator.halo.add_item("Something else", "CBL-C6-2M", assetgroup_id=1)
    refresh(waiting.integration, surroundings=waiting.surroundings)
    delivery = WebhookDelivery.objects.get()
    found = line_of(delivery, problem_line(delivery))
    assert isinstance(found, Line)
    (candidate,) = suggest_products(waiting.integration, found.model_copy(update={"sku": "CBL-C6-2N"}))
    assert "its SKU is" in candidate.reason
