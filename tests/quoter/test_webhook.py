import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.domain.quote import Discount, Line, Period, Quote, QuoteStatus
from integrations.errors import NotUnderstood
from integrations.quoter.webhook import classify, read_document, read_quote
from tests.quoter.payload import LINE, QUOTE, quote_data

D = Decimal


def read(*lines: dict[str, Any], **changes: Any) -> Quote:
    return read_quote(json.dumps(quote_data(*lines, **changes)))


def read_line(**changes: Any) -> Line:
    return read(changes).lines[0]


def test_read_quote_reads_the_captured_shape() -> None:
    quote = read()
    assert (quote.id, quote.number, quote.status, quote.parent_id) == ("9000001", "7", QuoteStatus.PENDING, "")
    assert quote.contact.email == "avery.sample@example.com"
    assert quote.contact.billing is not None
    assert (quote.contact.billing.region_code, quote.contact.billing.country_code) == ("IL", "US")
    assert quote.contact.shipping is None
    assert quote.expires_at == datetime(2025, 9, 14, 7, tzinfo=UTC)
    assert quote.owner.name == "Jordan Example"
    assert quote.stated.upfront == D("3075.00")
    assert quote.notes == ()
    (line,) = quote.lines
    assert (line.sku, line.supplier_sku, line.item_id) == ("CBL-C6-2M", "SUP-1001", "item_1")
    assert (line.quantity, line.unit_price, line.net, line.discount) == (3, D("1025.00"), D("3075.00"), 0)
    assert (line.period, line.counts, line.category.name) == (Period.ONCE, True, "Cabling")


def test_read_quote_can_be_stored_and_read_back() -> None:
    quote = read()
    assert Quote.model_validate_json(quote.model_dump_json()) == quote


@pytest.mark.parametrize("status", list(QuoteStatus))
def test_read_quote_reads_every_status_in_any_case(status: QuoteStatus) -> None:
    assert read(status=f" {status.value.title()} ").status is status


@pytest.mark.parametrize("empty", [None, [], {}, ""])
def test_read_quote_reads_php_nothings(empty: Any) -> None:
    quote = read(
        {"type": empty, "supplier": empty, "options": empty, "custom_fields": empty, "item_id": empty},
        **dict.fromkeys(
            ("taxes", "reseller", "custom_fields", "discount", "quote_owner", "currency", "form"), empty
        ),
        parent_quote_id=empty,
        expiry_date=empty,
        total=empty,
    )
    assert quote.notes == ()
    assert (quote.parent_id, quote.expires_at, quote.currency, quote.lines[0].item_id) == ("", None, "", "")


@pytest.mark.parametrize(
    ("changes", "net", "discount"),
    [
        ({"total": {"upfront": "3,075.00", "upfront_after_discount": "2,999.99"}}, "2999.99", "75.01"),
        ({"total": {"upfront": "3,075.00"}, "discount": "75.00"}, "3000", "75"),
        ({"total": {"upfront": "3,075.00"}, "discount": "10%"}, "2767.50", "307.50"),
        ({"total": {"upfront": "3,075.00"}, "discount": {"type": "percent", "value": "10"}}, "2767.50", "307.50"),
        ({"total": None}, "3075", "0"),
        ({"total": None, "discount": "75"}, "3000", "75"),
        ({"total": None, "unit_price": None}, "3075", "0"),
        ({"total": None, "unit_price": "", "base_unit_price": None}, "3075", "0"),
        ({"total": {"upfront_after_discount": "3,000.00"}, "unit_price": None, "base_unit_price": None,
          "base_price": None, "discount": "75"}, "3000", "75"),
        ({"total": None, "quantity": "1.5", "unit_price": "0.33"}, "0.50", "0"),
        ({"total": {"upfront": [], "upfront_after_discount": "5"}, "quantity": "0", "unit_price": "5"}, "5", "-5"),
    ],
)  # fmt: skip
def test_read_quote_takes_a_lines_net_from_the_best_source(
    changes: dict[str, Any], net: str, discount: str
) -> None:
    line = read_line(**changes)
    assert (line.net, line.discount) == (D(net), D(discount))


def test_read_quote_works_out_a_unit_price_that_is_not_sent() -> None:
    line = read_line(unit_price=None, base_unit_price=None, total={"upfront": "100.00"})
    assert line.unit_price == D("33.333333")


def test_read_quote_never_reads_a_line_without_any_amount_as_free() -> None:
    with pytest.raises(NotUnderstood, match="neither a price nor a total"):
        read_line(unit_price=None, base_unit_price=None, base_price=None, total=None)


@pytest.mark.parametrize(
    ("word", "months", "period"),
    [
        ("monthly", "1", Period.MONTHLY),
        ("Semi-Annually", "6", Period.HALF_YEARLY),
        ("quarterly", "1", Period.QUARTERLY),
        ("annually", "", Period.YEARLY),
        ("weekly", "1", Period.WEEKLY),
        ("months", "3", Period.QUARTERLY),
        ("month", "12", Period.YEARLY),
        ("month", "", Period.MONTHLY),
        ("", "6", Period.HALF_YEARLY),
    ],
)
def test_read_quote_reads_the_period_of_a_recurring_line(word: str, months: str, period: Period) -> None:
    quote = read({"recurring": "true"}, recurring_time_period_string=word, recurring_time_period=months)
    assert quote.lines[0].period is period


@pytest.mark.parametrize(
    ("word", "months"), [("daily", "1"), ("every two months", "1"), ("", ""), ("months", "5")]
)
def test_read_quote_does_not_guess_a_period(word: str, months: str) -> None:
    with pytest.raises(NotUnderstood, match="recurs"):
        read({"recurring": "true"}, recurring_time_period_string=word, recurring_time_period=months)
    assert read(recurring_time_period_string=word, recurring_time_period=months).lines[0].period is Period.ONCE


