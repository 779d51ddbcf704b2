from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.money import NotAnAmount, parse_amount, round_money, show_money

AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=4)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2,575.00", "2575.00"),
        ("1,234,567.8", "1234567.8"),
        ("3", "3"),
        (" 12.50 ", "12.50"),
        ("-0.5", "-0.5"),
        (".5", "0.5"),
        ("1\u00a0500.00", "1500.00"),
        ("", "0"),
        ("   ", "0"),
        (None, "0"),
        (45, "45"),
        (66.67, "66.67"),
        (Decimal("66.7"), "66.7"),
    ],
)
def test_parse_amount_reads_what_both_systems_write(text: object, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *("1,5", "1.500,00", "12,34.00", ",500", "1,,000", "5.", ".", "-", "$25", "25 USD", "1 000", "(25.00)"),
        *("1\u00a05", "NaN", "Infinity", "1e5", "0x10", "٣", "²", "abc", True, False, [], {}, b"5"),
        *(float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
        *(Decimal("1E+999999"), Decimal("1E-999999"), 10**12, "9" * 41, "0." + "1" * 50),
    ],
)
def test_parse_amount_refuses_when_it_would_have_to_guess(text: object) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text)


@given(AMOUNTS)
def test_parse_amount_gives_back_what_was_written(amount: Decimal) -> None:
    assert parse_amount(f"{amount:,.4f}") == amount
    assert parse_amount(str(amount)) == amount


@given(
    st.one_of(st.text(), st.floats(), st.integers(), st.decimals(), st.booleans(), st.none(), st.lists(st.none()))
)
def test_parse_amount_never_fails_otherwise_on_anything(value: object) -> None:
    try:
        amount = parse_amount(value)
    except NotAnAmount:
        return
    assert amount.is_finite()
    round_money(amount * amount)  # any two amounts can be multiplied and rounded


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("2.675", "2.68"),
        ("-0.005", "-0.01"),
        ("0.0049", "0.00"),
        ("-0.001", "0"),
    ],
)
def test_round_money_rounds_half_away_from_zero(amount: str, rounded: str) -> None:
    result = round_money(Decimal(amount))
    assert result == Decimal(rounded)
    assert str(result) != "-0.00"


@given(AMOUNTS, st.integers(min_value=2, max_value=6))
def test_round_money_is_stable_and_close(amount: Decimal, places: int) -> None:
    rounded = round_money(amount, places)
    assert round_money(rounded, places) == rounded
    assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-places)
    assert round_money(-amount, places) == -rounded


def test_show_money_writes_for_people() -> None:
    assert show_money(Decimal("2575"), "USD") == "2,575.00 USD"
    assert show_money(Decimal("-0.001")) == "0.00"
