"""The record of the requests that Halo got."""

from dataclasses import dataclass, field
from typing import Any

ENTITIES = frozenset(
    {
        "client",
        "site",
        "users",
        "opportunities",
        "tickets",
        "item",
        "quotation",
        "salesorder",
        "attachment",
        "assetgroup",
        "supplier",
        "actions",
    }
)


@dataclass
class RecordedRequest:
    """One request; `status` is 0 while it is handled and where the connection was closed without an answer."""

    method: str
    path: str
    """Below /api, such as /Quotation; `auth` is the token endpoint."""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    """Parsed JSON; None for the token endpoint, whose form holds secrets."""
    status: int = 0
    fault: str = ""
    at: float = 0.0

    @property
    def is_write(self) -> bool:
        """A change of an entity was asked for."""
        return self.method == "POST" and self.path.strip("/").split("/")[0].lower() in ENTITIES
