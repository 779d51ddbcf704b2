"""The rows of one tenant by entity and id, their counters, and how a refused request is taken back."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Table = dict[int, Row]

NO_DATE = "1899-12-30T00:00:00"
"""How Halo writes an empty date."""
ACTIVE, OBSOLETE = 14, 15
QUOTE_STATUSES = 39
"""Id of the lookup that lists the quote statuses."""
DRAFT, SENT, ACCEPTED, REJECTED = 1, 2, 3, 4
OPPORTUNITY_TYPE, TICKET_TYPE = 61, 1
API_AGENT = 3
LEAD_TYPE = 62
REQUIRED = 2
"""How a ticket type says that an agent must fill a field of a new ticket [I]."""

# One counter per entity, each from another number, so that mixed-up ids show.
FIRST_IDS = {
    "clients": 21,
    "sites": 31,
    "users": 41,
    "opportunities": 1051,
    "items": 501,
    "quotes": 3001,
    "salesorders": 7001,
    "groups": 201,
    "agents": 3,
    "attachments": 901,
    "suppliers": 71,
    "actions": 40001,
    "quote_lines": 20001,
    "order_lines": 60001,
    "addresses": 11,
    "fields": 301,
    "item_suppliers": 80001,
}
SAVED = (
    "clients",
    "sites",
    "users",
    "opportunities",
    "items",
    "quotes",
    "salesorders",
    "groups",
    "agents",
    "statuses",
    "attachments",
    "suppliers",
    "actions",
    "pending_orders",
)


class Journal:
    """What one request changed, row by row: the cost of taking it back is that of the request, not of the data."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[Row, Row]] = {}
        self._added: list[tuple[Table, int]] = []

    def keep(self, row: Row) -> None:
        """Remember a row as it is before its first change."""
        if id(row) not in self._before:
            self._before[id(row)] = (row, copy.deepcopy(row))

    def added(self, table: Table, key: int) -> None:
        """Remember that a row is new."""
        self._added.append((table, key))

    def undo(self) -> None:
        """Put everything back, in the same row objects, so that whoever holds one sees what was undone."""
        for table, key in self._added:
            table.pop(key, None)
        for row, before in self._before.values():
            row.clear()
            row.update(before)


class Rows:
    """All rows, by entity and id. Rows may be changed directly, as a person in Halo would."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Go back to a new tenant: settings, and no data."""
        self.journal: Journal | None = None
        self.clients: Table = {}
        self.sites: Table = {}
        self.users: Table = {}
        self.opportunities: Table = {}
        self.items: Table = {}
        self.quotes: Table = {}
        self.salesorders: Table = {}
        self.groups: Table = {}
        self.attachments: Table = {}
        self.suppliers: Table = {}
        self.actions: Table = {}
        self.pending_orders: Table = {}
        """Quotes by id whose sales order Halo's automation will make: when, in seconds since 1970."""
        self.counters = dict(FIRST_IDS)
        self.quirks: set[str] = set()
        self.sales_order_delay_s: float = 0
        """How long after the save of an accepted quote the automation makes its sales order."""
        self.agents: Table = {
            API_AGENT: {"id": API_AGENT, "name": "Portal API", "email": "api@example.com", "isapiagent": True}
        }
        self.counters["agents"] = API_AGENT + 1
        # value2 holds the "System Use"; which column it really is, is not known.
        self.statuses: Table = {
            id_: {"lookupid": QUOTE_STATUSES, "id": id_, "name": name, "value2": use, "value3_bool": closed}
            for id_, name, use, closed in (
                (DRAFT, "Draft", "", False),
                (SENT, "Sent", "Sent", False),
                (ACCEPTED, "Accepted", "Accepted", True),
                (REJECTED, "Rejected", "Rejected", True),
            )
        }
        self.ticket_types: Table = {
            OPPORTUNITY_TYPE: {"id": OPPORTUNITY_TYPE, "name": "Opportunity", "use": "opps"},
            TICKET_TYPE: {"id": TICKET_TYPE, "name": "Incident", "use": "tickets"},
            LEAD_TYPE: {"id": LEAD_TYPE, "name": "Lead", "use": "opps"},
        }
        self.ticket_statuses: Table = {
            1: {"id": 1, "name": "New", "type": 1, "sequence": 1},
            11: {"id": 11, "name": "Proposal", "type": 1, "sequence": 2},
            12: {"id": 12, "name": "Won", "type": 1, "sequence": 3},
            13: {"id": 13, "name": "Lost", "type": 1, "sequence": 4},
        }
        self.taxes: Table = {
            1: {"id": 1, "name": "Standard", "code": "T1", "value": 20.0},
            2: {"id": 2, "name": "Zero", "code": "T0", "value": 0.0},
        }
        self.currencies: Table = {
            id_: {"id": id_, "name": name, "symbol": symbol, "code": code, "conversion_rate": rate}
            for id_, name, symbol, code, rate in (
                (1, "US Dollar", "$", "USD", 1.0),
                (2, "Euro", "€", "EUR", 0.9),
                (3, "Pound Sterling", "£", "GBP", 0.8),
            )
        }

    def next_id(self, entity: str) -> int:
        """Take the next id of an entity; a taken id is never given again."""
        found = self.counters[entity]
        self.counters[entity] = found + 1
        return found

    def at(self) -> float:
        """Return the time in seconds since 1970."""
        return self._clock()

    def now(self) -> str:
        """Return the time in Halo's notation: no zone."""
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def put(self, table: Table, key: int, row: Row) -> Row:
        """Add a row to a table."""
        if self.journal is not None:
            self.journal.added(table, key)
        table[key] = row
        return row

    def touch(self, row: Row) -> Row:
        """Announce that a request is about to change a row; returns it."""
        if self.journal is not None:
            self.journal.keep(row)
        return row
