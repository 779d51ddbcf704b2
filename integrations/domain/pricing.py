"""Unit prices for Halo such that quantity × price is the line's net to the cent.

Halo keeps one discount column whose relation to price is unverified (halo.md 3.4), so a line goes over with a
price that is already discounted. A discount rarely divides evenly: 3 × ? = 290.00.
"""

from decimal import Decimal

from integrations.domain.money import CENT, round_money
from integrations.domain.record import Record


class PricedPart(Record):
    """A quantity at a unit price."""

    quantity: Decimal
    price: Decimal


def price_line(net: Decimal, *, quantity: Decimal, unit_price: Decimal, places: int) -> tuple[PricedPart, ...]:
    """Return parts whose totals, each rounded to the cent, add up to `net` to the cent.

    One part wherever a price of at most `places` decimals can do it; two for whole quantities that need a
    cent more on some units; and, where nothing else is exact, a single unit at the whole net.
    """
    # A price with more decimals than Halo keeps would be rounded there: 1,000 × 0.00125 became 1,000 × 0.0013.
    if quantity * unit_price == net and unit_price == round_money(unit_price, places):
        return (PricedPart(quantity=quantity, price=unit_price),)
    if quantity == 0:
        return (PricedPart(quantity=Decimal(1 if net else 0), price=net),)
    price = round_money(net / quantity, places)
    if round_money(price * quantity) == round_money(net):
        return (PricedPart(quantity=quantity, price=price),)
    if quantity == quantity.to_integral_value() and quantity > 1 and net == round_money(net):
        # Whole cents, whatever `places` allows: parts of finer prices would each be rounded, and no longer add up.
        each, left = divmod(net / CENT, quantity)  # truncates towards zero, so `left` keeps the sign of net
        more = abs(left)
        step = CENT if net > 0 else -CENT
        parts = ((quantity - more, each * CENT), (more, each * CENT + step))
        return tuple(PricedPart(quantity=q, price=p) for q, p in parts if q)
    return (PricedPart(quantity=Decimal(1), price=net),)
