import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import RemoteBroken
from integrations.halo import records
from integrations.http import Response

ROWS = [{"id": 1}, {"id": 2}]


def parsed(text: str) -> Any:
    return Response(status=200, headers={}, body=text.encode(), elapsed_s=0).json()


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (ROWS, "items"),
        ({"record_count": 2, "items": ROWS}, "items"),
        ({"record_count": 2, "Items": ROWS}, "items"),
        ({"page_no": 1, "tickets": ROWS, "columns": []}, "tickets"),
        ({"assetGroups": ROWS}, "groups"),
        ({"record_count": 2, "whatever": ROWS}, "quotes"),
    ],
)
def test_rows_of_finds_the_rows_in_every_shape(body: Any, key: str) -> None:
    assert records.rows_of(body, key) == ROWS


@pytest.mark.parametrize("body", [[], {"record_count": 0}, {"items": []}, {"record_count": 0, "items": None}])
def test_rows_of_reads_an_empty_list(body: Any) -> None:
    assert records.rows_of(body, "items") == []


@pytest.mark.parametrize(
    "body",
    [
        None,
        "x",
        5,
        {},
        {"a": ROWS, "b": []},
        {"items": "x"},
        {"items": [1]},
        [None],
        {"items": {}},
        {"Message": "no"},
    ],
)
def test_rows_of_refuses_what_is_no_list(body: Any) -> None:
    with pytest.raises(RemoteBroken):
        records.rows_of(body, "items")


@pytest.mark.parametrize("body", [{"id": 1}, [{"id": 1}]])
def test_one_of_takes_an_object_or_an_array_of_one(body: Any) -> None:
    assert records.one_of(body, "x") == {"id": 1}


@pytest.mark.parametrize("body", [[], ROWS, None, "x", [1]])
def test_one_of_refuses_the_rest(body: Any) -> None:
    with pytest.raises(RemoteBroken):
        records.one_of(body, "x")


def test_read_user_reads_doubles_and_second_addresses() -> None:
    user = records.read_user(
        parsed('{"id": 41.0, "name": "", "firstname": "Ann", "surname": "Lee", "emailaddress": null, '
               '"email2": "a@example.com", "site_id": 31.0, "client_id": 21.0, "inactive": "true"}')
    )  # fmt: skip
    assert (user.id, user.name, user.site_id, user.client_id, user.inactive) == (41, "Ann Lee", 31, 21, True)
    assert user.emails == ("", "a@example.com")


@pytest.mark.parametrize(
    ("row", "placeholder"),
    [
        ({"name": "General  user"}, True),
        ({"name": "Ann", "isserviceaccount": True}, True),
        ({"name": "Ann"}, False),
    ],
)
def test_read_user_knows_placeholders(row: dict[str, Any], placeholder: bool) -> None:
    assert records.read_user({"id": 1, **row}).placeholder is placeholder


@pytest.mark.parametrize(
    ("row", "closed", "is_opportunity"),
    [
        ({}, False, True),
        ({"dateclosed": "1899-12-30T00:00:00", "is_opportunity": None}, False, True),
        ({"dateclosed": "1900-01-01T00:00:00"}, False, True),
        ({"dateclosed": "2026-01-02T10:00:00Z"}, True, True),
        ({"is_opportunity": False}, False, False),
        ({"is_opportunity": True, "deleted": True}, False, False),
    ],
)
def test_read_opportunity_knows_open_ones(row: dict[str, Any], closed: bool, is_opportunity: bool) -> None:
    found = records.read_opportunity({"id": 1051, "client_id": -1, **row})
    assert (found.closed, found.is_opportunity, found.client_id) == (closed, is_opportunity, None)


def test_read_item_takes_recurring_prices_of_recurring_items() -> None:
    row = {"id": 1, "name": "X", "baseprice": 5, "recurringprice": 7, "costprice": 1, "recurringcost": 2}
    once, monthly = records.read_item(row), records.read_item({**row, "isrecurringitem": True, "status": 15})
    assert (once.price, once.cost, once.inactive) == (5, 1, False)
    assert (monthly.price, monthly.cost, monthly.inactive) == (7, 2, True)


