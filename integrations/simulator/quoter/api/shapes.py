"""Records as the ScalePad API shows them. Keys and types of a quote are those of a captured draft."""

from typing import Any

from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.api.matching import Entry, iso, iso_of
from integrations.simulator.quoter.api.totals import (
    decimal,
    show_line_totals,
    show_quote_totals,
    show_section_totals,
)
from integrations.simulator.quoter.encoding import CENT, plain
from integrations.simulator.quoter.ids import named_ids, public_id
from integrations.simulator.quoter.lines import ZERO, Line
from integrations.simulator.quoter.payload import ADDRESS, named_values, percent
from integrations.simulator.quoter.quotes import LOST, PENDING, Contact, Quote

Row = dict[str, Any]
DEFAULT_SECTION = "Items"
_ADDRESS_KEYS = {
    "address_line_1": "line1",
    "address_line_2": "line2",
    "city": "city",
    "postal_code": "postal_code",
}


def stage_of(quote: Quote, now: str) -> str:
    """Return the stage; the literal values are not known [U]."""
    if quote.is_draft:
        return "draft"
    if quote.status == PENDING:
        return "expired" if (quote.expiry_date or now) < now else "published"
    return LOST if quote.status == LOST else f"won_{quote.status}"


def _now(account: Account) -> str:
    """Return the time in the notation of quotes' dates."""
    return iso(account.now()).replace("T", " ").rstrip("Z")


def list_quote(account: Account, quote: Quote) -> Entry:
    """Make a list's entry. Filters know uuid, stage and won_at, whatever is shown."""
    values = {
        "id": quote.public_id,
        "uuid": quote.uuid,
        "name": quote.name,
        "custom_number": quote.custom_number,
        "draft": quote.is_draft,
        "stage": stage_of(quote, _now(account)),
        "primary": False,
        "recurring_interval": quote.interval,
        "record_created_at": iso(quote.created_at),
        "record_updated_at": iso(quote.updated_at),
        "expired_at": iso_of(quote.expiry_date),
        "won_at": iso_of(quote.won_date),
    }
    # Whether a list carries the lines is not known [U]; here they have to be read quote by quote.
    return Entry(values, lambda: {**show_quote(account, quote), "sections": None})


def show_quote(account: Account, quote: Quote) -> Row:
    """Return a whole quote."""
    contact = quote.contact
    shown = {
        "attachments": None,
        "billing_address": show_address(contact.billing or ADDRESS),
        "client": {"id": None, "name": contact.organization},
        "comments": quote.comments or None,
        "contacts": [
            {
                "email": contact.email_address,
                "first_name": contact.first_name,
                "id": contact.public_id,
                "last_name": contact.last_name,
                "organization": contact.organization,
                "primary": True,
            }
        ],
        "content_blocks": {"closing": None, "introductory": None},
        "cover_page": quote.cover_page,
        "currency_iso": quote.currency,
        "custom_fields": {"quote_acceptance": None, "quote_creation": named_values(quote.custom_fields)},
        "custom_number": quote.custom_number,
        "draft": quote.is_draft,
        "expired_at": iso_of(quote.expiry_date),
        "id": quote.public_id,
        "internal_notes": quote.internal_notes or None,
        "name": quote.name,
        "number": "0" if quote.is_draft else str(quote.number),
        "owner": _owner(quote),
        "pricing_split_order": "none",
        "primary": False,
        "record_created_at": iso(quote.created_at),
        "record_updated_at": iso(quote.updated_at),
        "revision": str(quote.revision) if quote.revision > 1 else None,
        "sections": _sections(quote) or None,
        "shipping_address": show_address(contact.shipping),
        "template_id": quote.template_id or None,
        "totals": show_quote_totals(quote),
    }
    # Neither is on the captured draft; filters of these names exist, so a published quote may show them [U].
    if "stage-shown" in account.quirks:
        shown["stage"] = stage_of(quote, _now(account))
    return shown if "no-uuid" in account.quirks else {**shown, "uuid": quote.uuid}


def show_address(address: Row | None) -> Row | None:
    """Return an address; the webhook's state and country are objects, these are codes."""
    if address is None:
        return None
    state, country = address.get("state") or {}, address.get("country") or {}
    return {
        **{key: address.get(name) or None for key, name in _ADDRESS_KEYS.items()},
        "address_line_3": None,
        "country_code": country.get("code"),
        "country_name": None,
        "geo_spatial_coordinates": None,
        "is_eu": None,
        "state_prov_code": state.get("code"),
        "state_prov_name": None,
    }


def read_address(given: Row) -> Row:
    """Turn an address of this API into the webhook's shape."""
    read = {name: str(given.get(key) or "") for key, name in _ADDRESS_KEYS.items()}
    state, country = (str(given.get(key) or "") for key in ("state_prov_code", "country_code"))
    return {**read, "state": {"code": state, "name": state}, "country": {"code": country, "name": country}}


