"""A payment as Quoter tells of it."""

from decimal import Decimal

from integrations.domain.record import Record


class Payment(Record):
    """One payment of a customer. No such webhook was ever captured: every key is a guess [U] (quoter.md 1.8)."""

    id: str
    amount: Decimal
    currency: str = ""
    quote_id: str = ""
    quote_number: str = ""
    method: str = ""
    status: str = ""
    paid_at: str = ""
    """As Quoter wrote it."""

    @property
    def marker(self) -> str:
        """What tells that a note was made for this payment."""
        return f"[Quoter payment {self.id}]"
