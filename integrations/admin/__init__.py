"""The pages for staff; importing these modules registers them."""

from integrations.admin import (
    accounts,
    attempts,
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
