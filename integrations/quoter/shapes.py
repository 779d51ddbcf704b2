"""Shapes that nobody has captured yet, read every likely way [U]; source of the doubt: quoter.md 1.6 and 7.

Each reader returns what it understood, and a sentence where something was left.
"""

from decimal import Decimal
from typing import Any

from integrations.domain.money import NotAnAmount, parse_amount
from integrations.domain.quote import Discount, Tax

_AMOUNT_KEYS = ("amount", "total", "value", "amount_decimal", "total_decimal")
_NAME_KEYS = ("name", "label", "title", "field", "key")
_VALUE_KEYS = ("value", "values", "answer", "text")


def read_discount(value: Any) -> tuple[Discount | None, str]:
    """Read a discount: nothing, an amount, or an object with an amount or a percentage."""
    if value in (None, "", [], {}, False):
        return None, ""
    if isinstance(value, dict):
        kind = str(value.get("type") or value.get("input_type") or value.get("unit") or "").lower()
        percent = value.get("percent", value.get("percentage", value.get("rate")))
        amount = next((value[k] for k in _AMOUNT_KEYS if value.get(k) not in (None, "")), None)
        if "percent" in kind or kind == "%":
            percent, amount = (percent if percent is not None else amount), None
        found = Discount(amount=_number(amount), percent=_number(percent))
        if found.amount is None and found.percent is None:
            return None, "a discount in a shape the portal does not know"
        return found, ""
    if isinstance(value, str) and value.strip().endswith("%"):
        percent_only = _number(value.strip()[:-1])
        return (
            (Discount(percent=percent_only), "") if percent_only is not None else (None, "an unreadable discount")
        )
    number = _number(value)
    if number is None:
        return None, "an unreadable discount"
    return (Discount(amount=number), "") if number else (None, "")


def read_taxes(value: Any) -> tuple[tuple[Tax, ...], str]:
    """Read the taxes: a list of objects, or an object keyed by name, with amounts or objects inside."""
    if value in (None, "", [], {}):
        return (), ""
    rows: list[tuple[str, Any]]
    if isinstance(value, dict):
        rows = [("", value)] if any(k in value for k in _AMOUNT_KEYS) else [(str(k), v) for k, v in value.items()]
    elif isinstance(value, list):
        rows = [("", row) for row in value]
    else:
        rows = [("", value)]
    taxes, bad = [], 0
    for name, row in rows:
        tax = _read_tax(name, row)
        if tax is None:
            bad += 1
        else:
            taxes.append(tax)
    return tuple(taxes), f"{bad} tax entries in a shape the portal does not know" if bad else ""


def _read_tax(name: str, row: Any) -> Tax | None:
    if isinstance(row, dict):
        amount = next((_number(row[k]) for k in _AMOUNT_KEYS if row.get(k) not in (None, "")), None)
        label = next((str(row[k]) for k in _NAME_KEYS if row.get(k)), name)
        rate = next(
            (_number(row[k]) for k in ("rate", "percent", "percentage") if row.get(k) not in (None, "")), None
        )
        return Tax(name=label, rate=rate, amount=amount) if amount is not None else None
    amount = _number(row)
    return Tax(name=name, amount=amount) if amount is not None else None


def read_custom_fields(value: Any) -> tuple[dict[str, str], str]:
    """Read custom fields: a list of named values, or an object of names and values."""
    if value in (None, "", [], {}):
        return {}, ""
    rows: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        rows = [(_name_of(v) or k, "" if v is None else _value_of(v)) for k, v in value.items()]
    elif isinstance(value, list):
        rows = [(_name_of(row), _value_of(row)) for row in value]
    fields = {str(name).strip(): text for name, text in rows if name and text is not None}
    lost = max(len(rows), 1) - len(fields)
    return fields, f"{lost} custom fields in a shape the portal does not know" if lost else ""


def read_options(value: Any) -> tuple[str, ...]:
    """Read a line's chosen options as texts for people."""
    if value in (None, "", [], {}):
        return ()
    rows = (
        value.items()
        if isinstance(value, dict)
        else [("", row) for row in value]
        if isinstance(value, list)
        else []
    )
    found = []
    for key, row in rows:
        name = _name_of(row) or str(key)
        text = _value_of(row)
        if text is None and row not in (None, "", [], {}):
            text = str(row)[:200]  # in a shape the portal does not know: shown as it is
        found.append(": ".join(part for part in (name, text or "") if part))
    return tuple(found) or (str(value)[:200],)


def _name_of(row: Any) -> str:
    if not isinstance(row, dict):
        return ""
    return next((str(row[k]) for k in _NAME_KEYS if isinstance(row.get(k), str) and row[k]), "")


def _value_of(row: Any) -> str | None:
    if isinstance(row, dict):
        if not any(key in row for key in _VALUE_KEYS):
            return None
        found = next((row[k] for k in _VALUE_KEYS if row.get(k) is not None), "")  # asked, but not answered
        return _value_of(found) if not isinstance(found, dict) else None
    if isinstance(row, list):
        return ", ".join(part for part in (_value_of(item) for item in row) if part)
    return str(row).strip() if isinstance(row, str | int | float | Decimal) else None


def _number(value: Any) -> Decimal | None:
    try:
        return parse_amount(value) if value not in (None, "") else None
    except NotAnAmount:
        return None
