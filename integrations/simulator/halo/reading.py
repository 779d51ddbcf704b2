"""GET: lists with their filters and pages, single rows, and what of a row each of them shows."""

import copy
from collections.abc import Callable
from typing import Any

from integrations.simulator.halo import search
from integrations.simulator.halo.documents import name_people, sum_up
from integrations.simulator.halo.refusals import Refusal, not_found
from integrations.simulator.halo.tables import OBSOLETE, Row, Tables

Query = dict[str, str]
PAGE_CAP = 100

# Path → entity, and the key of its list.
LISTS = {
    "client": ("clients", "clients"),
    "site": ("sites", "sites"),
    "users": ("users", "users"),
    "opportunities": ("opportunities", "tickets"),
    "tickets": ("opportunities", "tickets"),
    "item": ("items", "items"),
    "quotation": ("quotes", "quotes"),
    "salesorder": ("salesorders", "salesorders"),
    "supplier": ("suppliers", "suppliers"),
    "attachment": ("attachments", "attachments"),
}
# Query parameters that filter by an equal id. Anything else, such as open_only, is ignored without a word.
_EXACT = {
    "sites": ("client_id",),
    "users": ("client_id", "site_id"),
    "opportunities": ("client_id", "site_id", "user_id", "status_id", "agent_id"),
    "items": ("assetgroup_id", "supplier_id"),
    "quotes": ("ticket_id", "client_id", "site_id", "user_id"),
    "salesorders": ("ticket_id", "client_id", "site_id", "user_id"),
    "attachments": ("ticket_id", "type", "unique_id"),
}
# What a list row leaves out.
_DETAILS = {
    "clients": ("notes", "customfields"),
    "sites": ("delivery_address", "invoice_address", "notes"),
    "users": ("primary_address", "addresses", "notes"),
    "opportunities": ("details", "details_html", "customfields"),
    "items": ("description", "purchase_description", "item_suppliers", "note"),
    "quotes": ("lines", "note"),
    "salesorders": ("lines", "note"),
    "attachments": ("data_base64",),
}
# One tenant's quotation list has only these unless include_details is asked for.
_SHORT_QUOTE = {"id", "title", "ticket_id", "po_ref", "date", "client_id", "client_name", "user_id", "user_name"}


def show(halo: Tables, entity: str, row: Row, *, details: bool = True) -> Row:
    """Return a row as the API shows it: names filled in, sums worked out, some ids as doubles."""
    if entity in ("quotes", "salesorders"):
        sum_up(halo, row)
    shown = copy.deepcopy(row)
    name_people(halo, shown)
    if entity == "users":
        shown["site_id_int"] = int(shown.get("site_id") or 0)
        shown["site_id"] = float(shown.get("site_id") or 0)
        address = halo.sites.get(shown["site_id_int"], {}).get("delivery_address")
        shown.setdefault("primary_address", copy.deepcopy(address))
        shown["client_name"] = halo.clients.get(int(shown.get("client_id") or 0), {}).get("name", "")
    elif entity == "sites":
        shown["client_id"] = float(shown.get("client_id") or 0)
    elif entity == "items":
        shown["assetgroup_name"] = halo.groups.get(int(shown.get("assetgroup_id") or 0), {}).get("name", "")
    elif entity == "opportunities":
        shown["status_name"] = halo.ticket_statuses.get(shown.get("status_id") or 0, {}).get("name", "")
        shown["tickettype_name"] = halo.ticket_types.get(shown.get("tickettype_id") or 0, {}).get("name", "")
        shown["quotation_count"] = sum(q.get("ticket_id") == row["id"] for q in halo.quotes.values())
    elif entity == "quotes":
        shown["status_name"] = halo.statuses.get(int(shown.get("status") or 0), {}).get("name", "")
    if not details:
        for name in _DETAILS.get(entity, ()):
            shown.pop(name, None)
    return shown


def read_one(halo: Tables, kind: str, id_text: str, query: Query) -> Row:
    """Return one row; without includedetails it is as short as on a list."""
    entity, _ = LISTS[kind]
    table: dict[int, Row] = getattr(halo, entity)
    row = table.get(int(id_text)) if id_text.isdigit() else None
    if row is None:
        raise not_found(kind.capitalize())
    return show(halo, entity, row, details=query.get("includedetails", "").lower() == "true")