def test_read_quote_reads_lines_in_order_with_exact_amounts() -> None:
    quote = records.read_quote(
        parsed('{"id": 301, "status": 0, "ticket_id": 1051, "third_party_number": 7, "total": null, '
               '"expiry_date": "2026-02-14T00:00:00.0000000Z", "agent_id": 3, "lines": ['
               '{"id": 2, "sort_seq": 2, "quantity": 1.5, "price": 3.3333, "costprice": null,'
               '"billingperiod": 2.0},'
               '{"id": 1, "sort_seq": 1, "quantity": 2, "price": 0.1, "net_total": 0.09, "costprice": 0}]}')
    )  # fmt: skip
    assert (quote.status, quote.number, quote.total, quote.agent_id) == (0, "7", None, 3)
    assert quote.expires == date(2026, 2, 14)
    first, second = quote.lines
    assert (first.id, first.total, first.cost) == (1, Decimal("0.18"), 0)
    assert (second.price, second.total, second.cost) == (Decimal("3.3333"), Decimal("4.99995"), None)
    assert second.billing_period == 2


@pytest.mark.parametrize(
    ("row", "invoiced", "delivered"),
    [
        ({}, False, False),
        ({"invoice_count": 1}, True, False),
        ({"percentage_invoiced": 0.5}, True, False),
        ({"lines": [{"invoiced_quantity": 1}]}, True, False),
        ({"lines": [{"quantity_shipped": 1}]}, False, True),
        ({"lines": None}, False, False),
    ],
)
def test_read_sales_order_knows_what_went_on(row: dict[str, Any], invoiced: bool, delivered: bool) -> None:
    order = records.read_sales_order({"id": 1, "quotation_id": 301.0, **row})
    assert (order.quotation_id, order.invoiced, order.delivered) == (301, invoiced, delivered)


@pytest.mark.parametrize(
    "row",
    [
        *('{}', '{"id": null}', '{"id": 0}', '{"id": -1}', '{"id": "x"}', '{"id": true}', '{"id": []}'),
        '{"id": 1.5}',
        *('{"id": NaN}', '{"id": Infinity}', '{"id": 1e999}', '{"id": 1, "lines": [5]}', '{"id": 1, "lines": 5}'),
        *('{"id": 1, "lines": [{"quantity": "1,5"}]}', '{"id": 1, "lines": [{"price": 1e400000}]}'),
        '{"id": 1, "total": "abc"}',
    ],
)  # fmt: skip
def test_read_says_clearly_when_a_document_cannot_be_read(row: str) -> None:
    for reader in (records.read_quote, records.read_sales_order):
        with pytest.raises(RemoteBroken):
            records.read(parsed(row), reader, "quote")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "lines", "x"]), inner),
    max_leaves=4,
)
NAMES = [
    *(
        "id",
        "name",
        "emailaddress",
        "site_id",
        "inactive",
        "status",
        "lines",
        "total",
        "expiry_date",
        "dateclosed",
    ),
    *(
        "oppvalue",
        "isrecurringitem",
        "recurringprice",
        "baseprice",
        "quotation_id",
        "invoice_count",
        "salesorder_id",
    ),
]


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.lists(JSON, max_size=2))
def test_readers_never_fail_otherwise_on_generated_rows(row: dict[str, Any], lines: list[Any]) -> None:
    for body in (row, {"id": 1, **row}, {"id": 1, "lines": lines}):
        value = parsed(json.dumps(body))
        for reader in (
            records.read_user,
            records.read_opportunity,
            records.read_item,
            records.read_quote,
            records.read_sales_order,
            records.read_named,
        ):
            try:
                records.read(value, reader, "it")  # type: ignore[arg-type]
            except RemoteBroken as error:
                assert error.user_message
