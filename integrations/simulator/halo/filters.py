"""Which rows a list's query parameters keep. Tests run on the rows as stored: a list of 50,000 stays quick."""

from collections.abc import Callable
from datetime import datetime

from integrations.simulator.halo import search
from integrations.simulator.halo.refusals import refused
from integrations.simulator.halo.tables import OBSOLETE, Row, Tables

Query = dict[str, str]
Test = Callable[[Row], bool]

# Query parameters that filter by an equal id. Anything else, such as open_only, is ignored without a word.
_EXACT = {
    "sites": ("client_id",),
    "users": ("client_id", "site_id"),
    "opportunities": ("client_id", "site_id", "user_id", "status_id", "agent_id"),
    "items": ("assetgroup_id", "supplier_id"),
    "quotes": ("ticket_id", "client_id", "site_id", "user_id"),
    "salesorders": ("ticket_id", "client_id", "site_id", "user_id"),
    "attachments": ("ticket_id", "type", "unique_id"),
    "actions": ("ticket_id",),
}
_NAMED = {
    "client_name": ("clients", "client_id"),
    "user_name": ("users", "user_id"),
    "site_name": ("sites", "site_id"),
}


def is_true(query: Query, name: str) -> bool:
    """Say whether a parameter is set to true."""
    return query.get(name, "").lower() == "true"


def read_column(halo: Tables, row: Row, name: str) -> object:
    """Return what a row holds under a name, or the name that its id means."""
    if name in _NAMED:
        table, key = _NAMED[name]
        return getattr(halo, table).get(int(row.get(key) or 0), {}).get("name", "")
    return row.get(name)


def narrow(halo: Tables, kind: str, entity: str, rows: list[Row], query: Query) -> list[Row]:
    """Keep the rows that the query asks for."""
    for test in _tests(halo, kind, entity, query):
        rows = [row for row in rows if test(row)]
    return rows


def _tests(halo: Tables, kind: str, entity: str, query: Query) -> list[Test]:
    def column(row: Row, name: str) -> str:
        value = read_column(halo, row, name)
        return "" if value is None else str(value)

    exact = [name for name in _EXACT.get(entity, ()) if query.get(name, "").lstrip("-").isdigit()]
    found = [_equal(name, query[name]) for name in exact]
    found += _visible(kind, entity, query)
    if query.get("search") and entity in search.SEARCHED:
        found.append(search.containing(entity, query["search"], column))
    if query.get("advanced_search"):
        found += search.advanced(entity, query["advanced_search"], column)
    if entity == "opportunities" and query.get("search_summary"):
        has = search.contains(query["search_summary"])
        found.append(lambda row: has(str(row["summary"])))
    if entity == "opportunities" and query.get("search_oppemailaddress"):
        at = search.contains(query["search_oppemailaddress"])
        found.append(lambda row: at(str(row.get("oppemailaddress") or "")))
    if entity == "quotes" and query.get("quote_status", "").isdigit():
        found.append(_equal("status", query["quote_status"]))
    if entity == "users":
        found += _changed(query)
    return found


def _equal(name: str, text: str) -> Test:
    wanted = int(text)
    return lambda row: int(row.get(name) or 0) == wanted


def _visible(kind: str, entity: str, query: Query) -> list[Test]:
    found: list[Test] = []
    if not is_true(query, "includeinactive") and "false" not in query.get("activeinactive", "").lower().split(","):
        found.append(lambda row: not row.get("inactive"))
        if entity == "items":
            found.append(lambda row: row.get("status") != OBSOLETE)
    if entity == "clients":
        # Prospects are left out of the list of clients, and no parameter brings them in (halo.md 2.4).
        found.append(lambda row: row.get("is_account") is not False)
    if entity == "users" and is_true(query, "exclude_generaluser"):
        found.append(lambda row: row.get("name") != "General User")
    if entity == "items" and is_true(query, "recurringonly"):
        found.append(lambda row: bool(row.get("isrecurringitem")))
    if entity == "items" and is_true(query, "excluderecurring"):
        found.append(lambda row: not row.get("isrecurringitem"))
    if entity == "opportunities":
        found.append(lambda row: not row.get("deleted"))
        if kind == "opportunities" or query.get("domain") == "opps":
            found.append(lambda row: bool(row.get("is_opportunity")))
    return found


def _changed(query: Query) -> list[Test]:
    """Halo's document calls these two booleans, clients send times [U]: both ends belong to the span."""
    found: list[Test] = []
    if start := _time(query, "lastupdatefromdate"):
        found.append(lambda row: str(row.get("ulastupdate") or "") >= start)
    if end := _time(query, "lastupdatetodate"):
        found.append(lambda row: str(row.get("ulastupdate") or "") <= end)
    return found


def _time(query: Query, name: str) -> str:
    text = query.get(name, "")
    if text.lower() in ("", "true", "false"):
        return ""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as exc:
        raise refused(f"The {name} parameter is no date.") from exc
    return when.replace(tzinfo=None).isoformat(timespec="seconds")
