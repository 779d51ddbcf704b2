"""A webhook that never came, written anew: from what ScalePad's API says, or from the webhook of the state before.

The text has the shape of a webhook's (quoter.md 1.6), so that everything after it need not know the difference.
What the API does not tell stays empty: phones, catalogue items, the webhook's own ids. Shapes that were never
captured (taxes, discounts, optional sections) are read as their names say [I] (quoter.md 2.2).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from integrations.domain.money import CENT, ZERO, NotAnAmount, parse_amount, round_money
from integrations.domain.quote import Quote
from integrations.errors import NotUnderstood
from integrations.quoter.document import read_document
from integrations.quoter.shared import text

Row = Mapping[str, Any]
ItemOf = Callable[[str, str], str]
"""A line's name and SKU → its catalogue item, where the portal has learnt it."""
# The API's name of a frequency → the webhook's word for the period.
_WORDS = {"monthly": "monthly", "quarterly": "quarterly", "semi_annual": "semi_annually", "annual": "annually"}
_LEGACY = ("one_time", "monthly", "quarterly", "semi_annual", "annual")


def write_document(row: Row, *, status: str, id_: str, parent_id: str, item_of: ItemOf) -> str:
    """Return the text of a webhook that says what the API's quote says. Raises NotUnderstood."""
    lines = [_line(line, section, item_of) for section in _rows(row.get("sections")) for line in _lines(section)]
    totals = _object(row.get("totals"))
    document = {
        "id": id_,
        "parent_quote_id": parent_id or None,
        "revision": None,
        "name": text(row.get("name")),
        "number": text(row.get("number")),
        "internal_notes": text(row.get("internal_notes")),
        "comments": text(row.get("comments")),
        "uuid": text(row.get("uuid")),
        "expiry_date": _stamp(row.get("expired_at")),
        "won_date": _stamp(row.get("won_at")),
        "recurring_time_period": None,
        "recurring_time_period_string": next((line["recurring_time_period_string"] for line in lines), ""),
        "status": status,
        "discount": _money(_discount(lines, totals)),
        "total": {"upfront": _money(_stated(totals, "one_time")), "recurring": _recurring(totals)},
        "shipping": _money(_amount(totals.get("shipping_decimal"))),
        "taxes": _taxes(totals),
        "person": _person(row),
        "quote_owner": _owner(_object(row.get("owner"))),
        "reseller": [],
        "currency": {"code": text(row.get("currency_iso")), "name": ""},
        "form": {"id": text(row.get("template_id")), "slug": "", "title": ""},
        "custom_fields": _fields(_object(row.get("custom_fields"))),
        "line_items": lines,
        "new": "false",
    }
    return json.dumps(document, ensure_ascii=False, default=str)


def moved_document(before: str, *, status: str, won_at: object) -> str:
    """Return a webhook's text with another status: what a quote sells changes with a new revision only [V/I]."""
    document = read_document(before)
    return json.dumps(
        {**document, "status": status, "won_date": _stamp(won_at), "new": "false"}, ensure_ascii=False, default=str
    )


def sells_the_same(quote: Quote, row: Row) -> bool:
    """Hold a quote against the totals of the older API's row, before discounts; it carries no lines."""
    stated = {name: _amount(row.get(f"{name}_subtotal")) for name in _LEGACY}
    periods = {"once": "one_time", "monthly": "monthly", "quarterly": "quarterly"}
    periods |= {"half_yearly": "semi_annual", "yearly": "annual"}
    sums = dict.fromkeys(_LEGACY, ZERO)
    for line in quote.counted_lines:
        name = periods.get(line.period.value)
        if name is None:
            return False
        sums[name] += line.net + line.discount
    return all(round_money(sums[name]) == round_money(stated[name]) for name in _LEGACY)


def _line(line: Row, section: Row, item_of: ItemOf) -> dict[str, Any]:
    name, sku = text(line.get("name")), text(line.get("code"))
    totals = _object(line.get("totals"))
    frequency = _frequency(line, totals)
    price, quantity = _amount(line.get("unit_price_decimal")), _amount(line.get("quantity_decimal"))
    stated = _object(totals.get(frequency))
    before = _amount(stated.get("subtotal_decimal")) or round_money(price * quantity)
    off = _amount(stated.get("discount_decimal")) or _line_discount(line, before)
    kind = "upfront" if frequency == "one_time" else "recurring"
    optional = line.get("optional") is True
    # A whole section may be an option [I]: its lines then stand or fall with it.
    optional_section = bool(section.get("optional_group_id"))
    chosen = (not optional or line.get("optional_selected") is True) and (
        not optional_section or section.get("optional_selected") is True
    )
    return {
        "id": text(line.get("id")),
        "item_id": item_of(name, sku) or None,
        "quantity": f"{quantity.normalize():f}",
        "name": name,
        "description": text(line.get("description")),
        "sku": sku,
        "supplier_sku": text(line.get("sku")),
        "pricing_structure": "",
        "recurring": "false" if frequency == "one_time" else "true",
        "recurring_time_period_string": _WORDS.get(frequency, ""),
        "unit_price": f"{price:f}",
        "unit_cost": f"{_amount(line.get('unit_cost_decimal')):f}",
        "total": {kind: _money(before), f"{kind}_after_discount": _money(before - off)},
        "discount": _money(off),
        "supplier": _named(line.get("supplier")),
        "manufacturer": _named(line.get("manufacturer")),
        "type": _named(line.get("category")),
        "is_optional": optional or optional_section,
        "is_optional_selected": chosen and (optional or optional_section),
        "options": line.get("options"),
        "custom_fields": line.get("custom_fields"),
    }


