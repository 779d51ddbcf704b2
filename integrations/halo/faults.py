"""Halo's refusals in words: a table of known ones, closed by default; an unknown one is quoted, cut."""

import json
import re
from collections.abc import Iterator
from typing import Any

from integrations.errors import (
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    PortalError,
    Refused,
    RemoteBroken,
)
from integrations.http import Response

_LONGEST = 300

# Text that Halo sends → what it means and the way out. Sources: halo.md 2.5 and 6.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"populate main contact name",
        "Halo requires a main contact for each customer",
        "Turn off “make main contact details compulsory” in Halo, or create the customer there, then Sync again.",
    ),
    (
        r"(.*?)\s*field is mandatory",
        "Halo requires a field that the portal does not fill",
        "In Halo, make that field optional for this type, or fill it there, then press Sync again.",
    ),
    (
        r"ticket not found",
        "Halo does not know the opportunity, or hides it from the API agent",
        "Give the API agent access to the opportunity's type and department in Halo, then press Sync again.",
    ),
    (
        r"(permission|do not have access)",
        "The API agent may not do this in Halo",
        "Give the API application and its agent this permission in Halo, then press Sync again.",
    ),
    (
        r"invalid advanced search parameter",
        "This Halo version does not offer the search that the portal uses",
        "Report this to the portal's maintainers.",
    ),
    (
        r"outcome must be entered",
        "Halo requires an outcome for actions on this opportunity",
        "In Halo, make the outcome optional for the opportunity type, then press Sync again.",
    ),
)


def check(response: Response, *, what: str) -> Response:
    """Return a good answer, or raise the error that it means. `what` completes "Halo refused …"."""
    status = response.status
    if 200 <= status < 300:
        return response
    said = read_message(response)
    if status == 401:
        raise CredentialsRejected("Halo does not accept the access token.", subject="token")
    if status == 403:
        raise PermissionMissing(f"The Halo API application may not access {what}.", subject=what)
    if status == 404:
        raise NotFound(f"Halo has no {what}, or hides it from the API agent.", subject=what)
    if status == 400 or (405 <= status < 500 and status != 408):
        raise _refusal(said, what)
    raise RemoteBroken(f"Halo answered {status} to {what}.", subject=what)


def _refusal(said: str, what: str) -> PortalError:
    quoted = f" Halo said: “{said}”" if said else ""
    for pattern, meaning, way_out in _KNOWN:
        if re.search(pattern, said, re.IGNORECASE):
            return Refused(f"{meaning} ({what}).{quoted}", hint=way_out, subject=f"{what}: {pattern}")
    return Refused(f"Halo refused {what}.{quoted}", subject=f"{what}: {said[:80]}")


def read_message(response: Response) -> str:
    """Return what a refusal says, from any of the shapes that were seen (halo.md 2.5), without markup."""
    try:
        value: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        value = response.body.decode("utf-8", "replace")
    text = "; ".join(dict.fromkeys(_texts(value)))[: _LONGEST * 20]
    return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", " ", text)).strip()[:_LONGEST]


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 5:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value[:10]:
            yield from _texts(item, depth + 1)
    elif isinstance(value, dict):
        known = {k.lower(): v for k, v in value.items()}
        for key in ("message", "errormessage", "error_description", "error", "title"):
            if isinstance(known.get(key), str) and known[key]:
                yield known[key]
                # ASP.NET's problem details say what is wrong below their title.
                if key != "title" or not isinstance(known.get("errors"), dict):
                    return
                value = known["errors"]
                break
        for name, texts in list(value.items())[:10]:  # model state: {"[0].id": ["The value is not valid."]}
            for text in _texts(texts, depth + 1):
                yield f"{name}: {text}"
