"""Person and payment webhooks: links and pages follow them, and Halo does where the policy says so."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from integrations.choices import Outcome
from integrations.models import AddressMapping, PaymentReceived, PersonLink, SyncAttempt
from integrations.simulator import Fault
from tests.portal import AVERY, Portal, line

ADDRESS = {
    "line1": "9 New Road",
    "line2": "",
    "city": "Shelbyville",
    "state": {"code": "IL", "name": "Illinois"},
    "country": {"code": "US", "name": "United States"},
    "postal_code": "62565",
}


def post(portal: Portal, data: str) -> SyncAttempt:
    assert portal.post(portal.simulator.quoter.form(data)).status_code == 200
    portal.work()
    return SyncAttempt.objects.order_by("-pk")[0]


@pytest.fixture
def linked(portal: Portal) -> Portal:
    """A linked contact whose phones and address follow Quoter."""
    user = portal.add_person()
    PersonLink.objects.create(
        integration=portal.integration, email=AVERY["email_address"], halo_user_id=user["id"]
    )
    for quoter_field, halo_field in {"line1": "line1", "city": "line3", "postal_code": "postcode"}.items():
        AddressMapping.objects.create(
            integration=portal.integration, quoter_field=quoter_field, halo_field=halo_field
        )
    portal.integration.update_user_from_contact = True
    portal.integration.save()
    return portal


def change(portal: Portal, **values: Any) -> SyncAttempt:
    contact = portal.simulator.quoter.find_contact(email=AVERY["email_address"])
    contact = contact or portal.simulator.quoter.add_contact(**AVERY)
    return post(portal, portal.simulator.quoter.change_person(contact.id, **values))


def test_person_updates_the_link(linked: Portal) -> None:
    linked.integration.update_user_from_contact = False
    linked.integration.save()
    attempt = change(linked, last_name="Sampleton", work="555")
    assert attempt.outcome == Outcome.IGNORED
    link = PersonLink.objects.get()
    assert link.contact_name == "Avery Sampleton" and link.contact_id.startswith("cont_")
    assert linked.simulator.halo.writes == []


def test_person_brings_phones_and_address_to_halo_by_policy(linked: Portal) -> None:
    attempt = change(linked, work="217-555-0199", billing=ADDRESS)
    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    user = next(u for u in linked.simulator.halo.users.values() if u["emailaddress"])
    assert user["phonenumber"] == "217-555-0199"
    lines = user["primary_address"]
    assert (lines["line1"], lines["line3"], lines["postcode"]) == ("9 New Road", "Shelbyville", "62565")
    again = change(linked, title="CEO")
    assert again.outcome == Outcome.UNCHANGED


def test_what_quoter_leaves_empty_stays_in_halo(linked: Portal) -> None:
    user = next(u for u in linked.simulator.halo.users.values() if u["emailaddress"])
    user["mobilenumber"] = "217-555-0123"
    change(linked, work="217-555-0199", mobile=None, billing={**ADDRESS, "line1": ""})
    assert user["mobilenumber"] == "217-555-0123"
    assert user["primary_address"]["line1"] == "1 Example Street"


def test_new_address_of_a_known_contact_moves_the_link(linked: Portal) -> None:
    change(linked, work="1")
    change(linked, email_address="avery@new.example")
    assert PersonLink.objects.get().email == "avery@new.example"


def test_person_without_a_link_is_left_alone(portal: Portal) -> None:
    attempt = change(portal, work="1")
    assert attempt.outcome == Outcome.IGNORED
    assert "linked to no Halo user" in attempt.summary


def test_lost_answer_of_a_persons_change_is_looked_for(linked: Portal) -> None:
    linked.simulator.halo.fail(Fault("drop-after", method="POST", path="/Users"))
    attempt = change(linked, work="217-555-0199")
    assert attempt.outcome == Outcome.RETRYING
    assert linked.wait(120)[-1] == Outcome.UNCHANGED


def test_payment_is_shown_on_its_quote(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    delivery = portal.receive(quote_id)
    portal.work()
    attempt = post(portal, portal.simulator.quoter.pay(quote_id, "25.00"))
    assert attempt.outcome == Outcome.IGNORED
    assert "shown on quote 1" in attempt.summary
    assert portal.simulator.halo.actions == {}
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("sam", password="sam"))
    text = client.get(f"/integrations/webhookdelivery/{delivery.pk}/change/").content.decode()
    assert "Payments" in text and "25.00 USD" in text and "not noted" in text


@pytest.mark.parametrize("fault", ["", "drop-after", "drop"])
def test_payment_is_noted_once_by_policy(portal: Portal, fault: str) -> None:
    portal.integration.note_payments = True
    portal.integration.save()
    quote_id = portal.publish([line()])
    portal.sync(quote_id)
    if fault:
        portal.simulator.halo.fail(Fault(fault, method="POST", path="/Actions"))
    data = portal.simulator.quoter.pay(quote_id, "25.00")
    post(portal, data)
    for _ in range(3):
        portal.wait(60)
    post(portal, data.replace('"completed"', '"settled"'))
    (note,) = portal.simulator.halo.actions.values()
    assert "Payment of 25.00" in note["note"] and note["hiddenfromuser"]
    payment = PaymentReceived.objects.get()
    assert (payment.noted_on, payment.status) == (portal.link().halo_opportunity_id, "settled")


def test_payment_before_its_quote_is_kept(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    attempt = post(portal, portal.simulator.quoter.pay(quote_id, "25.00"))
    assert "its quote has not arrived" in attempt.summary
    assert PaymentReceived.objects.get().quote_number == "1"


@pytest.mark.parametrize("amount", ["much", "1e99999999999999", {"value": 5}])
def test_payment_that_is_not_understood_is_kept_and_told(portal: Portal, amount: Any) -> None:
    attempt = post(portal, json.dumps({"id": "1", "quote_id": "5", "amount": amount}))
    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, "not_understood")
