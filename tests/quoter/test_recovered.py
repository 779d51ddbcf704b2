"""What ScalePad's API says of a quote, written as the webhook that never came."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from integrations.domain.quote import Period, Quote, QuoteStatus
from integrations.errors import NotUnderstood
from integrations.quoter.changed import read_changed
from integrations.quoter.recovered import moved_document, sells_the_same, write_document
from integrations.quoter.webhook import read_quote

LINE: dict[str, Any] = {
    "id": "litm_1",
    "name": "Cable",
    "code": "CBL",
    "sku": "SUP-1",
    "category": {"id": "cat_1", "name": "Cabling", "parent_category": None, "parent_category_id": None},
    "quantity_decimal": "3",
    "unit_price_decimal": "25.5",
    "unit_cost_decimal": None,
    "discount_input_decimal": None,
    "discount_input_type": None,
    "optional": False,
    "optional_selected": False,
    "options": None,
    "custom_fields": None,
    "totals": {"one_time": {"subtotal_decimal": "76.50", "discount_decimal": "0.00"}, "monthly": None},
}
QUOTE: dict[str, Any] = {
    "id": "quot_1",
    "number": "12",
    "name": "Network",
    "revision": "2",
    "uuid": "9001-a",
    "draft": False,
    "currency_iso": "USD",
    "expired_at": "2026-12-24T07:00:00Z",
    "billing_address": {"address_line_1": "1 Main St", "city": "Springfield", "state_prov_code": "IL"},
    "shipping_address": None,
    "contacts": [
        {"id": "cont_2", "email": "other@example.com", "first_name": "O", "last_name": "Ther", "primary": False},
        {"id": "cont_1", "email": "ann@example.com", "first_name": "Ann", "last_name": "Lee", "primary": True},
    ],
    "client": {"id": None, "name": "Fabrikam"},
    "owner": {"id": "user_1", "email": "jo@example.org", "first_name": "Jo", "last_name": "Ex"},
    "custom_fields": {"quote_creation": [{"name": "PO", "value": "77"}], "quote_acceptance": None},
    "record_created_at": "2026-11-25T09:00:00Z",
    "record_updated_at": "2026-11-25T10:00:00Z",
    "sections": [
        {"name": "Hardware", "line_items": [LINE], "optional_group_id": None, "optional_selected": False}
    ],
    "totals": {"one_time": {"subtotal_decimal": "76.50", "discounted_subtotal_decimal": "76.50"}, "taxes": None},
}


def written(row: dict[str, Any], **more: str) -> Quote:
    given = {"status": "accepted", "id_": "quot_1", "parent_id": "", **more}
    return read_quote(write_document(row, item_of=lambda name, sku: "", **given))


def with_line(**changes: Any) -> dict[str, Any]:
    row = deepcopy(QUOTE)
    row["sections"][0]["line_items"][0] |= changes
    return row


def test_a_quote_reads_as_its_webhook_would() -> None:
    quote = written(QUOTE, parent_id="9000001")
    assert (quote.id, quote.parent_id, quote.number, quote.status) == (
        "quot_1",
        "9000001",
        "12",
        QuoteStatus.ACCEPTED,
    )
    assert (quote.contact.email, quote.contact.name, quote.contact.organization) == (
        "ann@example.com",
        "Ann Lee",
        "Fabrikam",
    )
    assert quote.contact.billing is not None and quote.contact.billing.region_code == "IL"
    assert (quote.owner.email, quote.currency, quote.custom_fields) == ("jo@example.org", "USD", {"PO": "77"})
    [line] = quote.lines
    assert (line.sku, line.supplier_sku, line.category.name) == ("CBL", "SUP-1", "Cabling")
    assert (line.quantity, line.unit_price, line.net, line.period) == (
        3,
        Decimal("25.5"),
        Decimal("76.50"),
        "once",
    )
    assert quote.expires_at is not None and quote.expires_at.isoformat() == "2026-12-24T07:00:00+00:00"
    assert quote.stated.upfront == Decimal("76.50")
    assert quote.discount is None and quote.taxes == () and quote.notes == ()


@pytest.mark.parametrize(
    ("frequency", "period"),
    [
        ("monthly", Period.MONTHLY),
        ("quarterly", Period.QUARTERLY),
        ("semi_annual", Period.HALF_YEARLY),
        ("annual", Period.YEARLY),
    ],
)
def test_a_recurring_line_has_the_period_of_its_amount(frequency: str, period: Period) -> None:
    row = with_line(totals={"one_time": {"subtotal_decimal": "0.00"}, frequency: {"subtotal_decimal": "76.50"}})
    row["totals"] = {frequency: {"subtotal_decimal": "76.50"}}
    quote = written(row)
    assert (quote.lines[0].period, quote.lines[0].net, quote.stated.recurring) == (
        period,
        Decimal("76.50"),
        Decimal("76.50"),
    )


@pytest.mark.parametrize(
    ("changes", "net"),
    [
        ({"discount_input_decimal": "10", "discount_input_type": "percentage"}, "68.85"),
        ({"discount_input_decimal": "6.50", "discount_input_type": "amount"}, "70.00"),
        ({"totals": {"one_time": {"subtotal_decimal": "76.50", "discount_decimal": "0.50"}}}, "76.00"),
    ],
)
def test_a_line_discount_is_taken_off(changes: dict[str, Any], net: str) -> None:
    assert written(with_line(**changes)).lines[0].net == Decimal(net)


def test_what_the_quote_lies_below_its_lines_is_its_discount() -> None:
    row = deepcopy(QUOTE)
    row["totals"]["one_time"] |= {"discounted_subtotal_decimal": "70.00", "tax_total_decimal": "7.00"}
    quote = written(row)
    assert quote.discount is not None and quote.discount.amount == Decimal("6.50")
    assert [tax.amount for tax in quote.taxes] == [Decimal("7.00")]


@pytest.mark.parametrize(
    ("section", "line", "counts"),
    [
        ({}, {"optional": True}, False),
        ({}, {"optional": True, "optional_selected": True}, True),
        ({"optional_group_id": "optg_1"}, {}, False),
        ({"optional_group_id": "optg_1", "optional_selected": True}, {}, True),
        ({"optional_group_id": "optg_1", "optional_selected": True}, {"optional": True}, False),
    ],
)
def test_optional_lines_and_sections(section: dict[str, Any], line: dict[str, Any], counts: bool) -> None:
    row = with_line(**line)
    row["sections"][0] |= section
    assert written(row).lines[0].counts == counts


def test_a_line_that_is_both_once_and_recurring_is_not_guessed() -> None:
    both = {"one_time": {"subtotal_decimal": "5"}, "monthly": {"subtotal_decimal": "5"}}
    with pytest.raises(NotUnderstood, match="both one-time and recurring"):
        written(with_line(totals=both))


def test_an_amount_that_is_none_is_not_guessed() -> None:
    with pytest.raises(NotUnderstood, match="cannot be read"):
        written(with_line(unit_price_decimal="25,5"))


def test_a_moved_status_keeps_everything_else() -> None:
    text = write_document(QUOTE, status="pending", id_="9000001", parent_id="", item_of=lambda name, sku: "item_7")
    before, after = (
        read_quote(text),
        read_quote(moved_document(text, status="ordered", won_at="2026-11-25T10:00:00Z")),
    )
    assert after.status == QuoteStatus.ORDERED and after.won_at is not None
    assert after.lines == before.lines and after.lines[0].item_id == "item_7"


def test_totals_of_the_older_api_tell_whether_a_quote_sells_the_same() -> None:
    quote = written(QUOTE)
    assert sells_the_same(quote, {"one_time_subtotal": "76.50", "monthly_subtotal": "0.00"})
    assert not sells_the_same(quote, {"one_time_subtotal": "76.51"})


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"status": "Lost"}, "lost"),
        ({"stage": "Won - Ordered"}, "ordered"),
        ({"stage": "lost"}, "lost"),
        ({"stage": "sent_opened"}, "pending"),
        ({"status": "sent"}, ""),
        ({}, ""),
    ],
)
def test_a_row_tells_its_status_by_name_or_stage(row: dict[str, Any], status: str) -> None:
    assert read_changed({**QUOTE, **row}).status == status
