"""Quoter's webhooks, to the byte, and what makes them."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from integrations.simulator import Simulator
from integrations.simulator.quoter.encoding import php_json, php_urlencode, sign

CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts"
SAMPLE, FORM = CONTRACTS / "quoter_webhook_quote.json", CONTRACTS / "quoter_webhook_quote.form"
needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not part of the project")


class Portal:
    """Keeps what it is sent, and answers as told."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[dict[str, str]] = []
        self.types: list[str] = []
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                portal.bodies.append({k: v[0] for k, v in parse_qs(body, strict_parsing=True).items()})
                portal.types.append(self.headers["Content-Type"])
                self.send_response(portal.status)
                self.end_headers()
                self.wfile.write(b"Thank you.")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(body["data"]) for body in self.bodies]


@pytest.fixture
def portal(sim: Simulator) -> Iterator[Portal]:
    portal = Portal()
    thread = threading.Thread(target=portal.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    sim.quoter.webhook_url = f"http://127.0.0.1:{portal.server.server_address[1]}/webhooks/quoter/x/"
    yield portal
    portal.server.shutdown()
    thread.join()
    portal.server.server_close()


@needs_sample
def test_form_is_the_sample_byte_for_byte(sim: Simulator) -> None:
    data = php_json(json.loads(SAMPLE.read_text()))
    assert sim.quoter.form(data, 1755306343, "example-hash-key-not-a-real-one") == FORM.read_bytes()


@needs_sample
def test_payload_has_the_keys_types_and_order_of_the_sample(sim: Simulator) -> None:
    sample = json.loads(SAMPLE.read_text())
    lines = [
        {
            "name": line["name"],
            "description": line["description"],
            "quantity": line["quantity"],
            "sku": line["sku"],
            "supplier_sku": line["supplier_sku"],
            "unit_price": line["unit_price"],
            "unit_cost": line["unit_cost"],
            "category": line["type"]["name"],
            "item_id": line["item_id"],
        }
        for line in sample["line_items"]
    ]
    sim.quoter.account_id = int(sample["account_id"])
    quote = sim.quoter.create_quote(
        sample["name"],
        {"work": "217-555-0100", "mobile": "217-555-0101"},
        lines,
        expiry_date=sample["expiry_date"],
    )
    sim.quoter.publish(quote.id)
    rendered = json.loads(sim.quoter.payload(quote.id))
    for document in (sample, rendered):
        document |= {"number": "", "uuid": ""}
        document["person"]["public_id"] = ""
        for line in document["line_items"]:
            line["type"] |= {"id": "", "public_id": ""}
    assert php_json(rendered) == php_json(sample)


def test_php_spellings() -> None:
    assert php_json({"a/b": "é\n☃", "n": 1.5}) == '{"a\\/b":"\\u00e9\\n\\u2603","n":1.5}'
    assert php_urlencode("a b~c/é-_.") == "a+b%7Ec%2F%C3%A9-_."
    assert sign("key", "1", "é") == "bcf5d0ed886ab9a10f8d1727bfc6276d"


def test_draft_says_nothing_and_publication_tells(sim: Simulator, portal: Portal) -> None:
    quote = sim.quoter.create_quote(lines=[{"name": "Cable", "quantity": "1.5", "unit_price": "1,000"}])
    assert portal.bodies == []
    sim.quoter.publish(quote.id)
    body, document = portal.bodies[0], portal.documents[0]
    assert body["hash"] == sign(sim.quoter.hash_key, body["timestamp"], body["data"])
    assert body["timestamp"] == "1755306343"
    assert portal.types == ["application/x-www-form-urlencoded"]
    assert (document["status"], document["new"], document["parent_quote_id"]) == ("pending", "true", None)
    assert document["line_items"][0]["quantity"] == "1.5"
    assert document["total"]["upfront"] == "1,500.00"
    assert document["expiry_date"] == "2025-09-15 07:00:00"
    assert sim.quoter.requests_status[0].last.body == "Thank you."


def test_revision_is_a_new_row_with_the_same_number(sim: Simulator, portal: Portal) -> None:
    first = sim.quoter.publish(sim.quoter.create_quote(lines=[{"name": "Cable"}]).id)
    second = sim.quoter.revise(first.id, lines=[{"name": "Cable", "quantity": 2}])
    old, new = portal.documents
    assert new["parent_quote_id"] == old["id"]
    assert new["number"] == old["number"]
    assert new["id"] != old["id"]
    assert new["uuid"] != old["uuid"]
    assert new["line_items"][0]["id"] != old["line_items"][0]["id"]
    assert new["revision"] is None
    with pytest.raises(ValueError, match="newer revision"):
        sim.quoter.accept(first.id)
    assert sim.quoter.revise(second.id).lines[0].quantity == 2


def test_life_of_a_quote(sim: Simulator, portal: Portal) -> None:
    quote = sim.quoter.create_quote()
    with pytest.raises(ValueError, match="is draft"):
        sim.quoter.accept(quote.id)
    for step in (sim.quoter.publish, sim.quoter.accept, sim.quoter.order, sim.quoter.fulfil, sim.quoter.lose):
        step(quote.id)
    assert [d["status"] for d in portal.documents] == ["pending", "accepted", "ordered", "fulfilled", "lost"]
    assert [d["new"] for d in portal.documents[:2]] == ["true", "false"]
    assert [d["won_date"] for d in portal.documents[:2]] == [None, "2025-08-16 01:05:43"]
    with pytest.raises(ValueError, match="no quote 5"):
        sim.quoter.publish(5)


def test_richer_shapes(sim: Simulator) -> None:
    quote = sim.quoter.create_quote(
        lines=[
            {"name": "Once", "quantity": 3, "unit_price": 100, "discount": 10, "unit_cost": 50},
            {"name": "Monthly", "unit_price": "89.50", "recurring": True, "custom_fields": {"Site": "North"}},
            {"name": "Maybe", "unit_price": 1000, "is_optional": True},
            {"name": "Odd", "extra": {"options": {"colour": "red"}, "discount": {"percent": "5"}}},
        ],
        interval="annually",
        discount=40,
        shipping="12.5",
        taxes=[{"name": "VAT", "rate": "20", "amount": 50}],
        custom_fields={"Opportunity": "1051"},
        extra={"reseller": {"id": "1"}},
    )
    document = json.loads(sim.quoter.payload(quote.id))
    assert document["total"] | {"one_time_margin_percent": ""} == {
        "upfront": "250.00",
        "recurring": "89.50",
        "one_time_margin_dollars": "100.00",
        "one_time_margin_percent": "",
        "recurring_margin_dollars": "89.50",
        "recurring_margin_percent": "100.00",
    }
    assert (document["discount"], document["shipping"]) == ("40.00", "12.50")
    assert document["taxes"] == [{"name": "VAT", "rate": "20", "amount": "50.00"}]
    assert document["custom_fields"] == [{"id": "1", "name": "Opportunity", "value": "1051"}]
    assert document["recurring_time_period_string"] == "annually"
    assert document["reseller"] == {"id": "1"}
    once, monthly, maybe, odd = document["line_items"]
    assert once["total"] == {"upfront": "300.00", "upfront_after_discount": "290.00"}
    assert once["total_margin_dollar"] == 140
    assert monthly["recurring"] == "true"
    assert monthly["total"]["recurring"] == "89.50"
    assert maybe["is_optional"] is True
    assert odd["discount"] == {"percent": "5"}


def test_unknown_names_and_amounts_are_refused(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no colour"):
        sim.quoter.create_quote(lines=[{"name": "X", "colour": "red"}])
    with pytest.raises(ValueError, match="is no number"):
        sim.quoter.create_quote(lines=[{"name": "X", "quantity": "many"}])
    with pytest.raises(ValueError, match="no colour"):
        sim.quoter.create_quote(colour="red")
    with pytest.raises(ValueError, match="no interval"):
        sim.quoter.create_quote(interval="hourly")


def test_failed_webhook_is_repeated_signed_anew_from_current_data(
    sim: Simulator, portal: Portal, clock: Any
) -> None:
    portal.status = 500
    sim.quoter.retry_scale = 0.0002  # 5 minutes become 60 ms
    quote = sim.quoter.publish(sim.quoter.create_quote("Before").id)
    quote.name, portal.status, clock.now = "After", 200, clock.now + 300
    delivery = sim.quoter.requests_status[0]
    deadline = time.monotonic() + 5
    while len(delivery.tries) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [t["status"] for t in delivery.tries] == [500, 200]
    assert [d["name"] for d in portal.documents] == ["Before", "After"]
    assert portal.bodies[0]["timestamp"] != portal.bodies[1]["timestamp"]
    assert delivery.next_at is None


def test_without_retries_a_failure_waits_for_a_person(sim: Simulator, portal: Portal) -> None:
    portal.status = 403
    sim.quoter.publish(sim.quoter.create_quote().id)
    delivery = sim.quoter.requests_status[0]
    assert (delivery.last.ok, delivery.next_at) == (False, None)
    portal.status = 204
    assert sim.quoter.resend(delivery.id).ok
    with pytest.raises(ValueError, match="no delivery"):
        sim.quoter.resend(99)


def test_nobody_listening_is_an_error_on_the_log(sim: Simulator) -> None:
    sim.quoter.webhook_url = "http://127.0.0.1:9/"
    result = sim.quoter.deliver("{}")
    assert result.status is None
    assert "refused" in result.error
    sim.quoter.webhook_url = "ftp://example.com/"
    assert "not a web address" in sim.quoter.deliver("{}").error


def test_same_address_is_the_same_contact(sim: Simulator) -> None:
    one = sim.quoter.create_quote(contact={"email_address": "kim@example.com"}).contact
    two = sim.quoter.create_quote(contact={"email_address": "KIM@example.com"}).contact
    other = sim.quoter.create_quote().contact
    assert one.public_id == two.public_id != other.public_id
