"""Deciding on the delivery's page: the choice is kept with who, when and why, and the quote goes on."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.choices import State, Trigger
from integrations.domain.choice import Problem
from integrations.models import Integration, ItemLink, PersonLink, QuoteLink, WebhookDelivery
from integrations.simulator import Simulator
from tests.admin.rows import LINE, OPPORTUNITY, PERSON, add_delivery


def choose(client: Client, delivery: WebhookDelivery, problem: Problem, number: object) -> str:
    page = client.post(
        reverse("admin:integrations_webhookdelivery_decide", args=[delivery.pk]),
        {"code": problem.code, "line_id": problem.line_id, "halo_id": number},
        follow=True,
    )
    delivery.refresh_from_db()
    return page.content.decode()


def test_choosing_a_person_links_the_contact(operator: Client, row: Integration) -> None:
    delivery, same = add_delivery(row, "1", problem=PERSON), add_delivery(row, "2", problem=PERSON)
    page = choose(operator, delivery, PERSON, 97)
    link = PersonLink.objects.get()
    assert (link.email, link.halo_user_id, link.halo_user_name) == (
        "avery.sample@example.com",
        97,
        "Avery Sample-Reyes",
    )
    assert link.created_by is not None
    assert link.created_by.get_username() == "operator"
    assert "quote 1" in link.why
    assert PERSON.message in link.why
    assert "is now linked to Avery Sample-Reyes" in page
    same.refresh_from_db()
    assert (delivery.state, same.state) == (State.QUEUED, State.QUEUED)
    assert delivery.next_trigger == Trigger.DECISION


def test_choosing_again_replaces_the_link(operator: Client, row: Integration) -> None:
    PersonLink.objects.create(integration=row, email="avery.sample@example.com", halo_user_id=1, why="old")
    choose(operator, add_delivery(row, problem=PERSON), PERSON, 41)
    assert PersonLink.objects.get().halo_user_id == 41


def test_choosing_an_opportunity_links_the_quote(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, problem=OPPORTUNITY)
    page = choose(operator, delivery, OPPORTUNITY, "#1051")
    link = QuoteLink.objects.get()
    assert (link.halo_opportunity_id, link.opportunity_source) == (1051, "chosen by operator")
    assert delivery.state == State.QUEUED
    assert "opportunity #1051 Network refresh" in page


def test_choosing_a_product_links_what_the_line_sells(operator: Client, row: Integration) -> None:
    delivery, same = add_delivery(row, "1", problem=LINE), add_delivery(row, "2", problem=LINE)
    choose(operator, delivery, LINE, 501)
    link = ItemLink.objects.get()
    assert (link.key, link.sku, link.halo_item_id) == ("item:item_1", "CBL-C6-2M", 501)
    same.refresh_from_db()
    assert (delivery.state, same.state) == (State.QUEUED, State.QUEUED)


def test_a_failed_delivery_goes_on_as_well(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, problem=PERSON)
    WebhookDelivery.objects.update(state=State.FAILED)
    choose(operator, delivery, PERSON, 41)
    assert delivery.state == State.QUEUED


@pytest.mark.parametrize("number", ["", "x", "-3", "0", "1.5", "²", "99999999999"])
def test_what_is_no_number_is_refused(operator: Client, row: Integration, number: str) -> None:
    delivery = add_delivery(row, problem=PERSON)
    assert "digits only" in choose(operator, delivery, PERSON, number)
    assert delivery.state == State.NEEDS_ATTENTION
    assert not PersonLink.objects.exists()


def test_a_question_that_is_settled_is_not_answered_again(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    assert "does not ask this any more" in choose(operator, delivery, PERSON, 41)
    assert delivery.state == State.SUCCEEDED
    waiting = add_delivery(row, "8", problem=OPPORTUNITY)
    assert "does not ask this any more" in choose(operator, waiting, PERSON, 41)


def test_a_contact_without_an_address_cannot_be_remembered(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, problem=PERSON, contact_email="")
    assert "has no e-mail address to remember" in choose(operator, delivery, PERSON, 41)
    assert not PersonLink.objects.exists()


def test_a_quote_that_is_being_synced_is_left_alone(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, problem=OPPORTUNITY)
    QuoteLink.objects.update(lease_token=uuid.uuid4(), lease_until=timezone.now() + timedelta(minutes=1))
    assert "is being synced at this moment" in choose(operator, delivery, OPPORTUNITY, 1051)
    assert QuoteLink.objects.get().halo_opportunity_id is None
    assert delivery.state == State.NEEDS_ATTENTION


def test_a_line_that_the_quote_no_longer_has_is_not_linked(operator: Client, row: Integration) -> None:
    gone = LINE.model_copy(update={"line_id": "404"})
    delivery = add_delivery(row, problem=gone)
    assert "has no such line" in choose(operator, delivery, gone, 501)
    assert not ItemLink.objects.exists()


def test_a_typed_number_is_looked_up_in_halo(boss: Client, integration: Integration, simulator: Simulator) -> None:
    client = simulator.halo.add_client("Example Dental")
    user = simulator.halo.add_user("Robin Typed", "r@example.com", client_id=client["id"])
    delivery = add_delivery(integration, problem=PERSON)
    assert "Halo has no user 9999" in choose(boss, delivery, PERSON, 9999)
    assert not PersonLink.objects.exists()
    choose(boss, delivery, PERSON, user["id"])
    assert PersonLink.objects.get().halo_user_name.startswith("Robin Typed")
    assert delivery.state == State.QUEUED


@pytest.mark.parametrize(("problem", "number"), [(OPPORTUNITY, 8888), (LINE, 8888)])
def test_other_typed_numbers_are_looked_up_too(
    boss: Client, integration: Integration, problem: Problem, number: int
) -> None:
    delivery = add_delivery(integration, problem=problem)
    assert "8888" in choose(boss, delivery, problem, number)
    assert delivery.state == State.NEEDS_ATTENTION


def test_a_typed_number_is_taken_when_halo_does_not_answer(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, problem=PERSON)
    assert "linked to Halo user 55" in choose(operator, delivery, PERSON, 55)
