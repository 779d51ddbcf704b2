"""Money is Decimal in the quote's currency. One rounding rule, written here and used everywhere."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")

# "2,575.00": commas group thousands, a point starts the decimals (quoter.md 1.6). A lone comma group such as
# "1,5" fits neither reading and is refused rather than guessed.
_NUMBER = re.compile(r"[+-]?([0-9]{1,3}([,\u00a0][0-9]{3})+|[0-9]+)?(\.[0-9]+)?")
# Beyond these no amount is real, and arithmetic on it would overflow, lose digits or take for ever.
_MOST_DIGITS, _MOST_WHOLE_DIGITS, _MOST_DECIMALS = 40, 12, 30


# Wide enough for the product of any two amounts: the usual 28 digits make `quantize` fail on long ones.
_WIDE = Context(prec=120)


class NotAnAmount(ValueError):
    """The text is no number the portal can read without guessing."""


def parse_amount(value: object) -> Decimal:
    """Read an amount as Quoter and Halo write it: "2,575.00", "3", 45, 66.67, "". Empty and null are zero."""
    if value is None or value == "":
        return ZERO
    if isinstance(value, bool):
        raise NotAnAmount("a yes/no value where an amount belongs")
    if isinstance(value, Decimal):
        return _bounded(value)
    if isinstance(value, int | float):
        return _bounded(Decimal(value) if isinstance(value, int) else Decimal(str(value)))
    if not isinstance(value, str):
        raise NotAnAmount(f"{type(value).__name__} where an amount belongs")
    text = value.strip()
    if not text:
        return ZERO
    if not _NUMBER.fullmatch(text) or not any(c.isdigit() for c in text):
        raise NotAnAmount(f"“{text[:40]}” is not an amount")
    return _bounded(Decimal(text.replace(",", "").replace("\u00a0", "")))


def _bounded(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise NotAnAmount("not a number where an amount belongs")
    if not amount:
        return amount if -_MOST_DECIMALS <= amount.adjusted() <= 0 else ZERO
    if (
        len(amount.as_tuple().digits) > _MOST_DIGITS
        or not -_MOST_DECIMALS <= amount.adjusted() < _MOST_WHOLE_DIGITS
    ):
        raise NotAnAmount("a number out of all proportion where an amount belongs")
    return amount


def round_money(amount: Decimal, places: int = 2) -> Decimal:
    """Round half away from zero to `places` decimals: the only rounding in the portal.

    Invoices are rounded this way; banker's rounding would differ from both systems on every exact half cent.
    """
    quantum = Decimal(1).scaleb(-places)
    rounded = amount.quantize(quantum, rounding=ROUND_HALF_UP, context=_WIDE)
    return rounded if rounded else abs(rounded)  # never "-0.00"


def show_money(amount: Decimal, currency: str = "") -> str:
    """Write an amount for people: 2,575.00 USD."""
    text = f"{round_money(amount):,.2f}"
    return f"{text} {currency}".strip()
