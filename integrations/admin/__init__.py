"""The pages for staff; importing these modules registers them."""

from integrations.admin import attempts, channels, deliveries, integration, issues, links, quotes, system

__all__ = ["attempts", "channels", "deliveries", "integration", "issues", "links", "quotes", "system"]
