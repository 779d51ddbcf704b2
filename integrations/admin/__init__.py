"""The pages for staff; importing these modules registers them."""

from integrations.admin import (
    accounts,
    attempts,
    changes,
    channels,
    deliveries,
    integration,
    issues,
    link_history,
    links,
    quotes,
    rehearsals,
    rehearsed,
    shadows,
    system,
    versions,
)

__all__ = [
    "accounts",
    "attempts",
    "changes",
    "channels",
    "deliveries",
    "integration",
    "issues",
    "link_history",
    "links",
    "quotes",
    "rehearsals",
    "rehearsed",
    "shadows",
    "system",
    "versions",
]
