"""Is this webhook really Quoter's? Pure functions over the decoded form; source: quoter.md 1.2 and 1.3."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from integrations.domain.record import Record
from integrations.errors import NotVerified

TOLERANCE_S = 300
FORM_TYPE = "application/x-www-form-urlencoded"
_TIMESTAMP = re.compile(r"[0-9]{10}")
_DIGEST = re.compile(r"[0-9a-fA-F]{32}")


class SignedForm(Record):
    """The three fields of a webhook, decoded, as text."""

    hash: str
    timestamp: int
    data: str


def sign(*, key: str, timestamp: str, data: str) -> str:
    """Return Quoter's hash: lower-case hex MD5 of key, timestamp and data joined without a separator."""
    # MD5 is Quoter's choice; the URL's unguessable id and the time limit stand beside it.
    return hashlib.md5(f"{key}{timestamp}{data}".encode(), usedforsecurity=False).hexdigest()


def read_form(body: bytes) -> SignedForm:
    """Decode the form body. Raises NotVerified for anything that is not exactly Quoter's three fields."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=10, errors="strict"
        )
    except ValueError as exc:  # not ASCII, broken escapes, not UTF-8, too many fields
        raise NotVerified("The body is not a form.", status=400, reason="not_a_form") from exc
    fields = dict(pairs)
    if len(fields) != len(pairs) or not {"hash", "timestamp", "data"} <= set(fields):
        raise NotVerified("The form needs hash, timestamp and data, once each.", status=400, reason="fields")
    if not _TIMESTAMP.fullmatch(fields["timestamp"]) or not _DIGEST.fullmatch(fields["hash"]):
        raise NotVerified("The hash or the timestamp is malformed.", status=400, reason="fields")
    if "\x00" in fields["data"]:
        # PostgreSQL cannot store it, and no JSON or XML document may contain it.
        raise NotVerified("The data contains a null character.", status=400, reason="not_a_form")
    return SignedForm(hash=fields["hash"], timestamp=int(fields["timestamp"]), data=fields["data"])


def verify(form: SignedForm, *, keys: Iterable[str], now: float) -> None:
    """Return when the form was signed with one of the keys within the tolerance, else raise NotVerified."""
    live: Sequence[str] = [key for key in keys if key]
    if not live:
        raise NotVerified("This integration has no hash key yet.", status=403, reason="no_key")
    # Every key is compared, so the time taken does not tell which one matched.
    given = form.hash.lower()
    matches = [
        hmac.compare_digest(sign(key=key, timestamp=str(form.timestamp), data=form.data), given) for key in live
    ]
    if not any(matches):
        raise NotVerified("The hash does not match.", status=403, reason="bad_hash")
    if abs(now - form.timestamp) > TOLERANCE_S:
        raise NotVerified("The timestamp is too old or too new.", status=403, reason="stale")
