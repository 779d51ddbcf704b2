"""Another connector that carries quotes into Halo, such as Halo's own: for running the portal beside it.

What it writes is a guess [U]: title, user, opportunity and lines; not the portal's markers.
"""

from typing import Any

from integrations.simulator.halo import Halo
from integrations.simulator.halo.tables import Row
from integrations.simulator.quoter.lines import Line
from integrations.simulator.quoter.quotes import WON, Quote

_PERIODS = {"monthly": 2, "annually": 3}


def carry_over(
    halo: Halo,
    quote: Quote,
    *,
    ticket_id: int,
    numbered: bool = True,
    leave_out: list[str] | None = None,
    prices: dict[str, float] | None = None,
    sells: bool = True,
) -> Row:
    """Make the Halo quote of a Quoter quote, and its sales order where it is won; return the Halo quote.

    `numbered` writes Quoter's number on it; `leave_out` and `prices` (both by line name) are its mistakes.
    """
    with halo.lock:
        opportunity = halo.opportunities[ticket_id]
        lines = [line for line in quote.lines if line.counts and line.name not in (leave_out or ())]
        element: dict[str, Any] = {
            "ticket_id": ticket_id,
            "user_id": opportunity["user_id"],
            "title": quote.name,
            "third_party_number": str(quote.number) if numbered else "",
            "lines": [_line(halo, line, (prices or {}).get(line.name), quote) for line in lines],
        }
        made: Row = halo.save_directly("quotation", element)
        if sells and quote.status in WON:
            halo.save_directly("salesorder", {"quotation_id": made["id"], "ticket_id": ticket_id})
    return made


def _line(halo: Halo, line: Line, price: float | None, quote: Quote) -> dict[str, Any]:
    known = (item for item in halo.items.values() if line.sku and item["supplier_part_code"] == line.sku)
    unit = float(line.net / line.quantity) if line.quantity else float(line.unit_price)
    item = next(known, None) or halo.add_item(
        line.name, line.sku, baseprice=float(line.unit_price), isrecurringitem=line.recurring
    )
    return {
        "item_id": item["id"],
        "name": line.name,
        "productcode": line.sku,
        "quantity": float(line.quantity),
        "price": unit if price is None else price,
        "costprice": float(line.unit_cost),
        "billingperiod": _PERIODS.get(quote.interval, 2) if line.recurring else 0,
    }