def _owner(quote: Quote) -> Row:
    owner = quote.owner
    names = {key: str(owner.get(key, "")) for key in ("email", "first_name", "last_name")}
    return {**names, "id": public_id("user", owner.get("email", ""))}


def _sections(quote: Quote) -> list[Row]:
    """Group the lines by their sections' names, in the order in which these come up."""
    grouped: dict[str, list[Line]] = {}
    for line in quote.lines:
        grouped.setdefault(line.section or DEFAULT_SECTION, []).append(line)
    return [_section(name, lines, quote) for name, lines in grouped.items()]


def _section(name: str, lines: list[Line], quote: Quote) -> Row:
    return {
        "discount_application": None,
        "discount_description": None,
        "discount_input_decimal": None,
        "discount_input_type": None,
        "id": public_id("s", quote.id, name)[2:],
        "line_items": [_line(line, quote) for line in lines],
        "name": name,
        "optional_group_id": None,
        "optional_selected": False,
        "totals": show_section_totals(lines, quote),
    }


def _line(line: Line, quote: Quote) -> Row:
    bundle = next((one for one in quote.lines if one.bundle and one.name == line.bundle_parent), None)
    margin = percent(line.unit_price - line.unit_cost, line.unit_price).quantize(CENT)
    return {
        "attachments": None,
        "bundle": line.bundle,
        "bundle_line_item_id": line_id(bundle) if bundle else None,
        "bundle_publicly_visible": line.bundle_publicly_visible,
        "category": show_category_of(line),
        "code": line.sku or None,
        "custom_fields": named_values(line.custom_fields),
        "description": line.description or None,
        "discount_input_decimal": decimal(line.discount) if line.discount else None,
        "discount_input_type": "amount" if line.discount else None,
        "id": line_id(line),
        "images": None,
        "manufacturer": _named("man", line.manufacturer),
        "name": line.name,
        "optional": line.is_optional,
        "optional_group_id": public_id("optg", quote.id, line.optional_group) if line.optional_group else None,
        "optional_selected": line.is_optional_selected,
        "options": line.options,
        "quantity_decimal": plain(line.quantity),
        "sku": line.supplier_sku or None,
        "supplier": _named("sup", line.supplier),
        "taxable": line.taxable,
        "totals": show_line_totals(line, quote),
        "unit_cost_decimal": plain(line.unit_cost) if line.unit_cost else None,
        "unit_margin_decimal": None,
        "unit_margin_percentage": plain(margin) if line.unit_price != ZERO else None,
        "unit_price_decimal": plain(line.unit_price),
    }


def line_id(line: Line) -> str:
    """Return the API's id of a line."""
    return public_id("litm", line.id)


def show_category_of(line: Line) -> Row | None:
    """Return a line's category, None where it has none [U]."""
    if not line.category:
        return None
    parent = line.parent_category
    return {
        "id": named_ids("cat", line.category, parent)["public_id"],
        "name": line.category,
        "parent_category": parent or None,
        "parent_category_id": named_ids("cat", parent)["public_id"] if parent else None,
    }


def _named(prefix: str, name: str) -> Row | None:
    """A supplier or manufacturer of a line; its shape was never captured [U]."""
    return {"id": named_ids(prefix, name)["public_id"], "name": name} if name else None


def list_contact(account: Account, contact: Contact) -> Entry:
    """Make a list's entry."""
    address = show_address(contact.billing) or {}
    values = {
        "id": contact.public_id,
        "billing_email": contact.email_address,
        "email": contact.email_address,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "phone": contact.work,
        "organization": contact.organization,
        "address": address.get("address_line_1"),
        "city": address.get("city"),
        "country": address.get("country_code"),
        "region": address.get("state_prov_code"),
        "postal_code": address.get("postal_code"),
        "record_created_at": iso(contact.created_at),
    }
    return Entry(values, lambda: show_contact(account, contact))


def show_contact(account: Account, contact: Contact) -> Row:
    """Return a contact. One without a quote has no id: it appears in quotes only."""
    used = any(quote.contact.id == contact.id for quote in account.quotes.values())
    return {
        "id": contact.public_id if used else None,
        "client": None,
        "billing_email": contact.email_address,
        "billing_first_name": contact.first_name,
        "billing_last_name": contact.last_name,
        "billing_organization": contact.organization or None,
        "billing_work_phone": contact.work,
        "billing_mobile_phone": contact.mobile,
        "billing_address": show_address(contact.billing or ADDRESS),
        "shipping_address": show_address(contact.shipping),
        "title": contact.title or None,
        "website": contact.website,
        "record_created_at": iso(contact.created_at),
        "record_updated_at": iso(contact.updated_at),
    }
