"""What this Halo holds: rows in Halo's own field names, and how people put them there."""

from datetime import UTC, datetime
from typing import Any

from integrations.simulator.halo import fields

Row = dict[str, Any]
Table = dict[int, Row]

NO_DATE = "1899-12-30T00:00:00"
"""How Halo writes an empty date."""
ACTIVE, OBSOLETE = 14, 15
QUOTE_STATUSES = 39
"""Id of the lookup that lists the quote statuses."""
DRAFT, SENT, ACCEPTED, REJECTED = 1, 2, 3, 4
OPPORTUNITY_TYPE, TICKET_TYPE = 61, 1

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
    "quote_lines": 20001,
    "order_lines": 60001,
    "addresses": 11,
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
)
_NAMES = {
    "clients": fields.CLIENT,
    "sites": fields.SITE,
    "users": fields.USER,
    "opportunities": fields.OPPORTUNITY,
    "items": fields.ITEM,
    "groups": fields.GROUP,
}


class Tables:
    """All rows, by entity and id. Rows may be changed directly, as a person in Halo would."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Go back to a new tenant: settings, and no data."""
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
        self.counters = dict(FIRST_IDS)
        self.quirks: set[str] = set()
        self.agents: Table = {3: {"id": 3, "name": "Portal API", "email": "api@example.com", "isapiagent": True}}
        self.counters["agents"] = 4
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
            1: {"id": 1, "name": "US Dollar", "symbol": "$", "code": "USD", "conversion_rate": 1.0}
        }

    def next_id(self, entity: str) -> int:
        """Take the next id of an entity; a taken id is never given again."""
        found = self.counters[entity]
        self.counters[entity] = found + 1
        return found

    def now(self) -> str:
        """Return the time in Halo's notation: no zone."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def _keep(self, entity: str, row: Row, more: Row) -> Row:
        unknown = sorted(set(more) - set(_NAMES[entity]))
        if unknown:
            raise ValueError(f"Halo's {entity} have no field {', '.join(unknown)}.")
        row = {**row, **more}
        row.setdefault("id", 0)
        row["id"] = row["id"] or self.next_id(entity)
        table: Table = getattr(self, entity)
        table[row["id"]] = row
        return row

    def add_client(
        self,
        name: str = "Fabrikam Fictional Ltd",
        *,
        with_site: bool = True,
        with_general_user: bool = True,
        **more: Any,
    ) -> Row:
        """Add a client (Halo: *customer*) with its main site and its General User."""
        row = {"name": name, "inactive": False, "main_site_id": 0, "datecreated": self.now()}
        client = self._keep("clients", row, more)
        if with_site:
            client["main_site_id"] = self.add_site(client_id=client["id"], name="Main")["id"]
            if with_general_user:
                self.add_user("General User", "", client_id=client["id"])
        return client

    def add_site(self, *, client_id: int, name: str = "Main", **more: Any) -> Row:
        """Add a site of a client."""
        address = self.address(
            line1="1 Example Street", line3="Sampletown", line4="Sampleshire", postcode="EX1 1PL"
        )
        row = {
            "name": name,
            "client_id": client_id,
            "inactive": False,
            "phonenumber": "",
            "country_code": "GB",
            "country_code_name": "United Kingdom",
            "region_code": 0,
            "region_code_name": "",
            "invoice_address_isdelivery": True,
            "delivery_address": address,
            "invoice_address": dict(address),
            "maincontact_id": 0,
            "notes": "",
        }
        site = self._keep("sites", row, more)
        client = self.clients.get(client_id)
        if client is not None and not client.get("main_site_id"):
            client["main_site_id"] = site["id"]
        return site

    def address(self, **lines: Any) -> Row:
        """Make an AddressStore."""
        empty = {"line1": "", "line2": "", "line3": "", "line4": "", "postcode": ""}
        return {"id": self.next_id("addresses"), "type": 1, **empty, "primary": True, **lines}

    def add_user(
        self,
        name: str = "Robin Sample",
        emailaddress: str = "robin.sample@example.com",
        client_id: int | None = None,
        site_id: int | None = None,
        **more: Any,
    ) -> Row:
        """Add a user (a person at a client); without a client, a new one is made."""
        if site_id is None:
            client_id = client_id or self.add_client()["id"]
            site_id = self.clients[client_id]["main_site_id"] or self.add_site(client_id=client_id)["id"]
        first, _, last = name.partition(" ")
        row = {
            "name": name,
            "firstname": first,
            "surname": last,
            "emailaddress": emailaddress,
            "email2": "",
            "email3": "",
            "phonenumber": "",
            "mobilenumber": "",
            "title": "",
            "inactive": False,
            "isserviceaccount": False,
            "site_id": site_id,
            "client_id": self.sites[site_id]["client_id"],
        }
        return self._keep("users", row, more)

    def add_opportunity(
        self, user_id: int | None = None, summary: str = "New network equipment", **more: Any
    ) -> Row:
        """Add an opportunity; client and site are the user's."""
        user = self.users[user_id] if user_id else {}
        row = {
            "summary": summary,
            "details": "",
            "tickettype_id": OPPORTUNITY_TYPE,
            "status_id": 1,
            "user_id": user_id or 0,
            "client_id": int(user.get("client_id") or 0),
            "site_id": int(user.get("site_id") or 0),
            "agent_id": 3,
            "oppvalue": 0.0,
            "is_opportunity": True,
            "deleted": False,
            "hasbeenclosed": False,
            "dateoccurred": self.now(),
            "dateclosed": NO_DATE,
            "lastactiondate": self.now(),
            "last_update": self.now(),
        }
        return self._keep("opportunities", row, more)

    def close_opportunity(self, opportunity_id: int, *, won: bool = True) -> None:
        """Close an opportunity the way a person does."""
        closed = {"dateclosed": self.now(), "hasbeenclosed": True, "status_id": 12 if won else 13}
        self.opportunities[opportunity_id].update(closed)

    def add_group(self, name: str = "Hardware", **more: Any) -> Row:
        """Add a product group (Halo: *asset group*)."""
        return self._keep("groups", {"name": name, "showasitem": True, "assettypes": []}, more)

    def add_item(
        self,
        name: str = "Laptop 14",
        supplier_part_code: str = "",
        *,
        assetgroup_id: int | None = None,
        baseprice: float = 0.0,
        isrecurringitem: bool = False,
        **more: Any,
    ) -> Row:
        """Add a product (Halo: *item*); `supplier_part_code` is its SKU."""
        if assetgroup_id is None:
            assetgroup_id = next(iter(self.groups), None) or self.add_group()["id"]
        row = {
            "use": "item",
            "name": name,
            "description": "",
            "supplier_part_code": supplier_part_code,
            "assetgroup_id": assetgroup_id,
            "baseprice": 0.0 if isrecurringitem else baseprice,
            "costprice": 0.0,
            "recurringprice": baseprice if isrecurringitem else 0.0,
            "recurringcost": 0.0,
            "isrecurringitem": isrecurringitem,
            "status": ACTIVE,
            "taxable": True,
            "taxcode": 1,
            "third_party_id": "",
            "datecreated": self.now(),
            "lastmodified": self.now(),
        }
        return self._keep("items", row, more)
