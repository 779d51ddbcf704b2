"""How people put rows into Halo: with Halo's own field names, and values that fit together."""

import html
from typing import Any

from integrations.simulator.halo import fields
from integrations.simulator.halo.rows import (
    ACCEPTED,
    ACTIVE,
    API_AGENT,
    DRAFT,
    NO_DATE,
    OBSOLETE,
    OPPORTUNITY_TYPE,
    REJECTED,
    REQUIRED,
    SAVED,
    SENT,
    TICKET_TYPE,
    Row,
    Rows,
    Table,
)

__all__ = [
    "ACCEPTED",
    "ACTIVE",
    "DRAFT",
    "NO_DATE",
    "OBSOLETE",
    "OPPORTUNITY_TYPE",
    "REJECTED",
    "REQUIRED",
    "SAVED",
    "SENT",
    "TICKET_TYPE",
    "Row",
    "Table",
    "Tables",
]

_NAMES = {
    "clients": fields.CLIENT,
    "sites": fields.SITE,
    "users": fields.USER,
    "opportunities": fields.OPPORTUNITY,
    "items": fields.ITEM,
    "groups": fields.GROUP,
    "agents": fields.AGENT,
    "suppliers": fields.SUPPLIER,
}


class Tables(Rows):
    """All rows, and the adders that make new ones as a person would."""

    def _keep(self, entity: str, row: Row, more: Row) -> Row:
        unknown = sorted(set(more) - set(_NAMES[entity]))
        if unknown:
            raise ValueError(f"Halo's {entity} have no field {', '.join(unknown)}.")
        row = {**row, **more}
        row.setdefault("id", 0)
        row["id"] = row["id"] or self.next_id(entity)
        return self.put(getattr(self, entity), row["id"], row)

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
            self.touch(client)["main_site_id"] = site["id"]
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
            "ulastupdate": self.now(),
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

    def add_required_field(
        self,
        label: str,
        *,
        ticket_type: int = OPPORTUNITY_TYPE,
        name: str = "",
        values: list[str] | None = None,
        kind: int = 0,
        required: bool = True,
    ) -> Row:
        """Let a ticket type ask for a field; without Halo's own `name` it is a custom one."""
        fields_: list[Row] = self.ticket_types[ticket_type].setdefault("fields", [])
        id_ = self.next_id("fields")
        info = {
            "id": id_,
            "name": name or f"CF{label.replace(' ', '')}",
            "label": label,
            "type": 2 if values else kind,
            "custom": 0 if name else 1,
            "faults_field_name": name,
            "mandatory": False,
            "values": [{"id": number, "name": text} for number, text in enumerate(values or (), start=1)],
        }
        row = {"id": id_, "fieldid": id_, "fieldname": info["name"], "seq": len(fields_) + 1}
        fields_.append({**row, "technew": REQUIRED if required else 1, "fieldinfo": info})
        return fields_[-1]

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

    def add_agent(self, name: str = "Kim Agent", email: str = "kim.agent@example.com", **more: Any) -> Row:
        """Add an agent (a member of staff)."""
        first, _, last = name.partition(" ")
        row = {"name": name, "email": email, "firstname": first, "surname": last}
        return self._keep("agents", {**row, "isapiagent": False, "isdisabled": False}, more)

    def add_supplier(self, name: str = "Contoso Fictional Distribution", **more: Any) -> Row:
        """Add a supplier."""
        row = {"name": name, "inactive": False, "is_supplier": True, "datecreated": self.now()}
        return self._keep("suppliers", row, more)

    def add_note(self, ticket_id: int, note: str, *, hidden: bool = True, **more: Any) -> Row:
        """Add a note (Halo: *action*) to a ticket; its id counts within the ticket."""
        ids = [row["id"] for row in self.actions.values() if row["ticket_id"] == ticket_id]
        row = {
            "id": max(ids, default=0) + 1,
            "ticket_id": ticket_id,
            "outcome": "Private Note" if hidden else "Note",
            "who": self.agents[API_AGENT]["name"],
            "note": note,
            "note_html": html.escape(note),
            "hiddenfromuser": hidden,
            "datetime": self.now(),
            "actionarrivaldate": self.now(),
        }
        return self.put(self.actions, self.next_id("actions"), {**row, **more})
