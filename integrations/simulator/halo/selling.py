"""POST on quotations and sales orders: whole line sets, sums worked out, client and site from the user."""

import copy

from integrations.simulator.halo.checking import Element, as_id
from integrations.simulator.halo.documents import make_order, name_people, sum_up
from integrations.simulator.halo.refusals import invalid, refused
from integrations.simulator.halo.saving import find, known, plain
from integrations.simulator.halo.tables import ACCEPTED, DRAFT, NO_DATE, Row, Table, Tables

_COMPUTED = (
    "client_id site_id client_name site_name user_name status_name po_ref revenue tax_total total cost profit "
    "salesorder_id lines _validateonly _create_so last_update_time"
)
_LINE_DEFAULTS: Row = {
    "sort_seq": 0,
    "productcode": "",
    "name": "",
    "quantity": 1.0,
    "price": 0.0,
    "costprice": 0.0,
    "discount": 0.0,
    "tax": 0.0,
    "billingperiod": 0,
    "line_periods": 0,
    "startdate": NO_DATE,
    "isgroupdesc": False,
    "group_id": 0,
    "note": "",
}


def save_quote(halo: Tables, element: Element, path: str) -> Row:
    """Save a quotation; `lines`, where given, replaces the whole set, and a known line id keeps its line."""
    element = _without_ignored(halo, element)
    found = find(halo, halo.quotes, element, "Quotation")
    ticket_id = as_id(element.get("ticket_id"))
    if ticket_id and ticket_id not in halo.opportunities:
        raise refused("Unable to save data. Ticket not found.")
    user_id = known(halo.users, element, "user_id", path)
    if found is None and not ticket_id and not user_id:
        raise invalid(f"{path}.ticket_id", "A ticket or a user is needed.")
    row: Row = copy.deepcopy(found) if found is not None else _new_quote(halo, ticket_id)
    row.update(plain(element, without=_COMPUTED))
    currency = halo.currencies.get(known(halo.currencies, element, "currency_code", path))
    if currency:
        row |= {"currency": currency["symbol"], "currency_code_name": currency["code"]}
        row["currency_conversion_rate"] = currency["conversion_rate"]
    _derive_people(halo, row)
    if "lines" in element:
        row["lines"] = [
            _quote_line(halo, line, row, f"{path}.lines[{index}]")
            for index, line in enumerate(_kept_lines(halo, element["lines"] or []))
        ]
    name_people(halo, row)
    sum_up(halo, row)
    row["last_update_time"] = halo.now()
    if element.get("_validateonly"):
        return row
    if found is None:
        row["id"] = halo.next_id("quotes")
    for line in row["lines"]:
        line["id"] = line.get("id") or halo.next_id("quote_lines")
        line["qhid"] = row["id"]
    stored = _store(halo, halo.quotes, row)
    _sell(halo, stored, asked=bool(element.get("_create_so")))
    return stored


def approve_quote(halo: Tables, element: Element, path: str) -> Row:
    """Record the customer's answer to a quotation."""
    quote = find(halo, halo.quotes, element, "Quotation")
    if quote is None:
        raise invalid(f"{path}.id", "The id field is required.")
    quote.update(plain(element, without="token result optional_lines"))
    quote["approvaldatetime"] = halo.now()
    if element.get("result"):
        quote |= {"approvalstate": 2, "status": ACCEPTED}
        _sell(halo, quote, asked=False)
    return quote


def save_order(halo: Tables, element: Element, path: str) -> Row:
    """Save a sales order. Nothing keeps a quote from being sold twice: Halo does not check [I]."""
    found = find(halo, halo.salesorders, element, "SalesOrder")
    quote_id = known(halo.quotes, element, "quotation_id", path)
    known(halo.opportunities, element, "ticket_id", path)
    known(halo.users, element, "user_id", path)
    quote = halo.quotes.get(quote_id, {})
    row: Row = copy.deepcopy(found) if found is not None else _new_order(halo, quote)
    row.update(plain(element, without=_COMPUTED))
    _derive_people(halo, row)
    if "lines" in element:
        row["lines"] = [
            _order_line(halo, line, row, f"{path}.lines[{index}]")
            for index, line in enumerate(element["lines"] or [])
        ]
    name_people(halo, row)
    sum_up(halo, row)
    row["last_update_time"] = halo.now()
    if element.get("_validateonly"):
        return row
    row["id"] = row.get("id") or halo.next_id("salesorders")
    for line in row["lines"]:
        line["id"] = line.get("id") or halo.next_id("order_lines")
        line["salesorder_id"] = row["id"]
    if quote:
        halo.touch(quote)["salesorder_id"] = row["id"]
    return _store(halo, halo.salesorders, row)


def _store(halo: Tables, table: Table, row: Row) -> Row:
    """Put a row in its place, in the same object, so that whoever holds it sees the change."""
    stored = table.get(row["id"])
    if stored is None:
        return halo.put(table, row["id"], row)
    halo.touch(stored).clear()
    stored.update(row)
    return stored


def _new_quote(halo: Tables, ticket_id: int) -> Row:
    references = [str(q.get("po_ref")) for q in halo.quotes.values() if q.get("ticket_id") == ticket_id]
    last = max((int(ref.rpartition("-")[2]) for ref in references), default=0)
    return {
        "title": "",
        "ticket_id": ticket_id,
        "user_id": 0,
        "status": DRAFT,
        "po_ref": f"{ticket_id}-{last + 1}",
        "ponumber": "",
        "date": halo.now()[:10] + "T00:00:00",
        "expiry_date": NO_DATE,
        "note": "",
        "third_party_number": "",
        "third_party_url": "",
        "approvalstate": 0,
        "approvaldatetime": NO_DATE,
        "agent_id": 3,
        "assigned_agent": 3,
        "currency": "$",
        "currency_code": 1,
        "salesorder_id": 0,
        "lines": [],
    }


