"""POST and PATCH of the ScalePad API: 400 for a wrong shape, 422 with every failing rule for a wrong content."""

import re
from datetime import UTC, datetime
from typing import Any

from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.api.refusals import Problem, Refusal, wrong_shape
from integrations.simulator.quoter.api.shapes import read_address
from integrations.simulator.quoter.quoter import Quoter
from integrations.simulator.quoter.quotes import Contact, Quote

Body = dict[str, Any]
_QUOTE_TEXTS = {
    "template_id",
    "custom_number",
    "currency_iso",
    "expired_at",
    "comments",
    "internal_notes",
}
_COVER = {"cover_page_title", "cover_page_subtitle", "cover_page_content"}
_CONTACT_TEXTS = {
    "billing_email": "email_address",
    "billing_first_name": "first_name",
    "billing_last_name": "last_name",
    "billing_organization": "organization",
    "billing_work_phone": "work",
    "billing_mobile_phone": "mobile",
    "title": "title",
    "website": "website",
}
_REQUIRED = ("billing_email", "billing_first_name", "billing_last_name")
_ADDRESSES = {"billing_address": "billing", "shipping_address": "shipping"}
_ADDRESS_TEXTS = {
    "address_line_1",
    "address_line_2",
    "address_line_3",
    "city",
    "country_code",
    "postal_code",
    "state_prov_code",
}


def create_quote(quoter: Quoter, body: Body) -> Quote:
    """Make a draft without lines: template lines are never copied. Raises Refusal."""
    _check_shape(body, texts=_QUOTE_TEXTS | _COVER, objects={"contact"})
    given = body.get("contact") or {}
    _check_shape(given, texts={"email", "client_name", "client_id"}, objects=set(), inside="contact.")
    problems, contact = [], quoter.find_contact(email=str(given.get("email") or ""))
    if contact is None:
        problems.append(Problem("ERR_CONTACT_NOT_FOUND", "contact.email not found", "contact.email not found"))
    template = quoter.templates.get(str(body.get("template_id") or next(iter(quoter.templates))))
    if template is None:
        problems.append(Problem("ERR_TEMPLATE_NOT_FOUND", "template_id not found", "template_id not found"))
    currency = str(body.get("currency_iso") or "USD")
    if not re.fullmatch("[A-Z]{3}", currency):
        problems.append(Problem("ERR_VALUE_INVALID", "currency_iso is invalid", "currency_iso is invalid"))
    expiry, late = _read_time(body.get("expired_at"))
    problems += late
    if contact is None or template is None or problems:
        raise Refusal(422, *problems)
    cover = {name.removeprefix("cover_page_"): body[name] for name in sorted(_COVER) if body.get(name)}
    return quoter.create_quote(
        template["title"],
        _copy(contact, organization=given.get("client_name")),
        internal_notes=str(body.get("internal_notes") or ""),
        comments=str(body.get("comments") or ""),
        custom_number=body.get("custom_number"),
        currency=currency,
        expiry_date=expiry,
        template_id=template["id"],
        cover_page=cover or None,
    )


def _copy(contact: Contact, *, organization: Any) -> Contact:
    return Contact(**{**vars(contact), "organization": str(organization or contact.organization)})


def _read_time(text: Any) -> tuple[str | None, list[Problem]]:
    if not text:
        return None, []
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return None, [Problem("ERR_VALUE_INVALID", "expired_at is invalid", "expired_at is invalid")]
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"), []


def create_contact(account: Account, body: Body) -> Contact:
    """Make a contact; first name, last name, e-mail and country are needed. Raises Refusal."""
    values = _contact_values(body)
    address = body.get("billing_address") or {}
    missing = [name for name in _REQUIRED if not body.get(name)]
    missing += [] if address.get("country_code") else ["billing_address.country_code"]
    problems = [Problem("ERR_VALUE_REQUIRED", f"{name} is required", f"{name} is required") for name in missing]
    if body.get("billing_email") and "@" not in str(body["billing_email"]):
        problems.append(Problem("ERR_VALUE_INVALID", "billing_email is invalid", "billing_email is invalid"))
    if problems:
        raise Refusal(422, *problems)
    return account.add_contact(**{"organization": "", **values})


def change_contact(account: Account, contact: Contact, body: Body) -> None:
    """Change what is given of a contact. Raises Refusal."""
    values = _contact_values(body)
    emptied = [name for name in _REQUIRED if name in body and not body[name]]
    if emptied:
        raise Refusal(422, *(Problem("ERR_VALUE_REQUIRED", f"{name} is required") for name in emptied))
    account.update_contact(contact.id, **values)


def _contact_values(body: Body) -> Body:
    """Read a contact's fields. An address is an object: flat fields such as billing_city are a wrong shape."""
    _check_shape(body, texts=set(_CONTACT_TEXTS), objects=set(_ADDRESSES))
    values: Body = {}
    for name, field in _CONTACT_TEXTS.items():
        if name in body:
            keeps_null = field in ("work", "mobile", "website")
            values[field] = body[name] if keeps_null else str(body[name] or "")
    for name, field in _ADDRESSES.items():
        if body.get(name):
            _check_shape(body[name], texts=_ADDRESS_TEXTS, objects=set(), inside=f"{name}.")
            values[field] = read_address(body[name])
    return values


def _check_shape(body: Body, *, texts: set[str], objects: set[str], inside: str = "") -> None:
    """Hold a body against the names and kinds that are known. Raises Refusal for the first that does not fit."""
    for name, value in body.items():
        if name not in texts | objects:
            raise wrong_shape(f"{inside}{name} is not a known field")
        if value is not None and not isinstance(value, dict if name in objects else str):
            kind = "an object" if name in objects else "a text"
            raise wrong_shape(f"{inside}{name} must be {kind}")
