"""What Quoter's API knows of a quote and its webhook does not: sections, taxable flags, a period for each line.

The webhook's amounts stay as they are: they were signed. Source of the shape: quoter.md 2.2.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from integrations.domain.money import ZERO, NotAnAmount, parse_amount
from integrations.domain.quote import Line, Note, Period, Quote
from integrations.domain.text import fold

Row = Mapping[str, Any]
_FREQUENCIES = {
    "monthly": Period.MONTHLY,
    "quarterly": Period.QUARTERLY,
    "semi_annual": Period.HALF_YEARLY,
    "annual": Period.YEARLY,
}


def enrich(quote: Quote, row: Row) -> Quote:
    """Return the quote with what the API's record adds; a line that cannot be told apart stays as it is."""
    found = [
        (section, line) for section in _rows(row.get("sections")) for line in _rows(section.get("line_items"))
    ]
    lines = []
    for line in quote.lines:
        hit = next((pair for pair in found if _same(line, pair[1])), None)
        if hit is None:
            lines.append(line)
            continue
        found.remove(hit)
        lines.append(_add(line, section=hit[0], row=hit[1]))
    notes = [*quote.notes, *_notes(quote.model_copy(update={"lines": tuple(lines)}), row)]
    if found:
        names = ", ".join(str(line.get("name")) for _, line in found[:3])
        notes.append(Note(path="API lines", text=f"stand in Quoter's API and not in the webhook: {names}"))
    return quote.model_copy(update={"lines": tuple(lines), "notes": tuple(notes)})


def _same(line: Line, row: Row) -> bool:
    """Compare by value: the two sides' line ids have nothing in common."""
    return (
        fold(line.name) == fold(str(row.get("name") or ""))
        and fold(line.sku) == fold(str(row.get("code") or ""))
        and _amount(row.get("quantity_decimal")) == line.quantity
        and _amount(row.get("unit_price_decimal")) == line.unit_price
    )


def _add(line: Line, *, section: Row, row: Row) -> Line:
    update: dict[str, Any] = {"section": str(section.get("name") or "").strip()}
    if isinstance(row.get("taxable"), bool):
        update["taxable"] = row["taxable"]
    periods = _periods(row.get("totals"))
    # Only a recurring line is made more precise: whether a line recurs is the webhook's to say.
    if line.recurring and len(periods) == 1:
        update["period"] = periods[0]
    return line.model_copy(update=update)


def _periods(totals: Any) -> list[Period]:
    if not isinstance(totals, Mapping):
        return []
    return [period for name, period in _FREQUENCIES.items() if _subtotal(totals.get(name))]


def _subtotal(total: Any) -> Decimal:
    return _amount(total.get("subtotal_decimal")) if isinstance(total, Mapping) else ZERO


def _notes(quote: Quote, row: Row) -> Iterable[Note]:
    """Hold the API's totals for each frequency against the lines, where it states them."""
    totals = row.get("totals")
    if not isinstance(totals, Mapping):
        return
    for name, period in _FREQUENCIES.items():
        stated = totals.get(name)
        wanted = stated.get("discounted_subtotal_decimal") if isinstance(stated, Mapping) else None
        # An amount of nothing is what Quoter writes where there is nothing [V].
        if wanted not in (None, "") and _amount(wanted) != quote.total(period):
            text = f"says {wanted} {period.label}, but the lines come to {quote.total(period):.2f}"
            yield Note(path=f"API totals.{name}", text=text)


def _rows(value: Any) -> list[Row]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _amount(value: Any) -> Decimal:
    try:
        return parse_amount(value)
    except NotAnAmount:
        return ZERO
