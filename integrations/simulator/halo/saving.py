"""POST on clients, sites, users, opportunities, products: create without an id, update with one."""

from typing import Any

from integrations.simulator.halo.checking import Element, as_id
from integrations.simulator.halo.refusals import invalid, not_found, refused
from integrations.simulator.halo.tables import REQUIRED, Row, Tables

# Orders of the caller, not columns of the row.
_CONTROLS = {
    "_novalidate",
    "_isimport",
    "donotapplytemplateintheapi",
    "_forcereassign",
    "_agent01_ok",
    "_agent02_ok",
    "_validate_form",
    "_dont_fire_automations",
    "dont_do_rules",
    "isitemdetails",
    "isuserdetails",
    "isclientdetails",
    "issitedetails",
}


def plain(element: Element, *, without: str = "") -> Row:
    """Return what of an element is stored."""
    drop = _CONTROLS | set(without.split())
    return {k: v for k, v in element.items() if k not in drop and k != "id" and v is not None}


def find(halo: Tables, table: dict[int, Row], element: Element, what: str) -> Row | None:
    """Return the row that an element will change, None where it creates. Raises Refusal for an unknown id."""
    id_ = as_id(element.get("id"))
    if id_ <= 0:
        return None
    if id_ not in table:
        raise not_found(what)
    return halo.touch(table[id_])


def known(table: dict[int, Row], element: Element, name: str, path: str) -> int:
    """Return the id that a field names, 0 where it names none. Raises Refusal for an unknown one."""
    id_ = as_id(element.get(name))
    if id_ > 0 and id_ not in table:
        raise invalid(f"{path}.{name}", f"There is no record with the id {id_}.")
    return max(id_, 0)


def save_client(halo: Tables, element: Element, path: str) -> Row:
    """Save a client; a new one gets its main site and, where given, its main contact."""
    row = find(halo, halo.clients, element, "Client")
    contact = str(element.get("newclient_contactname") or "")
    if row is None and "main-contact-compulsory" in halo.quirks and not contact:
        raise refused("Please populate main contact name")
    need(element, row, "name", path)
    details = plain(element)
    new = {key: details.pop(key) for key in list(details) if key.startswith("newclient_")}
    if row is not None:
        row.update(details)
        return row
    row = halo.add_client(details.pop("name"), with_site=False, **details)
    address = {k: v for k, v in (new.get("newclient_delivery_address") or {}).items() if k != "id"}
    site = halo.add_site(
        client_id=row["id"],
        name=new.get("newclient_sitename") or "Main",
        phonenumber=new.get("newclient_phonenumber") or "",
        country_code=new.get("newclient_countrycode") or "",
        country_code_name="",
        region_code=as_id(new.get("newclient_regioncode")),
        delivery_address=halo.address(**address),
        invoice_address=halo.address(**address),
    )
    halo.add_user("General User", "", client_id=row["id"])
    if contact:
        user = halo.add_user(contact, new.get("newclient_contactemail") or "", client_id=row["id"])
        site["maincontact_id"] = user["id"]
    return row


def save_site(halo: Tables, element: Element, path: str) -> Row:
    """Save a site of a client."""
    row = find(halo, halo.sites, element, "Site")
    need(element, row, "name", path)
    client_id = known(halo.clients, element, "client_id", path)
    if row is not None:
        row.update(plain(element))
        return row
    if not client_id:
        raise invalid(f"{path}.client_id", "A client is needed.")
    return halo.add_site(client_id=client_id, **plain(element, without="client_id"))


def save_user(halo: Tables, element: Element, path: str) -> Row:
    """Save a user; a new one needs a site."""
    row = find(halo, halo.users, element, "User")
    site_id = known(halo.sites, element, "site_id", path)
    details = plain(element, without="site_id client_id site_id_int ulastupdate")
    if row is not None:
        row.update(details)
        row["ulastupdate"] = halo.now()
        if site_id:
            row |= {"site_id": site_id, "client_id": halo.sites[site_id]["client_id"]}
        return row
    if not site_id:
        raise invalid(f"{path}.site_id", "A site is needed.")
    name = details.pop("name", "") or f"{details.get('firstname', '')} {details.get('surname', '')}".strip()
    if not name:
        raise invalid(f"{path}.name", "A name is needed.")
    return halo.add_user(name, details.pop("emailaddress", ""), site_id=site_id, **details)


def save_opportunity(halo: Tables, element: Element, path: str) -> Row:
    """Save an opportunity; with a user it needs a site as well."""
    row = find(halo, halo.opportunities, element, "Ticket")
    user_id = known(halo.users, element, "user_id", path)
    site_id = known(halo.sites, element, "site_id", path)
    known(halo.clients, element, "client_id", path)
    known(halo.ticket_types, element, "tickettype_id", path)
    known(halo.ticket_statuses, element, "status_id", path)
    if row is not None:
        row.update(plain(element))
        row["last_update"] = halo.now()
        return row
    need(element, row, "summary", path)
    for field in (quirk.removeprefix("mandatory:") for quirk in halo.quirks if quirk.startswith("mandatory:")):
        if not element.get(field) and not element.get("_novalidate"):
            raise refused(f"The {field} field is mandatory")
    check_required(halo, element)
    if user_id and not site_id:
        raise invalid(f"{path}.site_id", "A site is needed with a user.")
    return halo.add_opportunity(user_id or None, **plain(element, without="user_id"))


def check_required(halo: Tables, element: Element) -> None:
    """Refuse a new ticket without a field that its type requires."""
    given = {as_id(one.get("id")): one.get("value") for one in element.get("customfields") or ()}
    for field in halo.ticket_types.get(as_id(element.get("tickettype_id")), {}).get("fields", ()):
        info = field["fieldinfo"]
        value = element.get(info["faults_field_name"]) if not info["custom"] else given.get(field["fieldid"])
        if field["technew"] >= REQUIRED and value in (None, "") and not element.get("_novalidate"):
            raise refused(f"The {info['label']} field is mandatory")


def fill(row: Row, details: dict[str, Any]) -> Row:
    row.update(details)
    return row


def need(element: Element, row: Row | None, name: str, path: str) -> None:
    """A creation must fill this field, and an update may not empty it."""
    value = element.get(name)
    if (row is None and not value) or (value is not None and not str(value).strip()):
        raise invalid(f"{path}.{name}", f"The {name} field is required.")
