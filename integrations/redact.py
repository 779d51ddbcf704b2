"""What may be kept of a remote call: secrets masked by name and by value, long bodies cut."""

import html
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "•••"
MAX_TEXT = 20_000
_SECRET_NAMES = frozenset(
    [
        *("access_token", "api_key", "apikey", "assertion", "authorization", "client_secret", "cookie"),
        *("data_base64", "hash", "hash_key", "id_token", "passwd", "password", "refresh_token", "secret"),
        *("set-cookie", "signature", "token", "x-api-key"),
    ]
)
_NAMES = "|".join(sorted(re.escape(name) for name in _SECRET_NAMES))
_FORM_FIELD = re.compile(rf"(?i)(^|[&?])({_NAMES})=[^&\s]*")
# In JSON that does not parse, such as an answer that was cut short.
_JSON_FIELD = re.compile(rf"""(?i)("(?:{_NAMES})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]"]+)""", re.DOTALL)
# "Basic" is a word of product names as well: masked only before something that looks encoded.
_CREDENTIALS = re.compile(
    r"\b((?i:bearer)\s+[\w.~+/=-]{8,}|(?i:basic)\s+(?=\S*(?:[0-9=+/]|[a-z][A-Z]))[\w.~+/=-]{8,})"
)
# PostgreSQL stores no null character, and no UTF-8 encodes half a surrogate pair.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class Redactor:
    """Masks by key name, and every known secret value wherever it turns up."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= 4 for form in _written(secret)}
        # Longest first, so that a secret that contains another one is masked whole; tiny ones would shred text.
        self._secrets = sorted(forms, key=lambda form: (-len(form), form))

    def text(self, text: str, limit: int = MAX_TEXT) -> str:
        """Mask known values in a text, then cut it."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        text = _CREDENTIALS.sub(lambda found: f"{found[0].split()[0]} {MASK}", text)
        text = _UNSTORABLE.sub("\ufffd", text)
        return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit} more characters)"

    def value(self, value: Any) -> Any:
        """Mask inside JSON-like data; returns a copy that `json` can write."""
        if isinstance(value, dict):
            return {
                self.text(str(k)): MASK
                if str(k).lower() in _SECRET_NAMES and v not in (None, "")
                else self.value(v)
                for k, v in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, Decimal):
            whole = value.is_finite() and value.adjusted() < 30 and value == value.to_integral_value()
            value = int(value) if whole else float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            shown = str(value)
            return value if self.text(shown) == shown else MASK
        return self.text(value) if isinstance(value, str) else value

    def body(self, body: bytes | str | None) -> str:
        """Mask a request or response body: JSON by structure, anything else as text."""
        if not body:
            return ""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        try:
            return self.text(json.dumps(self.value(json.loads(text)), ensure_ascii=False))
        except (ValueError, RecursionError):
            return self.text(_mask_fields(text))


def _written(secret: str) -> set[str]:
    """Return the forms in which a secret may stand in a form, an address, JSON or a page."""
    as_json = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret), *as_json}


def _mask_fields(text: str) -> str:
    text = _FORM_FIELD.sub(rf"\1\2={MASK}", text)
    return _JSON_FIELD.sub(rf'\1"{MASK}"', text)
