"""Quoter's ScalePad API: who gets in, lists, and the shape of a quote."""

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.simulator import Fault, Simulator
from tests.simulator.conftest import Answer, Caller

SAMPLE = Path(__file__).parents[2].parent / "shared" / "contracts" / "quoter_api_quote.json"
LINES = [
    {
        "name": "Switch",
        "section": "Hardware",
        "quantity": 2,
        "unit_price": 100,
        "unit_cost": 60,
        "discount": 10,
        "sku": "SW-8",
        "supplier_sku": "S-1",
        "category": "Network",
        "parent_category": "Hardware",
        "taxable": True,
        "supplier": "Contoso",
    },
    {"name": "Care", "section": "Services", "unit_price": "89.50", "recurring": True},
    {"name": "Cabinet", "section": "Hardware", "bundle": True, "unit_price": 1},
    {"name": "Shelf", "section": "Hardware", "bundle_parent": "Cabinet", "bundle_publicly_visible": False},
    {"name": "Maybe", "unit_price": 1000, "is_optional": True, "optional_group": "extras"},
]


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["errors"][0]["code"]


def shape(value: Any) -> Any:
    """The keys of objects, all the way down; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not part of the project")
def test_quote_has_the_keys_and_types_of_the_captured_draft(api: Caller, sim: Simulator) -> None:
    sample = json.loads(SAMPLE.read_text())
    line = {"name": "Patch Cable Cat6 2m", "unit_price": 50, "category": "Cabling", "section": "Hardware"}
    quote = sim.quoter.create_quote("Standard Quote", lines=[line], custom_number="OPP-000123")
    sim.quoter.quirks.add("no-uuid")
    shown = api.scalepad("GET", f"/quotes/{quote.public_id}").json()
    assert shape(shown) == shape(sample)
    for document in (shown, sample):
        document |= {"id": "", "record_created_at": "", "record_updated_at": "", "template_id": ""}
        document["owner"]["id"] = document["contacts"][0]["id"] = document["sections"][0]["id"] = ""
        document["sections"][0]["line_items"][0]["id"] = ""
        document["sections"][0]["line_items"][0]["category"]["id"] = ""
    assert shown == sample


def test_sections_lines_and_totals(api: Caller, sim: Simulator) -> None:
    quote = sim.quoter.create_quote(
        lines=LINES,
        discount=20,
        shipping=15,
        taxes=[{"name": "VAT", "rate": "20", "amount": "34.2"}],
        interval="quarterly",
        custom_fields={"PO": "77"},
    )
    shown = api.scalepad("GET", f"/quotes/{quote.public_id}").json()
    assert [section["name"] for section in shown["sections"]] == ["Hardware", "Services", "Items"]
    switch, cabinet, shelf = shown["sections"][0]["line_items"]
    assert (switch["code"], switch["sku"], switch["taxable"]) == ("SW-8", "S-1", True)
    assert switch["category"]["parent_category"] == "Hardware"
    assert (switch["discount_input_decimal"], switch["unit_margin_percentage"]) == ("10.00", "40")
    assert switch["totals"]["one_time"]["discounted_subtotal_decimal"] == "190.00"
    assert (cabinet["bundle"], shelf["bundle_line_item_id"]) == (True, cabinet["id"])
    assert shelf["bundle_publicly_visible"] is False
    assert shown["sections"][2]["line_items"][0]["optional_group_id"].startswith("optg_")
    totals = shown["totals"]
    # The optional line was not chosen: 190 + 1 - 20, and the tax.
    assert totals["upfront"]["discounted_subtotal_decimal"] == "171.00"
    assert (totals["upfront"]["tax_total_decimal"], totals["upfront"]["total_decimal"]) == ("34.20", "205.20")
    assert (totals["quarterly"]["total_decimal"], totals["monthly"]["total_decimal"]) == ("89.50", "0.00")
    assert (totals["shipping_decimal"], totals["annual"]) == ("15.00", None)
    assert shown["custom_fields"]["quote_creation"] == [{"id": "1", "name": "PO", "value": "77"}]


def test_ids_of_webhook_and_api_do_not_meet(api: Caller, sim: Simulator) -> None:
    quote = sim.quoter.publish(sim.quoter.create_quote(lines=LINES).id)
    text = api.scalepad("GET", f"/quotes/{quote.public_id}").body.decode()
    assert str(quote.id) not in text
    shown = json.loads(text)
    assert (shown["uuid"], shown["draft"], shown["number"]) == (quote.uuid, False, "1")
    assert {"status", "stage", "won_at"} & set(shown) == set()
    revision = sim.quoter.revise(quote.id)
    assert api.scalepad("GET", f"/quotes/{revision.public_id}").json()["revision"] == "2"


@pytest.mark.parametrize("key", ["", "wrong"])
def test_wrong_key(api: Caller, key: str) -> None:
    assert code(api.scalepad("GET", "/quotes", key=key)) == (401, "UNAUTHORIZED")
    assert api.scalepad("GET", "/quotes", key=key).json()["errors"][0]["title"] == "Invalid API credentials"


def test_key_counts_only_under_its_exact_name(api: Caller, sim: Simulator) -> None:
    for name, status in (("x-api-key", 200), ("X-Api-Key", 401), ("X-API-KEY", 401)):
        headers = {name: sim.quoter.api_key}
        assert api.send("GET", "/scalepad/quoter/v1/quotes", headers=headers).status == status, name
    assert api.send("GET", "/scalepad/quoter/v1/quotes").status == 401


def test_without_a_subscription(api: Caller, sim: Simulator) -> None:
    sim.quoter.subscribed = False
    assert api.scalepad("GET", "/quotes").status == 402
    assert api.scalepad("GET", "/quotes", key="wrong").status == 401


def test_rate_limit_is_off_until_switched_on(api: Caller, sim: Simulator, clock: Any) -> None:
    assert {api.scalepad("GET", "/quotes").status for _ in range(60)} == {200}
    sim.quoter.rate_limit = 2
    assert [api.scalepad("GET", "/quotes").status for _ in range(2)] == [200, 200]
    clock.now += 2
    refused = api.scalepad("GET", "/quotes")
    assert (refused.status, refused.headers["retry-after"]) == (429, "3")
    clock.now += 3.5
    assert api.scalepad("GET", "/quotes").status == 200


def test_pages_by_cursor(api: Caller, sim: Simulator) -> None:
    for number in range(5):
        sim.quoter.create_quote(f"Q{number}")
    names, cursor = [], ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = api.scalepad("GET", "/quotes", page_size=2, sort="-name", **more).json()
        names += [row["name"] for row in page["data"]]
        cursor = page["next_cursor"]
        assert page["total_count"] == 5
    assert names == ["Q4", "Q3", "Q2", "Q1", "Q0"]
    for number in range(200):
        sim.quoter.create_quote(f"R{number}")
    assert len(api.scalepad("GET", "/quotes", page_size=999).json()["data"]) == 200
    assert code(api.scalepad("GET", "/quotes", cursor="x")) == (400, "ERR_REQUEST_FORMAT_INVALID")
    assert api.scalepad("GET", "/quotes", page_size="many").status == 400


def test_filters_of_quotes(api: Caller, sim: Simulator, clock: Any) -> None:
    draft = sim.quoter.create_quote("Network")
    clock.now += 60
    other = sim.quoter.publish(sim.quoter.create_quote("Phones", custom_number="OPP-1").id)
    clock.now += 60
    won = sim.quoter.accept(sim.quoter.publish(sim.quoter.create_quote("Phones again").id).id)
    sim.quoter.quirks.add("no-uuid")

    def find(**filters: str) -> list[str]:
        query = {f"filter[{name.replace('__', '.')}]": text for name, text in filters.items()}
        answer = api.scalepad("GET", "/quotes", **query)
        assert answer.status == 200, answer.body
        return [row["id"] for row in answer.json()["data"]]

    assert find(uuid=f"eq:{other.uuid}") == [other.public_id]
    assert find(draft="eq:true") == [draft.public_id]
    assert find(name="cont:PHONES", custom_number="eq:OPP-1") == [other.public_id]
    assert find(record_updated_at="gt:2025-08-16T01:06:43Z") == [won.public_id]
    assert find(record_created_at="lt:2025-08-16T01:06:00.000Z") == [draft.public_id]
    assert find(stage="eq:won_accepted") == find(won_at="gt:2025-01-01") == [won.public_id]
    # Neither is one of the filters: all come back, and only total_count would tell.
    assert len(find(number="eq:1")) == len(find(nothing="eq:1")) == 3
    clock.now += 40 * 86_400
    assert find(stage="eq:expired") == [other.public_id]


@pytest.mark.parametrize("text", ["Phones", "like:Phones", "gt:soon"])
def test_filter_that_cannot_be_read(api: Caller, sim: Simulator, text: str) -> None:
    sim.quoter.create_quote("Phones")
    assert code(api.scalepad("GET", "/quotes", **{"filter[name]": text})) == (400, "ERR_REQUEST_FORMAT_INVALID")


def test_list_leaves_sections_out_and_fields_choose(api: Caller, sim: Simulator) -> None:
    sim.quoter.create_quote("Network", lines=LINES)
    assert api.scalepad("GET", "/quotes").json()["data"][0]["sections"] is None
    assert list(api.scalepad("GET", "/quotes", fields="id,name").json()["data"][0]) == ["id", "name"]


def test_catalogue(api: Caller, sim: Simulator) -> None:
    item = sim.quoter.add_item(
        "Switch",
        code="SW-8",
        category="Network",
        parent_category="Hardware",
        price=100,
        cost=60,
        supplier="Contoso",
    )
    sim.quoter.add_item("Care", code="CARE", category="Services", price=89, recurring_interval="monthly")
    sim.quoter.create_quote(lines=[{"name": "Cable", "category": "Network", "item_id": item["id"]}])
    found = api.scalepad("GET", "/items", **{"filter[code]": "eq:SW-8"}).json()["data"]
    assert [(row["id"], row["price_decimal"], row["recurring"]) for row in found] == [(item["id"], "100", False)]
    categories = api.scalepad("GET", "/categories").json()["data"]
    # The same leaf under two parents: two ids.
    assert [(row["name"], row["parent_category"]) for row in categories] == [
        ("Hardware", None),
        ("Network", "Hardware"),
        ("Services", None),
        ("Network", None),
    ]
    assert len({row["id"] for row in categories}) == 4
    assert found[0]["category_id"] == categories[1]["id"]
    sim.quoter.add_template("Renewal")
    assert [row["title"] for row in api.scalepad("GET", "/quote-templates").json()["data"]] == [
        "Standard Quote",
        "Renewal",
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"),
        ("GET", "/quotes/quot_1/sections"),
        ("GET", "/line-items"),
        ("PATCH", "/quotes/quot_1"),
        ("DELETE", "/contacts/cont_1"),
        ("POST", "/items"),
    ],
)
def test_what_is_not_offered_is_forbidden(api: Caller, method: str, path: str) -> None:
    assert code(api.scalepad(method, path, {})) == (403, "ERR_PERMISSION_DENIED")


def test_unknown_ids(api: Caller) -> None:
    for method, path in (
        ("GET", "/quotes/quot_1"),
        ("GET", "/contacts/cont_1"),
        ("POST", "/quotes/quot_1/publish"),
    ):
        assert code(api.scalepad(method, path)) == (404, "ERR_NOT_FOUND")


@pytest.mark.parametrize("path", ["", "/quotes", "/scalepad/quoter/v1/quotes"])
def test_faults(api: Caller, sim: Simulator, path: str) -> None:
    sim.quoter.fail(Fault("500", path=path))
    assert code(api.scalepad("GET", "/quotes")) == (500, "ERR_INTERNAL")
    assert api.scalepad("GET", "/quotes").status == 200
    record = sim.quoter.requests[0]
    assert (record.api, record.path, record.status, record.fault) == ("scalepad", "/quotes", 500, "500")


def test_faults_after_the_work_and_elsewhere(api: Caller, sim: Simulator, clock: Any) -> None:
    sim.quoter.add_contact()
    body = {"contact": {"email": "avery.sample@example.com"}}
    sim.quoter.fail(Fault("500-after", method="POST"))
    sim.quoter.fail(Fault("429", path="/contacts", retry_after=7))
    sim.quoter.fail(Fault("403", path="/legacy/v1/quotes"))
    assert api.scalepad("POST", "/quotes", body).status == 500
    assert len(sim.quoter.quotes) == 1
    assert sim.quoter.requests[-1].status == 500
    assert api.scalepad("GET", "/quotes").status == 200
    assert api.legacy("GET", "/quotes").json()["errors"][0]["key"] == "ERR_PERMISSION_DENIED"
    refused = api.scalepad("GET", "/contacts")
    assert (refused.status, refused.headers["retry-after"]) == (429, "7")
    sim.quoter.fail(Fault("hang", seconds=30))
    assert api.scalepad("GET", "/quotes").status == 200
    assert clock.slept == [30]


def test_hook_sees_each_call_and_records_hold_no_key(api: Caller, sim: Simulator) -> None:
    seen: list[str] = []
    sim.quoter.on_request = lambda request: seen.append(request.path)
    api.scalepad("GET", "/quotes")
    assert seen == ["/quotes"]
    assert sim.quoter.api_key not in repr(sim.quoter.requests)
