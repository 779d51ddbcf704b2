"""The pages for staff; importing these modules registers them."""

from integrations.admin import attempts, deliveries, integration, issues, link_history, links, quotes, system

__all__ = ["attempts", "deliveries", "integration", "issues", "link_history", "links", "quotes", "system"]