def read_list(halo: Tables, kind: str, query: Query) -> Row:
    """Return a list: the rows of one page, and how many rows there are in all."""
    entity, key = LISTS[kind]
    table: dict[int, Row] = getattr(halo, entity)
    short = "short-rows" in halo.quirks and entity == "quotes" and query.get("include_details") != "true"
    rows = [show(halo, entity, row) for row in table.values()]
    rows = _narrow(halo, kind, entity, rows, query)
    rows = _ordered(rows, query)
    page, extra = _page(rows, query)
    drop = set(_DETAILS.get(entity, ()))
    if query.get("includelines", "").lower() == "true":
        drop.discard("lines")
    if query.get("includeaddress", "").lower() == "true":
        drop.discard("delivery_address")
    shown = [{k: v for k, v in row.items() if k not in drop} for row in page]
    if short:
        shown = [{k: v for k, v in row.items() if k in _SHORT_QUOTE} for row in shown]
    return {**extra, "record_count": len(rows), key: shown}


def _narrow(halo: Tables, kind: str, entity: str, rows: list[Row], query: Query) -> list[Row]:
    for name in _EXACT.get(entity, ()):
        if query.get(name, "").lstrip("-").isdigit():
            rows = [row for row in rows if int(row.get(name) or 0) == int(query[name])]
    rows = [row for row in rows if _visible(kind, entity, row, query)]
    if query.get("search") and entity in search.SEARCHED:
        rows = search.search(entity, rows, query["search"])
    if query.get("advanced_search"):
        rows = search.advanced(entity, rows, query["advanced_search"])
    if entity == "opportunities" and query.get("search_summary"):
        rows = [row for row in rows if search.like(f"%{query['search_summary']}%", str(row["summary"]))]
    if entity == "quotes" and query.get("quote_status", "").isdigit():
        rows = [row for row in rows if int(row["status"] or 0) == int(query["quote_status"])]
    return rows


def _visible(kind: str, entity: str, row: Row, query: Query) -> bool:
    inactive = bool(row.get("inactive")) or (entity == "items" and row.get("status") == OBSOLETE)
    states = query.get("activeinactive", "").lower().split(",")
    if inactive and query.get("includeinactive", "").lower() != "true" and "false" not in states:
        return False
    if entity == "users" and query.get("exclude_generaluser", "").lower() == "true":
        return bool(row.get("name") != "General User")
    if entity == "items":
        recurring = bool(row.get("isrecurringitem"))
        flags = (query.get("recurringonly"), query.get("excluderecurring"))
        return not (flags[0] == "true" and not recurring) and not (flags[1] == "true" and recurring)
    if entity == "opportunities":
        only = kind == "opportunities" or query.get("domain") == "opps"
        return not row.get("deleted") and (bool(row.get("is_opportunity")) or not only)
    return True


def _ordered(rows: list[Row], query: Query) -> list[Row]:
    key = query.get("order", "")
    if key:
        rows = sorted(rows, key=lambda row: (row.get(key) is None, str(row.get(key)), row["id"]))
    return rows[::-1] if query.get("orderdesc", "").lower() == "true" else rows


def _page(rows: list[Row], query: Query) -> tuple[list[Row], Row]:
    """Cut a page; more than 100 rows come in no answer, whatever size was asked for."""
    if query.get("pageinate", "").lower() == "true":
        size = min(max(_number(query.get("page_size"), 50), 1), PAGE_CAP)
        number = max(_number(query.get("page_no"), 1), 1)
        return rows[(number - 1) * size : number * size], {"page_no": number, "page_size": size}
    return rows[: min(_number(query.get("count"), PAGE_CAP), PAGE_CAP)], {}


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


def read_settings(halo: Tables, kind: str, query: Query) -> Any:
    """Return one of the lists that come as a bare array."""
    reader = _SETTINGS.get(kind)
    if reader is None:
        raise Refusal(404, {"Message": f"No resource matches {kind}."})
    rows = reader(halo, query)
    if kind == "agent" and query.get("pageinate", "").lower() == "true":
        return {"record_count": len(rows), "agents": rows}
    return copy.deepcopy(rows)


def _groups(halo: Tables, query: Query) -> list[Row]:
    items_only = query.get("type") == "items"
    rows = [row for row in halo.groups.values() if row.get("showasitem") or not items_only]
    if "includetypesforgroups" in query:
        return rows
    return [{k: v for k, v in row.items() if k != "assettypes"} for row in rows]


def _lookup(halo: Tables, query: Query) -> list[Row]:
    if query.get("lookupid") == "11":
        return [{"lookupid": 11, "id": 39, "name": "Quotation Status"}]
    return list(halo.statuses.values()) if query.get("lookupid") == "39" else []


def _statuses(halo: Tables, query: Query) -> list[Row]:
    return list(halo.ticket_statuses.values())


_SETTINGS: dict[str, Callable[[Tables, Query], list[Row]]] = {
    "agent": lambda halo, query: list(halo.agents.values()),
    "assetgroup": _groups,
    "lookup": _lookup,
    "status": _statuses,
    "tickettype": lambda halo, query: list(halo.ticket_types.values()),
    "tax": lambda halo, query: list(halo.taxes.values()),
    "currency": lambda halo, query: list(halo.currencies.values()),
}
