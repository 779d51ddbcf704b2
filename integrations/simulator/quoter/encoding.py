"""Quoter is written in PHP: its JSON, its form encoding and its hash, to the byte."""

import hashlib
import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote_plus

CENT = Decimal("0.01")


def php_json(value: Any) -> str:
    """Encode like json_encode: compact, slashes and everything beyond ASCII escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")


def php_urlencode(text: str) -> str:
    """Encode like urlencode: blanks become +, and ~ is escaped too."""
    return quote_plus(text, safe="").replace("~", "%7E")


def sign(key: str, timestamp: str, data: str) -> str:
    """Return the webhook's hash."""
    return hashlib.md5(f"{key}{timestamp}{data}".encode(), usedforsecurity=False).hexdigest()


def encode_form(key: str, timestamp: str, data: str) -> bytes:
    """Return the webhook's body: hash, timestamp and data, in this order."""
    fields = {"hash": sign(key, timestamp, data), "timestamp": timestamp, "data": data}
    return "&".join(f"{name}={php_urlencode(value)}" for name, value in fields.items()).encode()


def money(value: Decimal) -> str:
    """Write an amount as Quoter does: "2,575.00"."""
    return f"{value.quantize(CENT, ROUND_HALF_UP):,.2f}"


def plain(value: Decimal) -> str:
    """Write a quantity as Quoter does: "3", and "1.5" where it has decimals."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: Decimal, places: int = 2) -> int | float:
    """Make a JSON number without a needless ".0", as PHP writes its floats."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
