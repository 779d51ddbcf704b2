"""What of a row the API shows: names filled in, sums worked out, some ids as doubles."""

import copy

from integrations.simulator.halo.documents import name_people, sum_up
from integrations.simulator.halo.tables import Row, Tables

# What a list row leaves out.
DETAILS = {
    "clients": ("notes", "customfields"),
    "sites": ("delivery_address", "invoice_address", "notes"),
    "users": ("primary_address", "addresses", "notes"),
    "opportunities": ("details", "details_html", "customfields"),
    "items": ("description", "purchase_description", "item_suppliers", "note"),
    "quotes": ("lines", "note"),
    "salesorders": ("lines", "note"),
    "attachments": ("link",),
}


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
        client = halo.clients.get(int(shown.get("client_id") or 0), {})
        shown["client_name"] = client.get("name", "")
        shown["is_prospect"] = client.get("is_account") is False
    elif entity == "sites":
        shown["client_id"] = float(shown.get("client_id") or 0)
    elif entity == "items":
        shown["assetgroup_name"] = halo.groups.get(int(shown.get("assetgroup_id") or 0), {}).get("name", "")
    elif entity == "opportunities":
        shown["status_name"] = halo.ticket_statuses.get(shown.get("status_id") or 0, {}).get("name", "")
        shown["tickettype_name"] = halo.ticket_types.get(shown.get("tickettype_id") or 0, {}).get("name", "")
        shown["quotation_count"] = sum(q.get("ticket_id") == row["id"] for q in halo.quotes.values())
    elif entity == "attachments":
        # The content itself is never in an answer: the link is good for a while, and needs no token.
        shown.pop("data_base64", None)
        shown["link"] = f"/halo/attachments/{row['id']}"
    elif entity == "quotes":
        shown["status_name"] = halo.statuses.get(int(shown.get("status") or 0), {}).get("name", "")
    if not details:
        for name in DETAILS.get(entity, ()):
            shown.pop(name, None)
    return shown
