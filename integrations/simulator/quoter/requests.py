"""The record of the calls that Quoter's APIs got."""

from dataclasses import dataclass, field
from typing import Any

SCALEPAD, LEGACY, DOWNLOAD = "scalepad", "legacy", "download"


@dataclass
class ApiRequest:
    """One call; `status` is 0 while it is handled and where the connection was closed without an answer."""

    api: str
    """Which door: "scalepad", "legacy" or "download"."""
    method: str
    path: str
    """Below the API's prefix, such as /quotes; `auth` is the legacy API's sign-in."""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    """Parsed JSON; None for the sign-in, which holds secrets."""
    status: int = 0
    fault: str = ""
    at: float = 0.0

    @property
    def is_write(self) -> bool:
        """A change was asked for."""
        return self.method in ("POST", "PATCH") and self.path != "auth"
