"""A recorded call as a command that somebody can try by hand: with placeholders where the secrets were."""

import shlex
from urllib.parse import quote

from django.conf import settings

from integrations.models import RemoteCall
from integrations.redact import MASK

TOKEN, KEY, SECRET = "YOUR_TOKEN", "YOUR_API_KEY", "YOUR_SECRET"  # noqa: S105  placeholders, not secrets
_JSON_STARTS = ("{", "[")


def as_curl(call: RemoteCall) -> str:
    """Return the call for a shell; what was masked or cut when it was kept says so."""
    address, _, query = call.url.partition("?")
    pairs = query.split("&") if query else []
    parts = ["curl"]
    # The address is kept as people read it: its parameters are encoded again here.
    if pairs and call.method == "GET":
        parts += ["--get", _quoted(address)]
        for pair in pairs:
            parts += ["--data-urlencode", _quoted(pair)]
    else:
        encoded = f"?{'&'.join(map(_encoded, pairs))}" if pairs else ""
        parts += ["--request", call.method, _quoted(f"{address}{encoded}")]
    for header in _headers(call, address):
        parts += ["--header", _quoted(header)]
    if call.sent and call.method != "GET":
        parts += ["--data-raw", _quoted(call.sent)]
    lines = [" ".join(parts[:1])]
    for index in range(1, len(parts)):
        joined = parts[index]
        if joined.startswith("--"):
            lines.append(joined)
        else:
            lines[-1] += f" {joined}"
    return " \\\n  ".join(lines)


def _headers(call: RemoteCall, address: str) -> list[str]:
    headers = ["Accept: application/json"]
    if address.startswith(settings.QUOTER_API_URL):
        headers.append(f"x-api-key: {KEY}")
    elif not _is_open(address):
        headers.append(f"Authorization: Bearer {TOKEN}")
    if call.sent.startswith(_JSON_STARTS):
        headers.append("Content-Type: application/json")
    return headers


def _is_open(address: str) -> bool:
    """Say whether it is asked without a token: signing in, and what Quoter shows to everybody."""
    return address.endswith(("/token", "/authinfo", "/authorize")) or "/quote/download/" in address


def _encoded(pair: str) -> str:
    name, _, value = pair.partition("=")
    return f"{quote(name)}={quote(value.replace(MASK, SECRET))}"


def _quoted(text: str) -> str:
    return shlex.quote(text.replace(MASK, SECRET))
