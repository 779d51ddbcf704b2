"""What Quoter's two APIs say no with, in words. Their lists of errors differ in one key (quoter.md 2.1, 2.2)."""

import json
from typing import Any

from integrations.errors import CredentialsRejected, NotFound, PermissionMissing, Refused, RemoteBroken
from integrations.http import Response

_LONGEST = 300
_KEY_HINT = (
    "Enter the API key again in the integration's settings. In ScalePad a key belongs to an Administrator, "
    "and ends after two years or with their rights."
)
# A code that a person can do something about → what to do.
_WAYS_OUT = {
    "ERR_CONTACT_NOT_FOUND": "Push the person to Quoter first.",
    "ERR_TEMPLATE_NOT_FOUND": "Choose another template.",
}


def check(response: Response, *, what: str) -> Response:
    """Return a good answer, or raise the error that it means. `what` completes "Quoter refused …"."""
    status = response.status
    if 200 <= status < 300:
        return response
    said, codes = read_errors(response)
    quoted = f" Quoter said: “{said}”" if said else ""
    if status == 401:
        raise CredentialsRejected(
            "Quoter does not accept the API key in the settings.", hint=_KEY_HINT, subject="quoter key"
        )
    if status == 402:
        raise PermissionMissing(
            "The ScalePad account of this API key has no Quoter subscription.",
            hint="Use a key of the ScalePad account that your Quoter belongs to.",
            subject="quoter subscription",
        )
    if status == 403:
        raise PermissionMissing(
            f"Quoter's API key may not access {what}.{quoted}",
            hint="Make the key anew as an Administrator, and enter it in the integration's settings.",
            subject=what,
        )
    if status == 404:
        raise NotFound(f"Quoter has no such {what}.", hint="Load the page again.", subject=what)
    if status in (400, 409, 422):
        hint = next((_WAYS_OUT[code] for code in codes if code in _WAYS_OUT), "Correct that, then try again.")
        raise Refused(f"Quoter refused {what}.{quoted}", hint=hint, subject=what)
    raise RemoteBroken(f"Quoter answered {status} to {what}.", hint="Try again in a minute.", subject=what)


def read_errors(response: Response) -> tuple[str, list[str]]:
    """Return all that an answer complains of, and the codes of it."""
    try:
        body: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        return "", []
    errors = body.get("errors") if isinstance(body, dict) else None
    rows = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    texts = [str(row.get("detail") or row.get("title") or "") for row in rows]
    codes = [str(row.get("code") or row.get("key") or "") for row in rows]
    return "; ".join(dict.fromkeys(text for text in texts if text))[:_LONGEST], codes