def _frequency(line: Row, totals: Row) -> str:
    """Return how often a line is due. One that costs nothing looks like a one-time line [I]."""
    due = [name for name in _WORDS if _amount(_object(totals.get(name)).get("subtotal_decimal"))]
    once = bool(_amount(_object(totals.get("one_time")).get("subtotal_decimal")))
    if len(due) + once > 1:
        raise NotUnderstood(
            f"Line “{text(line.get('name'))}” has both one-time and recurring amounts in Quoter's API.",
            subject="sections.line_items.totals",
        )
    return due[0] if due else "one_time"


def _line_discount(line: Row, before: Decimal) -> Decimal:
    value = _amount(line.get("discount_input_decimal"))
    percent = "percent" in text(line.get("discount_input_type")).lower()
    return round_money(before * value / 100) if percent else value


def _discount(lines: list[dict[str, Any]], totals: Row) -> Decimal:
    """Return what the quote's one-time total lies below its lines: discounts of the quote and of sections."""
    stated = _object(totals.get("one_time"))
    if stated.get("discounted_subtotal_decimal") in (None, ""):
        return ZERO
    nets = [
        _amount(line["total"].get("upfront_after_discount"))
        for line in lines
        if not line["is_optional"] or line["is_optional_selected"]
    ]
    return max(sum(nets, ZERO) - _amount(stated["discounted_subtotal_decimal"]), ZERO)


def _stated(totals: Row, name: str) -> Decimal:
    stated = _object(totals.get(name))
    found = stated.get("discounted_subtotal_decimal")
    return _amount(found if found not in (None, "") else stated.get("subtotal_decimal"))


def _recurring(totals: Row) -> str | None:
    sums = [amount for name in _WORDS if (amount := _stated(totals, name))]
    return _money(sum(sums, ZERO)) if sums else None


def _taxes(totals: Row) -> list[dict[str, str]]:
    rows = [
        {
            "name": text(tax.get("name")),
            "rate": text(tax.get("rate_decimal") or tax.get("rate")),
            "amount": text(tax.get("amount_decimal") or tax.get("amount") or tax.get("total_decimal")),
        }
        for tax in _rows(totals.get("taxes"))
    ]
    one_sum = _amount(_object(totals.get("one_time")).get("tax_total_decimal"))
    return rows or ([{"name": "Tax", "rate": "", "amount": _money(one_sum)}] if one_sum else [])


def _person(row: Row) -> dict[str, Any]:
    contacts = list(_rows(row.get("contacts")))
    contact: Row = next((c for c in contacts if c.get("primary") is True), contacts[0] if contacts else {})
    return {
        "id": "",
        "public_id": text(contact.get("id")),
        "first_name": text(contact.get("first_name")),
        "last_name": text(contact.get("last_name")),
        "organization": text(contact.get("organization")) or text(_object(row.get("client")).get("name")),
        "title": "",
        "addresses": {
            "billing": _address(row.get("billing_address")),
            "shipping": _address(row.get("shipping_address")),
        },
        "telephone_numbers": None,
        "email_address": text(contact.get("email")),
        "website": None,
    }


def _address(value: object) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    return {
        **{f"line{n}": text(value.get(f"address_line_{n}")) for n in (1, 2, 3)},
        "city": text(value.get("city")),
        "state": {"code": text(value.get("state_prov_code")), "name": text(value.get("state_prov_name"))},
        "country": {"code": text(value.get("country_code")), "name": text(value.get("country_name"))},
        "postal_code": text(value.get("postal_code")),
    }


def _owner(owner: Row) -> dict[str, str]:
    names = {key: text(owner.get(key)) for key in ("id", "first_name", "last_name", "email")}
    return {**names, "full_name": f"{names['first_name']} {names['last_name']}".strip()}


def _named(value: object) -> dict[str, str]:
    row = _object(value)
    return {"id": "", "public_id": text(row.get("id")), "name": text(row.get("name"))}


def _fields(value: Row) -> list[Any] | None:
    """Join the fields of the quote and of its acceptance; the webhook does not tell them apart [I]."""
    found: list[Any] = []
    for part in ("quote_creation", "quote_acceptance"):
        inner = value.get(part)
        if isinstance(inner, list):
            found += inner
        elif isinstance(inner, Mapping):
            found += [{"name": name, "value": given} for name, given in inner.items()]
    return found or None


def _stamp(value: object) -> str | None:
    """Write the API's time as the webhook does: UTC, without a zone."""
    found = text(value)
    return found[:19].replace("T", " ") or None


def _lines(section: Row) -> Iterator[Row]:
    return iter(_rows(section.get("line_items")))


def _rows(value: object) -> list[Row]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _object(value: object) -> Row:
    return value if isinstance(value, Mapping) else {}


def _amount(value: object) -> Decimal:
    try:
        return parse_amount(value)
    except NotAnAmount as exc:
        raise NotUnderstood(f"Quoter's API has an amount that cannot be read: {exc}.", subject="amount") from exc


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(CENT) if amount == round_money(amount) else amount:f}"
