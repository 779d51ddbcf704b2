import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.actions import CreateItem
from integrations.domain.lines import ItemRef
from integrations.domain.quote import Period
from integrations.halo.payloads import day, item_body, item_id, number, quote_body, sales_order_body
from integrations.halo.records import read_quote
from tests.contract import OPENAPI, unknown_fields
from tests.domain.builders import (
    make_content,
    make_halo_line,
    make_halo_quote,
    make_line,
    make_planned_line,
)

D = Decimal


def create(**changes: Any) -> CreateItem:
    return CreateItem(key="k", group_id=5, line=make_line(item_id="item_1", **changes), billing_period=2)


def test_item_body_of_a_one_time_product() -> None:
    body = item_body(create())
    assert (body["name"], body["supplier_part_code"], body["assetgroup_id"]) == ("Patch Cable", "CBL-C6-2M", 5)
    assert (body["baseprice"], body["costprice"], body["recurringprice"], body["recurringcost"]) == (25, 10, 0, 0)
    assert body["isrecurringitem"] is False
    assert body["third_party_id"] == "item_1"
    assert "item_default_billing_period" not in body


def test_item_body_of_a_recurring_product() -> None:
    body = item_body(create(period=Period.MONTHLY))
    assert (body["baseprice"], body["costprice"], body["recurringprice"], body["recurringcost"]) == (0, 0, 25, 10)
    assert (body["isrecurringitem"], body["item_default_billing_period"]) == (True, 2)


def test_quote_body_of_a_new_quote() -> None:
    content = make_content(make_planned_line(item=ItemRef(new="k"), optional=False), status=0)
    body = quote_body(content, quote_id=None, new_items={"k": 777})
    assert "id" not in body
    assert (body["date"], body["expiry_date"]) == ("2026-01-12T00:00:00", "2026-02-14T00:00:00")
    assert (body["ticket_id"], body["user_id"], body["site_id"], body["status"]) == (1051, 41, 31, 0)
    assert body["third_party_number"] == "7"
    (line,) = body["lines"]
    assert (line["item_id"], line["quantity"], line["price"], line["quoter_id"]) == (777, 3, 25, "50000001")
    assert line["price"] == line["baseprice"]
    assert "id" not in line


def test_quote_body_of_an_update_keeps_ids_and_leaves_the_rest_alone() -> None:
    content = make_content(make_planned_line(halo_id=17), status=None, site_id=None, expires=None)
    body = quote_body(content, quote_id=301, new_items={})
    assert (body["id"], body["lines"][0]["id"]) == (301, 17)
    assert not {"date", "status", "site_id", "expiry_date"} & set(body)


def test_quote_body_cuts_at_halos_widths() -> None:
    content = make_content(make_planned_line("9" * 300), number="n" * 300, url="u" * 3000)
    body = quote_body(content, quote_id=None, new_items={})
    assert [len(body[key]) for key in ("third_party_number", "third_party_url")] == [100, 1000]
    assert len(body["lines"][0]["quoter_id"]) == 100


def test_item_id_never_sends_zero_for_a_product_that_was_not_made() -> None:
    assert item_id(ItemRef(id=5), {}) == 5
    with pytest.raises(KeyError):
        item_id(ItemRef(new="k"), {})


def test_sales_order_body_sells_what_the_quote_does() -> None:
    quote = make_halo_quote(
        make_halo_line(1, discount=D("1.5")),
        make_halo_line(2, is_header=True),
        make_halo_line(3, optional=True),
        make_halo_line(4, billing_period=2, cost=None),
    )
    body = sales_order_body(quote)
    assert (body["quotation_id"], body["ticket_id"], body["user_id"]) == (301, 1051, 41)
    assert (body["site_id"], body["client_id"]) == (31, 21)
    first, second = body["lines"]
    assert (first["quotation_line_id"], first["sort_seq"], first["price"], first["discount"]) == (1, 1, 25, 1.5)
    assert (second["quotation_line_id"], second["sort_seq"], second["billingperiod"]) == (4, 2, 2)
    # What Halo hides from this agent is not zero.
    assert first["costprice"] == 10
    assert "costprice" not in second
    assert "discount" not in second


@pytest.mark.parametrize(
    ("value", "sent"),
    [("3", "3"), ("3.00", "3"), ("1E+2", "100"), ("3.3333", "3.3333"), ("0.1", "0.1"), ("-2.5", "-2.5")],
)
def test_number_is_written_as_a_json_number(value: str, sent: str) -> None:
    assert json.dumps(number(D(value))) == sent


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=6))
def test_number_arrives_as_it_left(value: Decimal) -> None:
    assert json.loads(json.dumps(number(value)), parse_float=Decimal, parse_int=Decimal) == value


def test_day_is_midnight_without_a_zone() -> None:
    assert day(date(2026, 1, 2)) == "2026-01-02T00:00:00"


def test_quote_body_reads_back_as_what_was_meant() -> None:
    content = make_content(make_planned_line(price=D("3.3333")), status=4)
    found = read_quote(
        json.loads(json.dumps({**quote_body(content, quote_id=301, new_items={})}), parse_float=Decimal)
    )
    assert (found.number, found.expires, found.made_on, found.status) == ("7", content.expires, None, 4)
    assert [(line.quantity, line.price, line.quoter_id) for line in found.lines] == [(3, D("3.3333"), "50000001")]


@pytest.mark.skipif(not OPENAPI.exists(), reason="the contracts are not at hand")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Item", item_body(create())),
        ("/Item", item_body(create(period=Period.YEARLY))),
        ("/Quotation", quote_body(make_content(status=1, url="https://x"), quote_id=None, new_items={})),
        ("/Quotation", quote_body(make_content(make_planned_line(halo_id=1)), quote_id=301, new_items={})),
        ("/SalesOrder", sales_order_body(make_halo_quote(make_halo_line(discount=D(1))))),
    ],
)
def test_bodies_hold_only_fields_of_halos_contract(path: str, body: dict[str, Any]) -> None:
    assert unknown_fields(path, [body]) == []
    assert unknown_fields(path, [{**body, "no_such_field": 1}]) == [f"{path}[0].no_such_field"]
