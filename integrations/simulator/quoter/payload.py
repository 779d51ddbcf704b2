"""A quote as the webhook's `data` carries it: keys, order and types of real deliveries.

Shapes that nobody has captured (recurring totals, discount, taxes, custom fields, options, shipping address) are
plausible guesses [U]; `extra` on a quote or a line puts any other shape there.
"""

from decimal import Decimal
from typing import Any

from integrations.simulator.quoter.encoding import money, number, plain
from integrations.simulator.quoter.ids import named_ids
from integrations.simulator.quoter.lines import ZERO, Line
from integrations.simulator.quoter.quotes import INTERVALS, Contact, Quote

_CURRENCIES = {"USD": "United States Dollar ", "GBP": "Pound Sterling ", "EUR": "Euro ", "CAD": "Canadian Dollar "}
ADDRESS = {
    "line1": "100 Example Street",
    "line2": "",
    "city": "Springfield",
    "state": {"code": "IL", "name": "Illinois"},
    "country": {"code": "US", "name": "United States"},
    "postal_code": "62701",
}


FORM = {"id": "60001", "slug": "standard-quote", "title": "Standard Quote"}
"""The template that every account has."""


def render(quote: Quote, *, account_id: int, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the quote's data; `form` is the template it was made with."""
    months, word, adjective = INTERVALS[quote.interval]
    discount = quote_discount(quote)
    upfront, recurring = quote.total(recurring=False) - discount, quote.total(recurring=True)
    has_recurring = any(line.recurring for line in quote.lines)
    margin = upfront - quote.cost(recurring=False)
    recurring_margin = recurring - quote.cost(recurring=True)
    data = {
        "id": str(quote.id),
        "account_id": str(account_id),
        "parent_quote_id": str(quote.parent_quote_id) if quote.parent_quote_id else None,
        # Null even on a revision.
        "revision": None,
        "name": quote.name,
        "number": str(quote.number),
        "internal_notes": quote.internal_notes,
        "comments": quote.comments,
        "uuid": quote.uuid,
        "expiry_date": quote.expiry_date,
        "won_date": quote.won_date,
        "grace_period": "0",
        "recurring_time_period": months,
        "recurring_time_period_string": word,
        "recurring_time_period_string_adjective": adjective,
        "status": quote.status,
        "discount": money(discount) if discount else (quote.discount or None),
        "total": {
            "upfront": money(upfront),
            "recurring": money(recurring) if has_recurring else None,
            "one_time_margin_dollars": money(margin),
            "one_time_margin_percent": money(percent(margin, upfront)),
            "recurring_margin_dollars": money(recurring_margin) if has_recurring else None,
            "recurring_margin_percent": money(percent(recurring_margin, recurring)) if has_recurring else None,
        },
        "shipping": money(quote.shipping),
        "taxes": _taxes(quote.taxes),
        "person": show_person(quote.contact),
        "quote_owner": _owner(quote.owner),
        "reseller": [],
        "currency": {"code": quote.currency, "name": currency_name(quote.currency)},
        "form": dict(form or FORM),
        "custom_fields": named_values(quote.custom_fields),
        "line_items": [_line(line) for line in quote.lines],
        "new": "true" if quote.new else "false",
    }
    return {**data, **quote.extra}


def _line(line: Line) -> dict[str, Any]:
    margin, total_margin = line.price - line.cost, line.net - line.cost
    total: dict[str, str] = {
        "upfront": money(ZERO if line.recurring else line.price),
        "upfront_after_discount": money(ZERO if line.recurring else line.net),
    }
    if line.recurring:
        total |= {"recurring": money(line.price), "recurring_after_discount": money(line.net)}
    data = {
        "id": str(line.id),
        "item_id": line.item_id,
        "quantity": plain(line.quantity),
        "name": line.name,
        "description": line.description,
        "sku": line.sku,
        "supplier_sku": line.supplier_sku,
        "pricing_structure": line.pricing_structure,
        "recurring": "true" if line.recurring else "false",
        "base_unit_price": money(line.unit_price),
        "base_price": money(line.price),
        "unit_price": money(line.unit_price),
        "unit_cost": money(line.unit_cost),
        "base_margin_dollar": number(margin),
        "base_margin_percent": number(percent(margin, line.price)),
        "total_margin_dollar": number(total_margin),
        "total_margin_percent": number(percent(total_margin, line.net), 1),
        "total": total,
        "discount": money(line.discount),
        "supplier": named_ids("sup", line.supplier),
        "type": named_ids("cat", line.category, line.parent_category),
        "manufacturer": named_ids("man", line.manufacturer),
        "is_optional": line.is_optional,
        "is_optional_selected": line.is_optional_selected,
        "options": line.options,
        "custom_fields": named_values(line.custom_fields),
    }
    if line.recurring_time_period_string:
        data["recurring_time_period_string"] = line.recurring_time_period_string
    return {**data, **line.extra}


def show_person(contact: Contact) -> dict[str, Any]:
    """Return the person as a quote carries it."""
    return {
        "id": str(contact.id),
        "public_id": contact.public_id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "organization": contact.organization,
        "title": contact.title,
        "addresses": {"billing": contact.billing or ADDRESS, "shipping": contact.shipping},
        "telephone_numbers": {"work": contact.work, "mobile": contact.mobile, "fax": None},
        "email_address": contact.email_address,
        "website": contact.website,
    }


def _owner(owner: dict[str, Any]) -> dict[str, str]:
    first, last = str(owner.get("first_name", "")), str(owner.get("last_name", ""))
    return {
        "id": str(owner.get("id", "")),
        "first_name": first,
        "last_name": last,
        "full_name": f"{first} {last}".strip(),
        "email": str(owner.get("email", "")),
    }


def currency_name(code: str) -> str:
    """Return a currency's name; the blank at its end is real."""
    return _CURRENCIES.get(code, f"{code} ")


def quote_discount(quote: Quote) -> Decimal:
    """Return a discount given as an amount; any other shape is passed on as it stands."""
    value = quote.discount
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, str):
        text = value.replace(",", "").strip()
        return Decimal(text) if text.replace(".", "", 1).isdigit() else ZERO
    return ZERO


