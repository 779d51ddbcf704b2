"""Records as the legacy API shows and takes them: flat, with `created_at` and `modified_at`."""

import json
from typing import Any

from integrations.simulator.quoter.api.matching import Entry, Row, iso, iso_of
from integrations.simulator.quoter.api.refusals import Problem, Refusal, wrong_shape
from integrations.simulator.quoter.api.totals import Amounts, add_up, decimal
from integrations.simulator.quoter.ids import public_id
from integrations.simulator.quoter.payload import ADDRESS
from integrations.simulator.quoter.quotes import Contact, Quote

FILTERS = {
    "quotes": frozenset(
        {
            "name",
            "custom_number",
            "uuid",
            "status",
            "draft",
            "email_status",
            "recurring_interval",
            "created_at",
            "modified_at",
            "expired_at",
            "won_at",
        }
    ),
    "contacts": frozenset({"email", "first_name", "last_name", "organization", "created_at", "modified_at"}),
    "categories": frozenset({"name", "created_at", "modified_at"}),
    "quote_templates": frozenset({"title", "created_at", "modified_at"}),
}
"""What each list can be filtered by."""
_FREQUENCIES = ("one_time", "monthly", "quarterly", "semi_annual", "annual")
_TEXTS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email_address",
    "organization": "organization",
    "title": "title",
    "work_phone": "work",
    "mobile_phone": "mobile",
    "website": "website",
}
_REQUIRED = ("first_name", "last_name", "email", "billing_country_iso")
_LINES = {"address": "line1", "address2": "line2", "city": "city", "postal_code": "postal_code"}
_CODES = {"region_iso": "state", "country_iso": "country"}


def read_json(text: str) -> Row:
    """Read a JSON object. Raises Refusal."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise wrong_shape("The body must be a JSON object")
    return found


def as_entry(row: Row) -> Entry:
    """Make a list's entry of a row that filters see as it is shown."""
    return Entry(row, lambda: row)


def list_quote(quote: Quote) -> Entry:
    """Make a list's entry."""
    shown = show_quote(quote)
    return Entry({**shown, "recurring_interval": quote.interval}, lambda: shown)


def show_quote(quote: Quote) -> Row:
    """Return a quote of the list: no lines, and no Halo id among the others' ids."""
    contact, owner = quote.contact, quote.owner
    sums = add_up((line for line in quote.lines if line.counts), quote)
    amounts = {
        f"{name}_{key}": value
        for name in _FREQUENCIES
        for key, value in _amounts(sums.get(name, Amounts())).items()
    }
    return {
        "id": quote.public_id,
        "name": quote.name,
        "number": "0" if quote.is_draft else str(quote.number),
        "custom_number": quote.custom_number,
        "revision": str(quote.revision) if quote.revision > 1 else None,
        # A draft has no status of its own among the known values: it waits like a published one [U].
        "status": "pending" if quote.is_draft else quote.status,
        "draft": quote.is_draft,
        "flagged": False,
        "uuid": quote.uuid,
        "contact": contact.name,
        "contact_id": contact.public_id,
        "owner": f"{owner.get('first_name', '')} {owner.get('last_name', '')}".strip(),
        "owner_id": public_id("user", owner.get("email", "")),
        "currency_iso": quote.currency,
        "created_at": iso(quote.created_at),
        "modified_at": iso(quote.updated_at),
        "expired_at": iso_of(quote.expiry_date),
        "won_at": iso_of(quote.won_date),
        "email_status": None,
        "email_first_sent_at": None,
        "email_last_sent_at": None,
        "internal_notes": quote.internal_notes or None,
        **_flat("billing", contact.billing or ADDRESS),
        **_flat("shipping", contact.shipping or {}),
        "shipping_decimal": decimal(quote.shipping),
        "sp_client_id": None,
        "pipedrive_deal_id": None,
        **amounts,
    }


def _amounts(amounts: Amounts) -> Row:
    return {
        "cost": decimal(amounts.cost),
        "discount": decimal(amounts.discount),
        "margin": decimal(amounts.net - amounts.cost),
        "subtotal": decimal(amounts.subtotal),
        "tax_total": "0.00",
        "total": decimal(amounts.net),
    }


def _flat(prefix: str, address: Row) -> Row:
    lines = {f"{prefix}_{key}": address.get(name) or None for key, name in _LINES.items()}
    codes = {f"{prefix}_{key}": (address.get(name) or {}).get("code") or None for key, name in _CODES.items()}
    return {**lines, **codes}


def show_contact(contact: Contact) -> Row:
    """Return a contact."""
    return {
        "id": contact.public_id,
        **{key: getattr(contact, name) or None for key, name in _TEXTS.items()},
        **_flat("billing", contact.billing or ADDRESS),
        **_flat("shipping", contact.shipping or {}),
        "created_at": iso(contact.created_at),
        "modified_at": iso(contact.updated_at),
    }


def read_contact(body: Row, *, new: bool, before: Contact | None = None) -> Row:
    """Read a contact's fields; those that are not known are ignored. Raises Refusal for a field that is needed."""
    missing = [name for name in _REQUIRED if not body.get(name) and (new or name in body)]
    if missing:
        # Code and status of this refusal are a guess [U].
        raise Refusal(400, *(Problem("ERR_VALUE_REQUIRED", f"{name} is required") for name in missing))
    nullable = ("work", "mobile", "website")
    values: dict[str, Any] = {"organization": ""} if new else {}
    values |= {
        name: str(body[key]) if body[key] else (None if name in nullable else "")
        for key, name in _TEXTS.items()
        if key in body
    }
    for prefix in ("billing", "shipping"):
        if any(f"{prefix}_{key}" in body for key in (*_LINES, *_CODES)):
            values[prefix] = _address(body, prefix, getattr(before, prefix, None) or {})
    return values


def _address(body: Row, prefix: str, before: Row) -> Row:
    address = {name: str(body.get(f"{prefix}_{key}", before.get(name)) or "") for key, name in _LINES.items()}
    codes = {
        name: str(body.get(f"{prefix}_{key}", (before.get(name) or {}).get("code")) or "")
        for key, name in _CODES.items()
    }
    return {**address, **{name: {"code": code, "name": code} for name, code in codes.items()}}


def show_category(row: Row) -> Row:
    """Return an item category; that it names its parent is a guess after the newer API [U]."""
    times = {"created_at": iso(row["created_at"]), "modified_at": iso(row["created_at"])}
    return {"id": row["id"], "name": row["name"], "parent_category": row["parent_category"], **times}


def show_template(row: Row) -> Row:
    """Return a quote template; its fields are a guess after the webhook's `form` [U]."""
    times = {"created_at": iso(row["created_at"]), "modified_at": iso(row["created_at"])}
    return {"id": row["id"], "title": row["title"], "slug": row["slug"], **times}
