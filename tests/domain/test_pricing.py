from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.domain.money import round_money
from integrations.domain.pricing import price_line

D = Decimal
CENTS = st.decimals(min_value=-(10**7), max_value=10**9, places=2)
PRICES = st.decimals(min_value=0, max_value=10**7, places=5)
QUANTITIES = st.one_of(
    st.integers(min_value=0, max_value=100_000).map(Decimal),
    st.decimals(min_value=D("0.001"), max_value=10_000, places=3),
    st.integers(min_value=-500, max_value=-1).map(Decimal),
)


@given(CENTS, QUANTITIES, PRICES, st.integers(min_value=2, max_value=6))
@example(D("290.00"), D(3), D("100"), 2)
@example(D("49871.04"), D(373), D(0), 4)
@example(D("50.00"), D(0), D("100"), 4)
@example(D("0.01"), D(100_000), D(0), 2)
@example(D("-0.01"), D(3), D(0), 2)
def test_price_line_adds_up_to_net_to_the_cent(net: D, quantity: D, unit_price: D, places: int) -> None:
    parts = price_line(net, quantity=quantity, unit_price=unit_price, places=places)
    assert sum(round_money(part.quantity * part.price) for part in parts) == net
    # Halo keeps so many decimals: a longer price would be another price there.
    assert all(part.price == round_money(part.price, places) for part in parts)
    assert 1 <= len(parts) <= 2


@given(CENTS, st.integers(min_value=1, max_value=100_000), PRICES)
def test_price_line_keeps_whole_quantities(net: D, quantity: int, unit_price: D) -> None:
    parts = price_line(net, quantity=D(quantity), unit_price=unit_price, places=2)
    assert sum(part.quantity for part in parts) == quantity


@pytest.mark.parametrize(
    ("net", "quantity", "unit_price", "places", "parts"),
    [
        ("75.00", "3", "25.00", 4, [("3", "25")]),
        ("67.50", "3", "25.00", 4, [("3", "22.5")]),
        ("10.00", "3", "3.34", 4, [("3", "3.3333")]),
        ("290.00", "3", "100.00", 2, [("1", "96.66"), ("2", "96.67")]),
        ("-10.00", "3", "0", 2, [("2", "-3.33"), ("1", "-3.34")]),
        ("1.25", "1000", "0.00125", 4, [("875", "0"), ("125", "0.01")]),
        ("0.00", "3", "25.00", 4, [("3", "0")]),
        ("0", "0", "25.00", 4, [("0", "25")]),
        ("50.00", "0", "25.00", 4, [("1", "50")]),
        ("100.01", "1000.5", "0.1", 2, [("1", "100.01")]),
    ],
)
def test_price_line_splits_only_where_it_must(
    net: str, quantity: str, unit_price: str, places: int, parts: list[tuple[str, str]]
) -> None:
    found = price_line(D(net), quantity=D(quantity), unit_price=D(unit_price), places=places)
    assert [(part.quantity, part.price) for part in found] == [(D(q), D(p)) for q, p in parts]
