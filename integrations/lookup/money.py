"""What waits, in money."""

from integrations.models.money import Sums, money_by_issue, money_waiting

__all__ = ["Sums", "money_by_issue", "money_waiting"]
