"""Filters, order and pages: what the two APIs' lists have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.simulator.quoter.api.refusals import wrong_shape

Row = dict[str, Any]
OPERATIONS = ("eq", "cont", "gt", "lt")


@dataclass
class Entry:
    """One record of a list: what filters and sorting see, and how it is shown."""

    values: Row
    show: Callable[[], Row]


def iso(seconds: float) -> str:
    """Write a time the way both APIs do."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_of(stamp: str | None) -> str | None:
    """Write a time of the webhook's notation, which is UTC without a zone, the way the APIs do."""
    return f"{stamp[:10]}T{stamp[11:19] or '00:00:00'}Z" if stamp else None


def matches(value: Any, operation: str, wanted: str) -> bool:
    """Compare one value. Raises Refusal for an unknown operation, or an order that cannot be made out."""
    if operation not in OPERATIONS:
        raise wrong_shape(f"Unknown filter operation {operation}")
    text = _text(value)
    if operation == "eq":
        return text == wanted
    if operation == "cont":
        return wanted.lower() in text.lower()
    if value is None:
        return False
    left, right = _comparable(text), _comparable(wanted)
    if type(left) is not type(right):
        raise wrong_shape(f"{wanted} cannot be compared")
    return bool(left > right if operation == "gt" else left < right)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _comparable(text: str) -> Any:
    """Read a number or a time; Quoter's times are UTC."""
    try:
        return Decimal(text)
    except InvalidOperation:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError as exc:
        raise wrong_shape(f"{text} is neither a number nor a time") from exc
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def order(entries: list[Entry], text: str) -> list[Entry]:
    """Sort by "+name,-other"; in an address a bare + arrives as a blank. Unknown names are ignored [U]."""
    for part in reversed([part for part in text.split(",") if part]):
        name = part.lstrip("+- ")
        entries = sorted(entries, key=lambda entry: _text(entry.values.get(name)), reverse=part.startswith("-"))
    return entries


def project(row: Row, text: str) -> Row:
    """Keep the named fields only, where any are named."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    return {key: value for key, value in row.items() if key in names} if names else row


def read_number(text: str | None, *, default: int, maximum: int) -> int:
    """Read a page size or number. Raises Refusal where it is none."""
    if not text:
        return default
    if not text.isdigit() or int(text) < 1:
        raise wrong_shape(f"{text} is no positive number")
    return min(int(text), maximum)
