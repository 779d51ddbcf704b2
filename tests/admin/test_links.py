import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.choices import State, Trigger
from integrations.models import Integration, ItemLink, PersonLink, QuoteLink, WebhookDelivery
from integrations.simulator import Simulator
from tests.admin.rows import LINE, OPPORTUNITY, PERSON, add_delivery


def state(delivery: WebhookDelivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:integrations_{model}_{page}", args=args)


def person(row: Integration, **values: Any) -> dict[str, Any]:
    return {"integration": row.pk, "email": "AVERY.sample@example.com", "halo_user_id": "41", **values}


def item(row: Integration, **values: Any) -> dict[str, Any]:
    return {"integration": row.pk, "key": "item:item_1", "name": "Patch Cable", "halo_item_id": "501", **values}


def test_a_new_person_link_syncs_the_contacts_waiting_quotes(operator: Client, row: Integration) -> None:
    mine = add_delivery(row, "1", problem=PERSON)
    other = add_delivery(row, "2", problem=PERSON, contact_email="someone@example.com")
    page = operator.post(url("personlink", "add"), person(row), follow=True).content.decode()
    assert state(mine) == State.QUEUED
    assert mine.next_trigger == Trigger.DECISION
    assert state(other) == State.NEEDS_ATTENTION
    assert "1 waiting delivery will be synced again" in page
    link = PersonLink.objects.get()
    assert link.created_by is not None
    assert link.created_by.get_username() == "operator"


def test_changing_and_removing_a_person_link_syncs_too(operator: Client, row: Integration) -> None:
    link = PersonLink.objects.create(integration=row, email="avery.sample@example.com", halo_user_id=40)
    first = add_delivery(row, "1", problem=PERSON)
    operator.post(url("personlink", "change", link.pk), person(row))
    assert state(first) == State.QUEUED
    second = add_delivery(row, "2", problem=PERSON)
    operator.post(url("personlink", "delete", link.pk), {"post": "yes"})
    assert state(second) == State.QUEUED
    assert not PersonLink.objects.exists()


def test_removing_several_links_syncs_what_they_may_settle(operator: Client, row: Integration) -> None:
    links = [
        PersonLink.objects.create(integration=row, email=f"{name}@example.com", halo_user_id=40)
        for name in ("avery.sample", "b")
    ]
    waiting = add_delivery(row, problem=PERSON)
    values = {"action": "delete_selected", "_selected_action": [link.pk for link in links], "post": "yes"}
    operator.post(url("personlink", "changelist"), values)
    assert not PersonLink.objects.exists()
    assert state(waiting) == State.QUEUED


def test_an_item_link_syncs_what_waits_because_of_a_line(operator: Client, row: Integration) -> None:
    line, opportunity = add_delivery(row, "1", problem=LINE), add_delivery(row, "2", problem=OPPORTUNITY)
    operator.post(url("itemlink", "add"), item(row))
    assert state(line) == State.QUEUED
    assert state(opportunity) == State.NEEDS_ATTENTION
    again = add_delivery(row, "3", problem=LINE)
    operator.post(url("itemlink", "delete", ItemLink.objects.get().pk), {"post": "yes"})
    assert state(again) == State.QUEUED


def test_names_are_asked_of_halo(boss: Client, integration: Integration, simulator: Simulator) -> None:
    client = simulator.halo.add_client("Example Dental")
    user = simulator.halo.add_user("Avery Sample", "avery@example.com", client_id=client["id"])
    thing = simulator.halo.add_item("Patch Cable Cat6", "CBL", assetgroup_id=next(iter(simulator.halo.groups)))
    boss.post(url("personlink", "add"), person(integration, halo_user_id=user["id"]))
    assert PersonLink.objects.get().halo_user_name == f"Avery Sample, id {user['id']} at Example Dental"
    boss.post(url("itemlink", "add"), item(integration, halo_item_id=thing["id"]))
    assert "Patch Cable Cat6" in ItemLink.objects.get().halo_item_name


def test_a_link_to_nobody_is_saved_with_a_warning(boss: Client, integration: Integration) -> None:
    page = boss.post(
        url("personlink", "add"), person(integration, halo_user_id="999"), follow=True
    ).content.decode()
    assert "Saved, but Halo has no user 999" in page


def test_lists_show_names_with_ids(operator: Client, row: Integration) -> None:
    PersonLink.objects.create(integration=row, email="a@example.com", halo_user_id=41, halo_user_name="Ann Lee")
    ItemLink.objects.create(integration=row, key="sku:x", sku="X", name="Thing", halo_item_id=5)
    assert "Ann Lee, id 41" in operator.get(url("personlink", "changelist")).content.decode()
    assert "Thing (X)" in operator.get(url("itemlink", "changelist")).content.decode()


# Quotes


def test_changing_the_opportunity_syncs_the_newest_waiting_delivery(operator: Client, row: Integration) -> None:
    older = add_delivery(row, "7", state=State.FAILED)
    newest = add_delivery(row, "7", problem=OPPORTUNITY, sequence=9)
    link = QuoteLink.objects.get()
    operator.post(url("quotelink", "change", link.pk), {"halo_opportunity_id": "1051"})
    link.refresh_from_db()
    assert link.halo_opportunity_id == 1051
    assert link.opportunity_source == "chosen by operator"
    assert state(newest) == State.QUEUED
    assert state(older) == State.FAILED


def test_saving_unchanged_does_nothing(operator: Client, row: Integration) -> None:
    waiting = add_delivery(row, problem=OPPORTUNITY)
    operator.post(url("quotelink", "change", QuoteLink.objects.get().pk), {"halo_opportunity_id": ""})
    assert state(waiting) == State.NEEDS_ATTENTION


def test_the_halo_quote_is_let_go_of_so_that_it_is_made_anew(operator: Client, row: Integration) -> None:
    waiting = add_delivery(row, problem=OPPORTUNITY)
    QuoteLink.objects.update(
        halo_quote_id=3001, halo_quote_reference="1051-1", halo_sales_order_id=7001, applied_status="pending"
    )
    link = QuoteLink.objects.get()
    page = operator.get(url("quotelink", "change", link.pk)).content.decode()
    assert "Let go of the Halo quote" in page
    assert "90000" in page
    operator.post(url("quotelink", "change", link.pk), {"halo_opportunity_id": "", "forget_quote": "on"})
    link.refresh_from_db()
    assert (link.halo_quote_id, link.halo_quote_reference, link.applied_status) == (None, "", "")
    assert link.halo_sales_order_id == 7001
    assert state(waiting) == State.QUEUED
    operator.post(url("quotelink", "change", link.pk), {"halo_opportunity_id": "", "forget_sales_order": "on"})
    link.refresh_from_db()
    assert link.halo_sales_order_id is None


def test_a_quote_that_is_being_synced_is_not_changed(operator: Client, row: Integration) -> None:
    add_delivery(row)
    QuoteLink.objects.update(lease_token=uuid.uuid4(), lease_until=timezone.now() + timedelta(minutes=1))
    link = QuoteLink.objects.get()
    page = operator.post(url("quotelink", "change", link.pk), {"halo_opportunity_id": "5"}, follow=True)
    assert "is being synced at this moment, so nothing was changed" in page.content.decode()
    link.refresh_from_db()
    assert link.halo_opportunity_id is None


@pytest.mark.parametrize("typed", ["0", "-1", "x", "99999999999"])
def test_an_impossible_opportunity_is_refused(operator: Client, row: Integration, typed: str) -> None:
    add_delivery(row)
    page = operator.post(url("quotelink", "change", QuoteLink.objects.get().pk), {"halo_opportunity_id": typed})
    assert page.status_code == 200
    assert "halo_opportunity_id" in page.context["adminform"].form.errors
