"""Drafts and contacts made over Quoter's ScalePad API, and what the Quoter page makes of them."""

import json
from typing import Any

import pytest

from integrations.simulator import Simulator
from tests.simulator.conftest import Answer, Caller

CONTACT = {
    "billing_email": "kim@example.com",
    "billing_first_name": "Kim",
    "billing_last_name": "Example",
    "billing_organization": "Example Bakery",
    "billing_address": {"address_line_1": "2 Way", "city": "Town", "state_prov_code": "IL", "country_code": "US"},
}


def details(answer: Answer) -> list[str]:
    return [problem["detail"] for problem in answer.json()["errors"]]


def test_draft_for_a_known_contact(api: Caller, sim: Simulator) -> None:
    api.scalepad("POST", "/contacts", CONTACT)
    body = {
        "contact": {"email": "KIM@example.com", "client_name": "Bakery Group", "client_id": None},
        "internal_notes": "[Halo #1051]",
        "custom_number": "1051",
        "currency_iso": "EUR",
        "expired_at": "2026-01-01T00:00:00Z",
        "cover_page_title": "Offer",
    }
    answer = api.scalepad("POST", "/quotes", body)
    assert answer.status == 201
    shown = answer.json()
    assert (shown["draft"], shown["number"], shown["sections"]) == (True, "0", None)
    assert (shown["internal_notes"], shown["custom_number"]) == ("[Halo #1051]", "1051")
    assert (shown["currency_iso"], shown["expired_at"]) == ("EUR", "2026-01-01T00:00:00Z")
    assert (shown["client"]["name"], shown["cover_page"]) == ("Bakery Group", {"title": "Offer"})
    assert shown["contacts"][0]["first_name"] == "Kim"
    assert shown["billing_address"]["city"] == "Town"
    quote = next(iter(sim.quoter.quotes.values()))
    assert json.loads(sim.quoter.payload(quote.id))["internal_notes"] == "[Halo #1051]"


def test_draft_is_finished_on_the_quoter_page(api: Caller, sim: Simulator) -> None:
    api.scalepad("POST", "/contacts", CONTACT)
    body = {"contact": {"email": "kim@example.com"}, "internal_notes": "[Halo #1051]"}
    id_ = api.scalepad("POST", "/quotes", body).json()["id"]
    quote = next(iter(sim.quoter.quotes.values()))
    assert b"[Halo #1051]" in api.send("GET", "/").body
    assert b"[Halo #1051]" in api.send("GET", f"/quoter/quotes/{quote.id}").body
    link = api.send("GET", f"/quoter/admin/quotes/draft_by_public_id/{id_}")
    assert (link.status, link.headers["location"]) == (302, f"/quoter/quotes/{quote.id}")
    line = {"name": "Cable", "quantity": "2", "unit_price": "25", "unit_cost": "5", "section": "Hardware"}
    form = {f"line-0-{key}": value for key, value in line.items()}
    api.form(f"/quoter/quotes/{quote.id}/save", count="1", name="Wi-Fi", internal_notes="[Halo #1051]", **form)
    api.form(f"/quoter/quotes/{quote.id}/publish")
    shown = api.scalepad("GET", f"/quotes/{id_}").json()
    assert (shown["draft"], shown["sections"][0]["name"]) == (False, "Hardware")
    assert shown["totals"]["upfront"]["total_decimal"] == "50.00"


def test_publishing_by_api_sends_the_webhook(api: Caller, sim: Simulator) -> None:
    sim.quoter.webhook_url = "http://127.0.0.1:9/"
    quote = sim.quoter.create_quote()
    answer = api.scalepad("POST", f"/quotes/{quote.public_id}/publish")
    assert (answer.status, answer.json()["draft"]) == (200, False)
    assert [delivery.reason for delivery in sim.quoter.requests_status] == ["published"]
    assert api.scalepad("POST", f"/quotes/{quote.public_id}/publish").status == 422


