"""The pages for staff; importing these modules registers them."""

from integrations.admin import attempts, changes, deliveries, integration, issues, links, quotes, system

__all__ = ["attempts", "changes", "deliveries", "integration", "issues", "links", "quotes", "system"]