def _new_order(halo: Tables, quote: Row) -> Row:
    return {
        "quotation_id": 0,
        "ticket_id": quote.get("ticket_id", 0),
        "user_id": quote.get("user_id", 0),
        "title": quote.get("title", ""),
        "status": 1,
        "po_number": "",
        "date": halo.now(),
        "invoice_count": 0,
        "percentage_invoiced": 0.0,
        "lines": [],
    }


def _derive_people(halo: Tables, row: Row) -> None:
    """Only user and ticket are stored: client and site are theirs, whatever was sent."""
    ticket = halo.opportunities.get(as_id(row.get("ticket_id")), {})
    row["user_id"] = as_id(row.get("user_id")) or as_id(ticket.get("user_id"))
    owner = halo.users.get(row["user_id"], ticket)
    row["client_id"] = int(owner.get("client_id") or 0)
    row["site_id"] = int(owner.get("site_id") or 0)


def _without_ignored(halo: Tables, element: Element) -> Element:
    ignored = {quirk.removeprefix("ignore:") for quirk in halo.quirks if quirk.startswith("ignore:")}
    if not ignored:
        return element
    kept = {k: v for k, v in element.items() if k not in ignored}
    if isinstance(kept.get("lines"), list):
        kept["lines"] = [{k: v for k, v in line.items() if k not in ignored} for line in kept["lines"]]
    return kept


def _kept_lines(halo: Tables, lines: list[Element]) -> list[Element]:
    return lines[:-1] if "drop-line" in halo.quirks else lines


def _quote_line(halo: Tables, line: Element, quote: Row, path: str) -> Row:
    row = {
        **_LINE_DEFAULTS,
        **_from_item(halo, line, path),
        "optional": False,
        "quoter_id": "",
        "description": "",
        "supplier_id": 0,
    }
    before = {known_line["id"]: known_line for known_line in quote["lines"]}
    line_id = as_id(line.get("id"))
    if line_id > 0:
        if line_id not in before:
            raise invalid(f"{path}.id", f"There is no record with the id {line_id}.")
        row.update(before[line_id])
    row.update(_sent(halo, line))
    row["item_recurring"] = bool(halo.items.get(as_id(line.get("item_id")), {}).get("isrecurringitem"))
    if not row["item_id"] and not row["name"] and not row["isgroupdesc"]:
        raise invalid(f"{path}.name", "The name field is required.")
    return row


def _order_line(halo: Tables, line: Element, order: Row, path: str) -> Row:
    row = {
        **_LINE_DEFAULTS,
        **_from_item(halo, line, path),
        "invoiced_quantity": 0.0,
        "quantity_shipped": 0.0,
        "quotation_line_id": 0,
    }
    quote = halo.quotes.get(as_id(order.get("quotation_id")), {"lines": []})
    from_line = as_id(line.get("quotation_line_id"))
    if from_line and from_line not in {known_line["id"] for known_line in quote["lines"]}:
        raise invalid(f"{path}.quotation_line_id", f"There is no record with the id {from_line}.")
    before = {known_line["id"]: known_line for known_line in order["lines"]}
    row.update(before.get(as_id(line.get("id")), {}))
    row.update(plain(line))
    return row


def _from_item(halo: Tables, line: Element, path: str) -> Row:
    """What a line takes from its product where nothing else is sent."""
    item_id = known(halo.items, line, "item_id", path)
    item = halo.items.get(item_id, {})
    recurring = bool(item.get("isrecurringitem"))
    price = item.get("recurringprice" if recurring else "baseprice", 0.0)
    return {
        "item_id": item_id,
        "name": item.get("name", ""),
        "productcode": item.get("supplier_part_code", ""),
        "price": price,
        "baseprice": line.get("price", price),
        "costprice": item.get("recurringcost" if recurring else "costprice", 0.0),
        "item_recurring": recurring,
    }


def _sent(halo: Tables, line: Element) -> Row:
    sent = plain(line)
    if "round-price" in halo.quirks:
        sent |= {k: round(float(sent[k]), 2) for k in ("price", "baseprice") if k in sent}
    if "ignore-quantity" in halo.quirks:
        sent["quantity"] = 1.0
    return sent


def _sell(halo: Tables, quote: Row, *, asked: bool) -> None:
    """Make the sales order that was asked for, or that Halo's own automation makes on acceptance."""
    accepted = halo.statuses.get(as_id(quote["status"]), {}).get("value2") == "Accepted"
    automatic = accepted and "sales-order-on-accept" in halo.quirks
    if quote["salesorder_id"] or not (asked or automatic):
        return
    if asked or not halo.sales_order_delay_s:
        make_order(halo, quote)
    elif quote["id"] not in halo.pending_orders:
        due = halo.at() + halo.sales_order_delay_s
        halo.put(halo.pending_orders, quote["id"], {"id": quote["id"], "due": due})


def sell_due(halo: Tables) -> None:
    """Make the sales orders whose time has come; a quote that has one by then gets no second [I]."""
    for quote_id, pending in list(halo.pending_orders.items()):
        if pending["due"] > halo.at():
            continue
        del halo.pending_orders[quote_id]
        quote = halo.quotes.get(quote_id)
        if quote is not None and not quote["salesorder_id"]:
            make_order(halo, quote)
