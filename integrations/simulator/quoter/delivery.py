"""Posting webhooks, and the log of what the portal answered (Quoter: *Integration Requests Status*)."""

import http.client
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

FORM_TYPE = "application/x-www-form-urlencoded"
RETRY_AFTER_S = (300, 1_800, 7_200)
"""Waits before the automatic repeats that were seen; what follows is not known."""
_KEPT_BYTES = 2_000


@dataclass
class DeliveryResult:
    """What came back; `status` is None where there was no answer."""

    status: int | None
    body: str = ""
    error: str = ""

    @property
    def ok(self) -> bool:
        """Any 2xx is success."""
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Delivery:
    """One webhook and all its tries."""

    id: int
    quote_id: int | None
    number: str
    reason: str
    tries: list[dict[str, Any]] = field(default_factory=list)
    """Each try: at (seconds since 1970), status, body, error."""
    next_at: float | None = None
    data: str = ""
    """Sent as it stands where it was not rendered from a quote."""

    @property
    def last(self) -> DeliveryResult:
        """What came back the last time."""
        if not self.tries:
            return DeliveryResult(None, error="Not sent yet.")
        last = self.tries[-1]
        return DeliveryResult(last["status"], last["body"], last["error"])

    def dump(self) -> dict[str, Any]:
        """Return the delivery for JSON."""
        return asdict(self)


def post(url: str, body: bytes, *, timeout_s: float) -> DeliveryResult:
    """Post a form and return what came back; nothing that goes wrong is raised."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return DeliveryResult(None, error="The webhook address is not a web address.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout_s)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers={"Content-Type": FORM_TYPE})
        answer = connection.getresponse()
        text = answer.read(_KEPT_BYTES).decode("utf-8", "replace")
        return DeliveryResult(answer.status, text)
    except (OSError, http.client.HTTPException) as exc:
        return DeliveryResult(None, error=str(exc) or type(exc).__name__)
    finally:
        connection.close()
