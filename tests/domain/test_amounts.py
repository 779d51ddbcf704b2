"""Every amount of the quote sits on a line, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.amounts import allocate, discount_is_due, quote_for_halo, stated_total_is_explained
from integrations.domain.money import round_money
from integrations.domain.quote import Discount, LineKind, Period, Quote, StatedTotals, Tax
from tests.domain.builders import make_line, make_quote, make_rules

D = Decimal
CENTS = st.decimals(min_value=D("0.01"), max_value=D("99999.99"), places=2)


def two_lines(**changes: object) -> Quote:
    """A quote of 75.00 and 25.01."""
    return make_quote(make_line("1"), make_line("2", name="Rack", quantity=D(1), unit_price=D("25.01")), **changes)


@given(amount=CENTS, weights=st.lists(CENTS, min_size=1, max_size=40))
def test_allocate_gives_whole_cents_that_add_up(amount: Decimal, weights: list[Decimal]) -> None:
    shares = allocate(amount, weights)
    assert sum(shares) == amount
    assert all(share == round_money(share) for share in shares)
    total = sum(weights)
    assert all(abs(s - amount * w / total) < D("0.01") for s, w in zip(shares, weights, strict=True))


def test_allocate_knows_nothing_to_give() -> None:
    assert allocate(D(5), [D(0), D(0)]) == [0, 0]
    assert allocate(D("-0.03"), [D(1), D(1)]) == [D("-0.02"), D("-0.01")]


@given(amount=CENTS, prices=st.lists(CENTS, min_size=1, max_size=12))
def test_spread_discount_leaves_the_exact_total(amount: Decimal, prices: list[Decimal]) -> None:
    lines = [make_line(str(i), quantity=D(1), unit_price=price) for i, price in enumerate(prices)]
    quote = make_quote(*lines, discount=Discount(amount=amount))
    settled = quote_for_halo(quote, make_rules())
    assert settled.total(Period.ONCE) == quote.total(Period.ONCE) - amount


def test_percentage_takes_off_every_period() -> None:
    monthly = make_line("2", period=Period.MONTHLY, quantity=D(1), unit_price=D("99.99"))
    quote = make_quote(make_line("1"), monthly, discount=Discount(percent=D(10)))
    settled = quote_for_halo(quote, make_rules())
    assert settled.total(Period.ONCE) == D("67.50")
    assert settled.total(Period.MONTHLY) == D("89.99")


def test_discount_of_a_line_of_its_own() -> None:
    quote = two_lines(discount=Discount(amount=D("10.00")))
    settled = quote_for_halo(quote, make_rules(policy={"quote_discount": "line"}))
    assert [(line.kind, line.net) for line in settled.lines][2:] == [(LineKind.DISCOUNT, D("-10.00"))]
    assert settled.total(Period.ONCE) == D("90.01")


def test_discount_without_a_line_to_take_it_off_is_not_lost() -> None:
    quote = make_quote(make_line("1", optional=True), discount=Discount(amount=D("10.00")))
    assert quote_for_halo(quote, make_rules()).total(Period.ONCE) == D("-10.00")


def test_shipping_becomes_a_line_whose_id_outlives_revisions() -> None:
    quote = two_lines(shipping=D("12.50"))
    settled = quote_for_halo(quote, make_rules())
    assert [(line.id, line.name, line.net) for line in settled.lines][2:] == [("shipping", "Shipping", D("12.50"))]


def test_shipping_is_left_out_where_the_policy_says_so() -> None:
    quote = two_lines(shipping=D("12.50"))
    assert quote_for_halo(quote, make_rules(policy={"shipping": "leave_out"})).lines == quote.lines


@pytest.mark.parametrize(
    ("stated", "due"),
    [
        (None, True),
        ("90.01", True),  # the lines are without it
        ("100.01", False),  # they have it already
        ("102.51", True),  # with shipping, after the discount
        ("112.51", False),  # with shipping, the lines have it already
        ("12.34", True),  # nothing explains it: the plain reading
    ],
)
def test_discount_is_taken_off_once_as_the_stated_total_shows(stated: str | None, due: bool) -> None:
    totals = StatedTotals(upfront=D(stated) if stated else None)
    quote = two_lines(discount=Discount(amount=D("10.00")), shipping=D("12.50"), stated=totals)
    assert discount_is_due(quote) is due


@pytest.mark.parametrize(
    ("stated", "explained"),
    [(None, True), ("100.01", True), ("112.51", True), ("107.01", True), ("119.51", True), ("100.02", False)],
)
def test_stated_total_is_explained_with_and_without_shipping_and_tax(stated: str | None, explained: bool) -> None:
    totals = StatedTotals(upfront=D(stated) if stated else None)
    quote = two_lines(shipping=D("12.50"), taxes=(Tax(name="VAT", amount=D("7.00")),), stated=totals)
    assert stated_total_is_explained(quote) is explained


def test_optional_lines_are_left_out_or_offered() -> None:
    quote = make_quote(make_line("1"), make_line("2", optional=True), make_line("3", optional=True, selected=True))
    assert [line.id for line in quote_for_halo(quote, make_rules()).sent_lines] == ["1", "3"]
    sent = quote_for_halo(quote, make_rules(policy={"send_optional_lines": True}))
    assert [(line.id, line.offered) for line in sent.sent_lines] == [("1", False), ("2", True), ("3", False)]
    assert sent.total(Period.ONCE) == quote.total(Period.ONCE)


def test_quote_without_any_of_it_stays_as_it_is() -> None:
    quote = two_lines()
    assert quote_for_halo(quote, make_rules()) == quote


def test_total_of_exact_amounts_may_differ_from_the_sum_of_rounded_lines() -> None:
    odd = [make_line(str(n), quantity=D("1.5"), unit_price=D("0.33")) for n in range(2)]
    # 0.495 twice: each line is stated as 0.50, the total as 0.99.
    assert stated_total_is_explained(make_quote(*odd, stated=StatedTotals(upfront=D("0.99"))))
    assert not stated_total_is_explained(make_quote(*odd, stated=StatedTotals(upfront=D("0.97"))))
