"""A quote's PDF, and the webhooks of people and payments."""

import json
import re
from typing import Any

import pytest

from integrations.simulator import Fault, Simulator
from integrations.simulator.quoter.api.pdf import make_pdf
from tests.simulator.conftest import Caller
from tests.simulator.test_quoter import Portal, portal

__all__ = ["portal"]


def check_pdf(body: bytes) -> None:
    """Every object stands where the table says, and every stream is as long as it says."""
    assert body.startswith(b"%PDF-1.4\n")
    assert body.endswith(b"%%EOF\n")
    table = int(body.rpartition(b"startxref\n")[2].split()[0])
    assert body[table : table + 5] == b"xref\n"
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n \n", body[table:])]
    for number, place in enumerate(places, 1):
        assert body[place:].startswith(b"%d 0 obj\n" % number)
    for length, content in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", body, re.DOTALL):
        assert len(content) == int(length)


def test_pdf_of_a_quote(api: Caller, sim: Simulator) -> None:
    line = {"name": "Cable (2 m) \\ é ☃", "quantity": 3, "unit_price": 1000}
    quote = sim.quoter.publish(sim.quoter.create_quote("Managed Network", lines=[line]).id)
    answer = api.send("GET", f"/quoter/quote/download/{quote.uuid}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="Quote-1.pdf"'
    check_pdf(answer.body)
    assert b"(Quote 1: Managed Network)" in answer.body
    assert b"(Total 3,000.00 USD)" in answer.body
    assert "3 x Cable \\(2 m\\) \\\\ é ?".encode("cp1252") in answer.body


def test_long_pdf_has_pages() -> None:
    body = make_pdf([f"Row {number}" for number in range(100)])
    check_pdf(body)
    assert body.count(b"/Type /Page ") == 3
    check_pdf(make_pdf([]))


def test_pdf_that_is_not_there_or_fails(api: Caller, sim: Simulator) -> None:
    assert api.send("GET", "/quoter/quote/download/x").status == 404
    quote = sim.quoter.create_quote()
    path = f"/quoter/quote/download/{quote.uuid}"
    sim.quoter.fail(Fault("500", path="/quote/download"))
    assert api.send("GET", path).status == 500
    sim.quoter.fail(Fault("html", path="/quote/download"))
    assert api.send("GET", path).headers["content-type"].startswith("text/html")
    assert api.send("GET", path).headers["content-type"] == "application/pdf"
    assert {record.api for record in sim.quoter.requests} == {"download"}


def test_changed_person_is_told(sim: Simulator, portal: Portal) -> None:
    quote = sim.quoter.create_quote()
    data = sim.quoter.change_person(quote.contact.id, first_name="Ann", email_address="ann@example.com")
    assert portal.bodies[0]["data"] == data
    document = json.loads(data)
    assert (document["first_name"], document["email_address"]) == ("Ann", "ann@example.com")
    assert (document["id"], document["public_id"]) == (str(quote.contact.id), quote.contact.public_id)
    assert document["addresses"]["billing"]["city"] == "Springfield"
    assert "line_items" not in document
    assert json.loads(sim.quoter.payload(quote.id))["person"]["first_name"] == "Ann"
    assert sim.quoter.change_person(quote.contact.public_id, last_name="Lee")
    for id_, more, text in ((1, {}, "no contact 1"), (quote.contact.id, {"colour": "red"}, "no colour")):
        with pytest.raises(ValueError, match=text):
            sim.quoter.change_person(id_, **more)


def test_payment_is_told(sim: Simulator, portal: Portal) -> None:
    quote = sim.quoter.create_quote()
    with pytest.raises(ValueError, match="is draft"):
        sim.quoter.pay(quote.id, 5)
    sim.quoter.accept(sim.quoter.publish(quote.id).id)
    document = json.loads(sim.quoter.pay(quote.id, "1,287.50"))
    assert portal.documents[-1] == document
    assert (document["quote_id"], document["amount"]) == (str(quote.id), "1,287.50")
    assert sim.quoter.payments[0]["amount"] == "1287.50"
    assert sim.quoter.requests_status[-1].reason == "payment"


def test_without_a_webhook_the_data_can_still_be_signed(sim: Simulator) -> None:
    contact = sim.quoter.create_quote().contact
    assert b"hash=" in sim.quoter.form(sim.quoter.change_person(contact.id, title="Owner"))


def test_paying_in_the_browser_and_by_script(api: Caller, sim: Simulator) -> None:
    quote = sim.quoter.publish(sim.quoter.create_quote(lines=[{"name": "Cable", "unit_price": 1500}]).id)
    assert b"Pay 1,500.00 USD" in api.send("GET", f"/quoter/quotes/{quote.id}").body
    assert api.form(f"/quoter/quotes/{quote.id}/pay", amount="1,500.00").status == 303
    assert api.json(f"/control/quotes/{quote.id}/pay", {"amount": 5}).json()["amount"] == "5.00"
    assert [payment["amount"] for payment in sim.quoter.payments] == ["1500.00", "5"]
    changed = api.json(f"/control/contacts/{quote.contact.id}/change", {"first_name": "Ann"}).json()
    assert changed["first_name"] == "Ann"


def test_control_of_the_quoter_side(api: Caller, sim: Simulator) -> None:
    api.json("/control/fault", {"side": "quoter", "kind": "500"})
    assert (len(sim.quoter.faults), len(sim.halo.faults)) == (1, 0)
    api.json("/control/fault", {"side": "quoter", "clear": True})
    api.json("/control/quirk", {"side": "quoter", "quirk": "no-uuid"})
    assert (sim.quoter.faults, sim.quoter.quirks) == ([], {"no-uuid"})
    settings: dict[str, Any] = {"subscribed": False, "api_key": "k", "scalepad_rate_limit": 50, "rate_limit": 300}
    api.json("/control/settings", settings)
    assert (sim.quoter.subscribed, sim.quoter.api_key) == (False, "k")
    assert (sim.quoter.rate_limit, sim.halo.rate_limit) == (50, 300)
    assert api.json("/control/quoter/contact", {"email_address": "k@example.com"}).json()["id"]
    assert api.json("/control/quoter/item", {"name": "Cable", "code": "C-1"}).json()["code"] == "C-1"
    assert api.json("/control/halo/fill", {"users": 3, "items": 2}).json() == {"users": 3, "items": 2}
    api.json("/control/reset", {})
    assert (sim.quoter.api_key, sim.quoter.subscribed, sim.quoter.quirks) == ("k", True, set())


def test_lost_webhooks_are_logged_and_never_come(sim: Simulator) -> None:
    sim.quoter.webhook_url = "http://127.0.0.1:9/never"
    sim.quoter.losing = True
    quote = sim.quoter.create_quote(lines=[{"name": "Rack"}])
    sim.quoter.publish(quote.id)
    [delivery] = sim.quoter.requests_status
    assert (delivery.last.status, delivery.last.error, delivery.next_at) == (None, "Lost on the way.", None)


def test_opened_email_changes_the_record_alone(sim: Simulator) -> None:
    quote = sim.quoter.create_quote(lines=[{"name": "Rack"}])
    sim.quoter.publish(quote.id)
    quote.updated_at, text = 1.0, sim.quoter.payload(quote.id)
    sim.quoter.open_email(quote.id)
    assert quote.updated_at > 1 and sim.quoter.payload(quote.id) == text
