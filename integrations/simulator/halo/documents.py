"""Quotes and sales orders: the sums that Halo works out, and the names it fills in from ids."""

from decimal import Decimal
from typing import Any

from integrations.simulator.halo.tables import Row, Tables

_NOISE = 6


def decimal(value: Any) -> Decimal:
    """Read a number that Halo holds as a float."""
    return Decimal(str(value or 0))


def _float(value: Decimal) -> float:
    return float(round(value, _NOISE))


def price_line(halo: Tables, line: Row, *, recalculate_tax: bool) -> None:
    """Fill a line's sums from its quantity, price, discount and tax; price is the unit before its discount."""
    quantity, price, discount = decimal(line["quantity"]), decimal(line["price"]), decimal(line.get("discount"))
    cost = decimal(line.get("costprice"))
    net = price - discount
    if recalculate_tax:
        line["tax"] = _float(net * decimal(halo.taxes[1]["value"]) / 100)
    tax = decimal(line.get("tax"))
    line |= {
        "quantity": _float(quantity),
        "price": _float(price),
        "costprice": _float(cost),
        "discount": _float(discount),
        "discount_perc": _float(discount * 100 / price) if price else 0.0,
        "tax": _float(tax),
        "net_total": _float(net),
        "profit": _float(net - cost),
        "profit_percentage": float(round((net - cost) * 100 / net, 2)) if net else 0.0,
        "total_price": _float(price * quantity),
        "total_net_total": _float(net * quantity),
        "total_tax": _float(tax * quantity),
        "total_discount": _float(discount * quantity),
        "total_costprice": _float(cost * quantity),
        "total_profit": _float((net - cost) * quantity),
    }


def sum_up(halo: Tables, document: Row) -> None:
    """Work out a quote's or sales order's sums again, from its lines as they stand."""
    # Tax needs a site to resolve through.
    again = "recalculate-tax" in halo.quirks and bool(document.get("site_id"))
    for line in document["lines"]:
        price_line(halo, line, recalculate_tax=again)
    counted = [line for line in document["lines"] if not line.get("optional") and not line.get("isgroupdesc")]
    sums = {
        key: sum((decimal(line[key]) for line in counted), Decimal(0))
        for key in ("total_net_total", "total_tax", "total_costprice")
    }
    revenue, tax, cost = (round(value, 2) for value in sums.values())
    document |= {
        "revenue": float(revenue),
        "tax_total": float(tax),
        "total": float(revenue + tax),
        "cost": float(cost),
        "profit": float(revenue - cost),
    }


def name_people(halo: Tables, row: Row) -> None:
    """Fill the names of the user, site and client that a row's ids mean."""
    for key, table in (("user", halo.users), ("site", halo.sites), ("client", halo.clients)):
        if f"{key}_id" in row:
            row[f"{key}_name"] = table.get(int(row[f"{key}_id"] or 0), {}).get("name", "")


def make_order(halo: Tables, quote: Row) -> Row:
    """Make a quote's sales order, as Halo does by itself."""
    order: Row = {
        "id": halo.next_id("salesorders"),
        "quotation_id": quote["id"],
        "ticket_id": quote["ticket_id"],
        "user_id": quote["user_id"],
        "site_id": quote["site_id"],
        "client_id": quote["client_id"],
        "title": quote.get("title") or "",
        "status": 1,
        "po_number": quote.get("ponumber") or "",
        "date": halo.now(),
        "invoice_count": 0,
        "percentage_invoiced": 0.0,
        "last_update_time": halo.now(),
        "lines": [
            _order_line(halo, line)
            for line in quote["lines"]
            if not line.get("optional") and not line.get("isgroupdesc")
        ],
    }
    sum_up(halo, order)
    name_people(halo, order)
    halo.put(halo.salesorders, order["id"], order)
    halo.touch(quote)["salesorder_id"] = order["id"]
    return order


def _order_line(halo: Tables, line: Row) -> Row:
    kept = "sort_seq item_id productcode name quantity price baseprice costprice discount tax billingperiod"
    return {
        "id": halo.next_id("order_lines"),
        "quotation_line_id": line["id"],
        "item_recurring": line.get("item_recurring", False),
        "isgroupdesc": False,
        "invoiced_quantity": 0.0,
        "quantity_shipped": 0.0,
        **{key: line[key] for key in kept.split() if key in line},
    }
