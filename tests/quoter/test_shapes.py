from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.quote import Discount, Tax
from integrations.quoter.shapes import read_custom_fields, read_discount, read_options, read_taxes

D = Decimal
NOTHING = [None, "", [], {}]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "value", "amount", "total", "rate", "percent", "type", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("value", [*NOTHING, "0.00", 0, False])
def test_read_discount_finds_nothing(value: Any) -> None:
    assert read_discount(value) == (None, "")


@pytest.mark.parametrize(
    ("value", "discount"),
    [
        ("1,050.00", Discount(amount=D("1050.00"))),
        (50, Discount(amount=D(50))),
        ("10%", Discount(percent=D(10))),
        (" 7.5 % ", Discount(percent=D("7.5"))),
        ({"amount": "50.00"}, Discount(amount=D("50.00"))),
        ({"type": "percent", "value": "10"}, Discount(percent=D(10))),
        ({"input_type": "percentage", "amount": "10"}, Discount(percent=D(10))),
        ({"unit": "%", "value": 10}, Discount(percent=D(10))),
        ({"percentage": "10"}, Discount(percent=D(10))),
        ({"type": "amount", "value": "10"}, Discount(amount=D(10))),
    ],
)
def test_read_discount_reads_every_likely_shape(value: Any, discount: Discount) -> None:
    assert read_discount(value) == (discount, "")


@pytest.mark.parametrize("value", ["abc", "x%", {"foo": 1}, [1], True, {"amount": {}}])
def test_read_discount_says_what_it_does_not_understand(value: Any) -> None:
    found, doubt = read_discount(value)
    assert found is None
    assert doubt


@pytest.mark.parametrize(
    ("value", "taxes"),
    [
        *[(nothing, ()) for nothing in NOTHING],
        ([{"name": "GST", "rate": "5", "amount": "1,000.50"}], (Tax(name="GST", rate=D(5), amount=D("1000.50")),)),
        ({"GST": "5.00", "PST": "7.00"}, (Tax(name="GST", amount=D(5)), Tax(name="PST", amount=D(7)))),
        ({"tax_1": {"label": "GST", "total": "5.00"}}, (Tax(name="GST", amount=D(5)),)),
        ({"name": "GST", "amount": "5.00"}, (Tax(name="GST", amount=D(5)),)),
        ("5.00", (Tax(amount=D(5)),)),
    ],
)
def test_read_taxes_reads_every_likely_shape(value: Any, taxes: tuple[Tax, ...]) -> None:
    assert read_taxes(value) == (taxes, "")


def test_read_taxes_counts_what_it_does_not_understand() -> None:
    taxes, doubt = read_taxes([{"name": "GST", "amount": "5"}, {"name": "PST"}, "abc"])
    assert [tax.name for tax in taxes] == ["GST"]
    assert doubt.startswith("2 ")


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        *[(nothing, {}) for nothing in NOTHING],
        ([{"name": "PO", "value": "77"}, {"label": "Opp", "answer": 5}], {"PO": "77", "Opp": "5"}),
        ({"PO": "77", "Opp": None}, {"PO": "77", "Opp": ""}),
        ({"field_1": {"name": "PO", "value": ["a", "b"]}}, {"PO": "a, b"}),
        ([{"name": "PO", "value": None}], {"PO": ""}),
    ],
)
def test_read_custom_fields_reads_every_likely_shape(value: Any, fields: dict[str, str]) -> None:
    assert read_custom_fields(value) == (fields, "")


@pytest.mark.parametrize(
    "value",
    ["abc", 5, [None], [{"name": "PO"}], [{"value": "x"}], {"PO": {"a": 1}}, [{"name": "A", "value": "1"}] * 2],
)
def test_read_custom_fields_says_what_it_does_not_understand(value: Any) -> None:
    assert read_custom_fields(value)[1].startswith("1 ")


@pytest.mark.parametrize(
    ("value", "options"),
    [
        *[(nothing, ()) for nothing in NOTHING],
        ([{"name": "Colour", "value": "Red"}], ("Colour: Red",)),
        ({"Colour": "Red", "Size": "L"}, ("Colour: Red", "Size: L")),
        (["Red"], ("Red",)),
        ("Red", ("Red",)),
        ([{"id": 5}], ("{'id': 5}",)),
    ],
)
def test_read_options_shows_every_shape(value: Any, options: tuple[str, ...]) -> None:
    assert read_options(value) == options


@given(JSON)
def test_shapes_never_fail_and_never_drop_in_silence(value: Any) -> None:
    for reader in (read_discount, read_taxes, read_custom_fields):
        found, doubt = reader(value)
        assert found or doubt or value in (*NOTHING, False, 0) or reader is read_discount
    assert read_options(value) or value in NOTHING
