"""Amounts by how often they are due, as the ScalePad API shows them on lines, sections and quotes.

One captured draft is all that is known. What was null in it stays null where nothing has to be said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.simulator.quoter.encoding import CENT
from integrations.simulator.quoter.lines import ZERO, Line
from integrations.simulator.quoter.payload import quote_discount
from integrations.simulator.quoter.quotes import INTERVALS, Quote

Row = dict[str, Any]
ONE_TIME, UPFRONT = "one_time", "upfront"
# Amounts for these are always there, for the others only where a line has them.
_ALWAYS = ("monthly", ONE_TIME, UPFRONT)
FREQUENCIES = ("annual", "monthly", ONE_TIME, "quarterly", "semi_annual", UPFRONT)
_BY_INTERVAL = {"semi_annually": "semi_annual", "annually": "annual"}


@dataclass
class Amounts:
    """Sums of lines: before and after discounts, and what they cost."""

    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """After discounts."""
        return self.subtotal - self.discount

    def add(self, line: Line) -> None:
        """Add a line."""
        self.subtotal += line.price
        self.discount += line.discount
        self.cost += line.cost


def decimal(value: Decimal) -> str:
    """Write an amount: no thousands separator, two decimals."""
    return f"{value.quantize(CENT):.2f}"


def frequency(line: Line, quote: Quote) -> str:
    """Return how often a line is due. "weekly" is no frequency of the captured quote [U]."""
    if not line.recurring:
        return ONE_TIME
    own = line.recurring_time_period_string
    interval = next((name for name, words in INTERVALS.items() if own in (name, *words[1:])), quote.interval)
    return _BY_INTERVAL.get(interval, interval)


def add_up(lines: Iterable[Line], quote: Quote) -> dict[str, Amounts]:
    """Return the sums by frequency; what is due upfront are the one-time lines."""
    sums = {name: Amounts() for name in _ALWAYS}
    for line in lines:
        name = frequency(line, quote)
        sums.setdefault(name, Amounts()).add(line)
        if name == ONE_TIME:
            sums[UPFRONT].add(line)
    return sums


def show_line_totals(line: Line, quote: Quote) -> Row:
    """Return a line's totals."""
    return _by_frequency(add_up([line], quote), _line_amounts)


def show_section_totals(lines: Iterable[Line], quote: Quote) -> Row:
    """Return a section's totals; optional lines that were not chosen do not count."""
    counted = [line for line in lines if line.counts]
    return {**_by_frequency(add_up(counted, quote), _section_amounts), "taxes": None}


def show_quote_totals(quote: Quote) -> Row:
    """Return a quote's totals: with its own discount, taxes, and the shipping beside them."""
    sums = add_up((line for line in quote.lines if line.counts), quote)
    tax = _tax(quote)
    for name in (ONE_TIME, UPFRONT):
        sums[name].discount += quote_discount(quote)
    shown = {
        name: None
        if name not in sums
        else _quote_amounts(name, sums[name], tax if name in (ONE_TIME, UPFRONT) else ZERO)
        for name in (*FREQUENCIES, *(name for name in sums if name not in FREQUENCIES))
    }
    taxes = quote.taxes if isinstance(quote.taxes, list) else []
    return {
        **shown,
        "shipping_decimal": decimal(quote.shipping) if quote.shipping else None,
        "taxes": [
            {"name": tax.get("name"), "rate_decimal": tax.get("rate"), "amount_decimal": str(tax.get("amount"))}
            for tax in taxes
        ]
        or None,
    }


def _by_frequency(sums: dict[str, Amounts], show: Any) -> Row:
    names = (*FREQUENCIES, *(name for name in sums if name not in FREQUENCIES))
    return {name: show(sums[name]) if name in sums else None for name in names}


def _line_amounts(amounts: Amounts) -> Row:
    return {
        "cost_decimal": decimal(amounts.cost),
        "discount_decimal": decimal(amounts.discount),
        "discounted_subtotal_decimal": decimal(amounts.net) if amounts.discount else None,
        "margin_decimal": decimal(amounts.net - amounts.cost),
        "subtotal_decimal": decimal(amounts.subtotal),
    }


def _section_amounts(amounts: Amounts) -> Row:
    return {
        **_line_amounts(amounts),
        "discounted_subtotal_decimal": decimal(amounts.net),
        "tax_total_decimal": None,
        "total_decimal": None,
    }


def _quote_amounts(name: str, amounts: Amounts, tax: Decimal) -> Row:
    """A quote says null where a section says 0.00, except for the total."""
    net = amounts.net
    return {
        "cost_decimal": _or_null(amounts.cost),
        "discount_decimal": _or_null(amounts.discount),
        "discounted_subtotal_decimal": _or_null(net),
        "margin_decimal": _or_null(net - amounts.cost),
        "subtotal_decimal": _or_null(amounts.subtotal),
        "tax_total_decimal": _or_null(tax),
        "total_decimal": decimal(net + tax),
        "upfront_payments": None if name in (ONE_TIME, UPFRONT) else "0",
    }


def _or_null(value: Decimal) -> str | None:
    return decimal(value) if value else None


def _tax(quote: Quote) -> Decimal:
    """Sum the taxes where they are the list that the simulator takes; another shape has no sum."""
    rows = quote.taxes if isinstance(quote.taxes, list) else []
    return sum((Decimal(str(row.get("amount", 0))) for row in rows if isinstance(row, dict)), ZERO)
