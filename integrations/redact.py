"""What may be kept of a remote call: secrets masked by name and by value, long bodies cut."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

MASK = "•••"
MAX_TEXT = 20_000
_SECRET_NAMES = frozenset(
    [
        *("access_token", "api_key", "apikey", "assertion", "authorization", "client_secret", "cookie"),
        *("data_base64", "hash", "hash_key", "id_token", "passwd", "password", "refresh_token", "secret"),
        *("set-cookie", "signature", "token", "x-api-key"),
    ]
)


class Redactor:
    """Masks by key name, and every known secret value wherever it turns up."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first, so that a secret that contains another one is masked whole; tiny ones would shred text.
        self._secrets = sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True)

    def text(self, text: str, limit: int = MAX_TEXT) -> str:
        """Mask known values in a text, then cut it."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        text = re.sub(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}", rf"\1 {MASK}", text)
        return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit} more characters)"

    def value(self, value: Any) -> Any:
        """Mask inside JSON-like data; returns a copy that `json` can write."""
        if isinstance(value, dict):
            return {
                str(k): MASK if str(k).lower() in _SECRET_NAMES and v not in (None, "") else self.value(v)
                for k, v in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return self.text(value) if isinstance(value, str) else value

    def body(self, body: bytes | str | None) -> str:
        """Mask a request or response body: JSON by structure, anything else as text."""
        if not body:
            return ""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        try:
            return self.text(json.dumps(self.value(json.loads(text)), ensure_ascii=False))
        except (ValueError, RecursionError):
            return self.text(_mask_form(text))


def _mask_form(text: str) -> str:
    names = "|".join(sorted(re.escape(name) for name in _SECRET_NAMES))
    return re.sub(rf"(?i)(^|&)({names})=[^&]*", rf"\1\2={MASK}", text)
