"""The pages for staff; importing these modules registers them."""

from integrations.admin import (
    attempts,
    deliveries,
    integration,
    issues,
    links,
    quotes,
    rehearsals,
    rehearsed,
    shadows,
    system,
    versions,
)

__all__ = [
    "attempts",
    "deliveries",
    "integration",
    "issues",
    "links",
    "quotes",
    "rehearsals",
    "rehearsed",
    "shadows",
    "system",
    "versions",
]