def test_draft_needs_a_contact_that_exists(api: Caller, sim: Simulator) -> None:
    body = {"contact": {"email": "nobody@example.com"}, "template_id": "tmpl_x", "expired_at": "soon"}
    answer = api.scalepad("POST", "/quotes", body)
    assert answer.status == 422
    assert answer.json()["errors"][0]["code"] == "ERR_CONTACT_NOT_FOUND"
    # All failing rules at once.
    assert details(answer) == ["contact.email not found", "template_id not found", "expired_at is invalid"]
    assert api.scalepad("POST", "/quotes", {}).status == 422
    assert not sim.quoter.quotes


@pytest.mark.parametrize(
    "body",
    [[], {"contact": "kim@example.com"}, {"status": "won"}, {"internal_notes": 5}, {"contact": {"mail": "x"}}],
)
def test_wrong_shape_of_a_draft(api: Caller, body: Any) -> None:
    answer = api.scalepad("POST", "/quotes", body)
    assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "ERR_REQUEST_FORMAT_INVALID")


def test_body_that_is_no_json(api: Caller, sim: Simulator) -> None:
    headers = {"x-api-key": sim.quoter.api_key}
    assert api.send("POST", "/scalepad/quoter/v1/quotes", b"{", headers).status == 400


def test_contact_has_an_id_only_once_a_quote_uses_it(api: Caller, sim: Simulator) -> None:
    made = api.scalepad("POST", "/contacts", CONTACT)
    assert (made.status, made.json()["id"], made.json()["client"]) == (201, None, None)
    query = {"filter[billing_email]": "eq:kim@example.com"}
    assert [row["id"] for row in api.scalepad("GET", "/contacts", **query).json()["data"]] == [None]
    quote = api.scalepad("POST", "/quotes", {"contact": {"email": "kim@example.com"}}).json()
    id_ = quote["contacts"][0]["id"]
    shown = api.scalepad("GET", f"/contacts/{id_}").json()
    assert (shown["id"], shown["billing_address"]["address_line_1"]) == (id_, "2 Way")


def test_contact_is_changed(api: Caller, sim: Simulator, clock: Any) -> None:
    quote = sim.quoter.create_quote()
    id_ = quote.contact.public_id
    clock.now += 60
    body = {"billing_first_name": "Ann", "billing_address": {"city": "Elsewhere", "country_code": "CA"}}
    answer = api.scalepad("PATCH", f"/contacts/{id_}", body)
    assert (answer.status, answer.body) == (204, b"")
    shown = api.scalepad("GET", f"/contacts/{id_}").json()
    assert (shown["billing_first_name"], shown["billing_last_name"]) == ("Ann", "Sample")
    assert shown["record_updated_at"] == "2025-08-16T01:06:43Z"
    person = json.loads(sim.quoter.payload(quote.id))["person"]
    assert (person["first_name"], person["addresses"]["billing"]["country"]["code"]) == ("Ann", "CA")
    assert api.scalepad("PATCH", f"/contacts/{id_}", {"billing_email": ""}).status == 422


def test_contact_with_flat_or_missing_fields(api: Caller, sim: Simulator) -> None:
    flat = api.scalepad("POST", "/contacts", {**CONTACT, "billing_city": "Town"})
    assert (flat.status, details(flat)) == (400, ["billing_city is not a known field"])
    assert api.scalepad("POST", "/contacts", {**CONTACT, "billing_address": "2 Way"}).status == 400
    missing = api.scalepad("POST", "/contacts", {"billing_email": "kim"})
    assert missing.status == 422
    assert details(missing) == [
        "billing_first_name is required",
        "billing_last_name is required",
        "billing_address.country_code is required",
        "billing_email is invalid",
    ]
    assert not sim.quoter.contacts


def test_quotes_bring_their_contacts_along(api: Caller, sim: Simulator) -> None:
    sim.quoter.create_quote(contact={"email_address": "kim@example.com"})
    sim.quoter.create_quote(contact={"email_address": "KIM@example.com"})
    sim.quoter.create_quote()
    assert [contact.email_address for contact in sim.quoter.contacts.values()] == [
        "kim@example.com",
        "avery.sample@example.com",
    ]