def _taxes(taxes: Any) -> Any:
    if not isinstance(taxes, list):
        return taxes or []
    rows = []
    for tax in taxes:
        if isinstance(tax, dict) and not isinstance(tax.get("amount"), str) and "amount" in tax:
            tax = {**tax, "amount": money(Decimal(str(tax["amount"])))}
        rows.append(tax)
    return rows


def named_values(values: Any) -> Any:
    """Write {"label": "value"} as the list of named values that is assumed [U]."""
    if isinstance(values, dict) and all(isinstance(v, str) for v in values.values()):
        return [
            {"id": str(index), "name": k, "value": v} for index, (k, v) in enumerate(values.items(), 1)
        ] or None
    return values or None


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """Return a share in percent, 0 of nothing."""
    return part * 100 / whole if whole else ZERO


def render_person(contact: Contact, *, account_id: int) -> dict[str, Any]:
    """Return the data of a Person webhook: the person as quotes carry it, at the top level [I, never captured]."""
    return {"account_id": str(account_id), **show_person(contact), "new": "false"}


def render_payment(payment: dict[str, Any], quote: Quote, *, account_id: int) -> dict[str, Any]:
    """Return the data of a Payment webhook, in the manner of the quote's [U: no key of it is known]."""
    return {
        "id": str(payment["id"]),
        "account_id": str(account_id),
        "quote_id": str(quote.id),
        "quote_number": str(quote.number),
        "amount": money(Decimal(payment["amount"])),
        "currency": {"code": quote.currency, "name": currency_name(quote.currency)},
        "status": "completed",
        "method": payment["method"],
        "date": payment["date"],
        "person": show_person(quote.contact),
        "new": "true",
    }
