"""The payments of a quote, as rows of its page."""

from dataclasses import dataclass

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.models import PaymentReceived, WebhookDelivery


@dataclass(frozen=True)
class PaymentView:
    """One payment."""

    url: str
    amount: str
    how: str
    when: str
    noted: str


def payments_of(delivery: WebhookDelivery) -> list[PaymentView]:
    """Return what was paid for the delivery's quote."""
    if not delivery.quote_number:
        return []
    rows = PaymentReceived.objects.filter(
        integration=delivery.integration_id, quote_number=delivery.quote_number
    ).select_related("delivery")
    return [
        PaymentView(
            url=change_url(row.delivery),
            amount=show.amount(row.amount, row.currency),
            how=" · ".join(text for text in (row.method, row.status) if text),
            when=row.paid_at,
            noted=f"Noted on opportunity #{row.noted_on}" if row.noted_on else "",
        )
        for row in rows
    ]
