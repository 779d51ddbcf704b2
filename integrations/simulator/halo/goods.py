"""POST on products, product groups, suppliers, files and notes."""

import base64
import binascii
import html
import re

from integrations.simulator.halo import fields
from integrations.simulator.halo.checking import Element, as_id, check_element
from integrations.simulator.halo.refusals import invalid, not_found, refused
from integrations.simulator.halo.saving import fill, find, known, need, plain
from integrations.simulator.halo.tables import Row, Tables


def save_item(halo: Tables, element: Element, path: str) -> Row:
    """Save a product; a new one needs a name and a product group."""
    row = find(halo, halo.items, element, "Item")
    need(element, row, "name", path)
    group_id = known(halo.groups, element, "assetgroup_id", path)
    if element.get("item_suppliers"):
        element["item_suppliers"] = [
            _item_supplier(halo, one, f"{path}.item_suppliers[{index}]")
            for index, one in enumerate(element["item_suppliers"])
        ]
    if row is not None:
        row.update(plain(element))
        row["lastmodified"] = halo.now()
        return row
    if not group_id:
        raise invalid(f"{path}.assetgroup_id", "An asset group is needed.")
    details = plain(element)
    price = details.pop("baseprice", 0.0)
    item = halo.add_item(details.pop("name"), isrecurringitem=bool(details.get("isrecurringitem")))
    return fill(item, {**details, "baseprice": price})


def _item_supplier(halo: Tables, one: Element, path: str) -> Row:
    """One supplier's terms for a product; the name comes from the id."""
    check_element(one, fields.ITEM_SUPPLIER, path)
    supplier_id = known(halo.suppliers, one, "supplier_id", path)
    if not supplier_id:
        raise invalid(f"{path}.supplier_id", "A supplier is needed.")
    row: Row = {"price": 0.0, "cost": 0.0, "supplier_sku": "", "note": "", "client_id": 0, **plain(one)}
    row["id"] = as_id(one.get("id")) or halo.next_id("item_suppliers")
    return row | {"supplier_name": halo.suppliers[supplier_id]["name"]}


def save_group(halo: Tables, element: Element, path: str) -> Row:
    """Save a product group."""
    row = find(halo, halo.groups, element, "AssetGroup")
    need(element, row, "name", path)
    return fill(row, plain(element)) if row is not None else halo.add_group(**plain(element))


def save_supplier(halo: Tables, element: Element, path: str) -> Row:
    """Save a supplier."""
    row = find(halo, halo.suppliers, element, "Supplier")
    need(element, row, "name", path)
    details = plain(element, without="issupplierdetails")
    return fill(row, details) if row is not None else halo.add_supplier(**details)


def save_attachment(halo: Tables, element: Element, path: str) -> Row:
    """Save a file on a ticket. Whether Halo wants bare base64 or a data URI is not known [U]: both are taken."""
    found = find(halo, halo.attachments, element, "Attachment")
    known(halo.opportunities, element, "ticket_id", path)
    need(element, found, "filename", path)
    details = plain(element)
    if "data_base64" in details:
        details["filesize"] = len(read_data(details["data_base64"]))
    if found is not None:
        return fill(found, details)
    row: Row = {"type": 0, "filesize": 0, "showforusers": False, "note": "", "third_party_id": "", **details}
    row |= {"id": halo.next_id("attachments"), "datecreated": halo.now()}
    return halo.put(halo.attachments, row["id"], row)


def read_data(text: str) -> bytes:
    """Decode a file's content. Raises Refusal where it is no base64."""
    content = text.partition(";base64,")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise refused("The input is not a valid Base-64 string.") from exc


def save_action(halo: Tables, element: Element, path: str) -> Row:
    """Save a note on a ticket; Halo wants an outcome on each. Unless told, the customer can see it [U]."""
    ticket_id = known(halo.opportunities, element, "ticket_id", path)
    if not ticket_id:
        raise invalid(f"{path}.ticket_id", "A ticket is needed.")
    details = plain(element, without="ticket_id")
    if number := as_id(element.get("id")):
        return fill(halo.touch(find_action(halo, ticket_id, number)), details)
    if not element.get("outcome") and not element.get("outcome_id"):
        raise refused("An Outcome must be entered for this Action")
    note, markup = str(details.pop("note", "")), str(details.pop("note_html", ""))
    if not note and not markup:
        raise invalid(f"{path}.note", "The note field is required.")
    halo.touch(halo.opportunities[ticket_id])["lastactiondate"] = halo.now()
    return halo.add_note(
        ticket_id,
        note or html.unescape(re.sub(r"<[^>]*>", "", markup)),
        hidden=bool(details.pop("hiddenfromuser", False)),
        note_html=markup or html.escape(note),
        **details,
    )


def find_action(halo: Tables, ticket_id: int, number: int) -> Row:
    """Return a ticket's note by its number. Raises Refusal where there is none."""
    for row in halo.actions.values():
        if (row["ticket_id"], row["id"]) == (ticket_id, number):
            return row
    raise not_found("Action")
