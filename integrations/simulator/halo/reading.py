"""GET: lists with their pages, single rows, and the short lists that come as bare arrays."""

import copy
from collections.abc import Callable
from typing import Any

from integrations.simulator.halo.filters import Query, is_true, narrow, read_column
from integrations.simulator.halo.goods import find_action
from integrations.simulator.halo.refusals import Refusal, invalid, not_found
from integrations.simulator.halo.showing import DETAILS, show
from integrations.simulator.halo.tables import Row, Table, Tables

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
    "actions": ("actions", "actions"),
}
# One tenant's quotation list has only these unless include_details is asked for.
_SHORT_QUOTE = {"id", "title", "ticket_id", "po_ref", "date", "client_id", "client_name", "user_id", "user_name"}


def read_one(halo: Tables, kind: str, id_text: str, query: Query) -> Row:
    """Return one row; without includedetails it is as short as on a list."""
    entity, _ = LISTS[kind]
    return show(halo, entity, _find(halo, kind, id_text, query), details=is_true(query, "includedetails"))


def _find(halo: Tables, kind: str, id_text: str, query: Query) -> Row:
    if not id_text.isdigit():
        raise not_found(kind.capitalize())
    if kind == "actions":
        # An action's number counts within its ticket.
        if not query.get("ticket_id", "").isdigit():
            raise invalid("ticket_id", "A ticket is needed.")
        return find_action(halo, int(query["ticket_id"]), int(id_text))
    table: Table = getattr(halo, LISTS[kind][0])
    row = table.get(int(id_text))
    if row is None:
        raise not_found(kind.capitalize())
    return row


def read_list(halo: Tables, kind: str, query: Query) -> Row:
    """Return a list: the rows of one page, and how many rows there are in all."""
    entity, key = LISTS[kind]
    table: Table = getattr(halo, entity)
    rows = narrow(halo, kind, entity, list(table.values()), query)
    page, extra = _page(_ordered(halo, rows, query), query)
    drop = set(DETAILS.get(entity, ()))
    if is_true(query, "includelines"):
        drop.discard("lines")
    if is_true(query, "includeaddress"):
        drop.discard("delivery_address")
    # Only the rows of the page are worked out: the list may be long.
    shown = [{k: v for k, v in show(halo, entity, row).items() if k not in drop} for row in page]
    if "short-rows" in halo.quirks and entity == "quotes" and query.get("include_details") != "true":
        shown = [{k: v for k, v in row.items() if k in _SHORT_QUOTE} for row in shown]
    return {**extra, "record_count": len(rows), key: shown}


def _ordered(halo: Tables, rows: list[Row], query: Query) -> list[Row]:
    key = query.get("order", "")
    if key:

        def rank(row: Row) -> tuple[bool, str, int]:
            value = read_column(halo, row, key)
            return value is None, str(value), row["id"]

        rows = sorted(rows, key=rank)
    return rows[::-1] if is_true(query, "orderdesc") else rows


def _page(rows: list[Row], query: Query) -> tuple[list[Row], Row]:
    """Cut a page; more than 100 rows come in no answer, whatever size was asked for."""
    if is_true(query, "pageinate"):
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
    rows = copy.deepcopy(reader(halo, query))
    if kind == "agent" and is_true(query, "pageinate"):
        return {"record_count": len(rows), "agents": rows}
    return rows


def read_ticket_type(halo: Tables, id_text: str, query: Query) -> Row:
    """Return one ticket type, with the fields it asks for where details are wanted."""
    if not id_text.isdigit() or int(id_text) not in halo.ticket_types:
        raise not_found("TicketType")
    row = copy.deepcopy(halo.ticket_types[int(id_text)])
    if not is_true(query, "includedetails"):
        row.pop("fields", None)
    return row


def read_agent(halo: Tables, id_text: str) -> Row:
    """Return one agent; "me" is the one that the application signs in as."""
    if id_text == "me":
        return copy.deepcopy(next(iter(halo.agents.values())))
    if not id_text.isdigit() or int(id_text) not in halo.agents:
        raise not_found("Agent")
    return copy.deepcopy(halo.agents[int(id_text)])


def _agents(halo: Tables, query: Query) -> list[Row]:
    """Disabled agents are left out unless asked for [I]; the API's own agent is listed [U]."""
    everyone = is_true(query, "includedisabled")
    return [row for row in halo.agents.values() if everyone or not row.get("isdisabled")]


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


def _ticket_types(halo: Tables, query: Query) -> list[Row]:
    """`domain` filters nothing: Halo's document says that it is for counts."""
    return [{k: v for k, v in row.items() if k != "fields"} for row in halo.ticket_types.values()]


def _item_suppliers(halo: Tables, query: Query) -> list[Row]:
    """Every product's suppliers. Halo's document names no parameter, and its list's key is not known [U]."""
    rows = [(item["id"], terms) for item in halo.items.values() for terms in item.get("item_suppliers") or ()]
    return [{"item_id": item_id, **terms} for item_id, terms in rows]


_SETTINGS: dict[str, Callable[[Tables, Query], list[Row]]] = {
    "agent": _agents,
    "assetgroup": _groups,
    "lookup": _lookup,
    "status": _statuses,
    "itemsupplier": _item_suppliers,
    "tickettype": _ticket_types,
    "tax": lambda halo, query: list(halo.taxes.values()),
    "currency": lambda halo, query: list(halo.currencies.values()),
}