def test_read_quote_takes_recurring_totals_of_a_recurring_line() -> None:
    line = read_line(
        recurring=True, total={"upfront": "0.00", "recurring": "90.00", "recurring_after_discount": "80"}
    )
    assert (line.net, line.discount) == (80, 10)


@pytest.mark.parametrize(
    ("optional", "selected", "counts"),
    [(False, False, True), (True, False, False), (True, True, True), ("true", "0", False), ("1", "yes", True)],
)
def test_read_quote_counts_an_optional_line_only_when_selected(optional: Any, selected: Any, counts: bool) -> None:
    assert read_line(is_optional=optional, is_optional_selected=selected).counts is counts


def test_read_quote_keeps_what_it_does_not_know_as_notes() -> None:
    quote = read({"taxable": "true"}, module="Quotes", reseller={"name": "R"}, taxes=["x"], expiry_date="soon")
    assert {note.path for note in quote.notes} == {
        *("module", "line_items[0].taxable", "reseller", "taxes", "expiry_date"),
    }


@pytest.mark.parametrize(
    "moment",
    ["0000-00-00 00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "31/12/2025", "x" * 99],
)
def test_read_quote_goes_on_when_a_date_is_none(moment: str) -> None:
    assert read(expiry_date=moment).expires_at is None


@pytest.mark.parametrize("moment", ["2025-09-14T09:00:00+02:00", "2025-09-14 07:00:00", "2025-09-14T07:00:00Z"])
def test_read_quote_reads_dates_as_utc(moment: str) -> None:
    assert read(won_date=moment).won_at == datetime(2025, 9, 14, 7, tzinfo=UTC)


def test_read_quote_reads_numbered_lines_of_the_zapier_variant() -> None:
    data = quote_data(line_items={"1": {**LINE, "id": "1"}, "2": {**LINE, "id": "2"}})
    assert [line.id for line in read_quote(json.dumps(data)).lines] == ["1", "2"]


def test_read_quote_reads_a_whole_discount() -> None:
    assert read(discount={"type": "percent", "value": "5"}).discount == Discount(percent=D(5))


@pytest.mark.parametrize(
    ("lines", "changes", "subject"),
    [
        ([], {"status": "published"}, "status"),
        ([], {"id": None}, "id"),
        ([], {"number": ""}, "number"),
        ([], {"person": None}, "person"),
        ([], {"shipping": "1,5"}, "shipping"),
        ([], {"line_items": "x"}, "line_items"),
        ([{"quantity": "1,5"}], {}, "line_items.0.quantity"),
        ([{"quantity": None}], {}, "line_items.0.quantity"),
        ([{"quantity": 1e300}], {}, "line_items.0.quantity"),
        ([{"unit_price": "free"}], {}, "line_items.0.unit_price"),
        ([{"recurring": "maybe"}], {}, "line_items.0.recurring"),
        ([{"id": "1"}, {"id": "1"}], {}, "line_items.id"),
    ],
)
def test_read_quote_names_the_field_that_does_not_fit(
    lines: list[dict[str, Any]], changes: dict[str, Any], subject: str
) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(*lines, **changes)
    assert caught.value.subject == subject


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "1", '"quote"', "{}", '{"line_items": null}', '{"a": NaN}'),
        '{"a": 1e9999999999999999999}',
        *('{"a":' * 5000, "[" * 100_000, "\ufeff{}", '{"a": ' + "9" * 5000 + "}"),
        '{"line_items": [], "name": "\\u0000"}',
        '{"line_items": [], "custom_fields": {"\\ud800": "x"}}',
        '{"line_items": [], "custom_fields": ' + "[" * 500 + "]" * 500 + "}",
    ],
)  # fmt: skip
def test_read_quote_understands_only_quotes(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_quote(text)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (QUOTE, "quote"),
        (QUOTE["person"], "person"),
        ({"person": QUOTE["person"]}, "person"),
        ({"payment_method": "card", "amount": "5"}, "payment"),
        ({"amount": "5", "quote_id": "1"}, "payment"),
        ({"amount": "5"}, "unknown"),
        ([], "unknown"),
        ("x", "unknown"),
        (None, "unknown"),
    ],
)
def test_classify_tells_the_kind_by_its_keys(document: Any, kind: str) -> None:
    assert classify(document) == kind


def test_read_document_keeps_decimals_exact() -> None:
    assert read_document('{"a": 0.1}') == {"a": D("0.1")}


# Whatever single thing Quoter sends otherwise: either it is read, or the portal says what it does not understand.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["1,000.00", "true", "1e99", "9999-12-31", "monthly", "\x00", "\ud800", "9" * 30, "%", "-5%"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "amount", "id", "upfront", "1", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(st.sampled_from([*QUOTE, "unheard_of"]), JSON, max_size=3),
    st.lists(st.dictionaries(st.sampled_from([*LINE, "unheard_of"]), JSON, max_size=4), max_size=3),
)
def test_read_quote_never_fails_otherwise_on_generated_quotes(
    changes: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    data = quote_data(*lines, **changes)
    try:
        quote = read_quote(json.dumps(data))
    except NotUnderstood as error:
        assert error.user_message
        return
    stored = quote.model_dump_json()
    assert Quote.model_validate_json(stored) == quote
    assert "\\u0000" not in stored
    assert all(line.net.is_finite() and line.unit_price.is_finite() for line in quote.lines)


@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_read_document_never_fails_otherwise_on_any_text(text: str) -> None:
    with suppress(NotUnderstood):
        read_quote(text)
