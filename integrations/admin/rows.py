"""Deliveries as short rows, for every page that lists some: home, causes, links, other states of a quote."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.choices import State
from integrations.models import WebhookDelivery

_REASONS = {State.NEEDS_ATTENTION, State.FAILED, State.RETRYING}


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery on one line."""

    url: str
    pill: SafeString
    name: str
    detail: str
    client: str
    status: str
    total: str
    when: SafeString | str
    next_try: SafeString | str
    error: str
    current: bool


def delivery_rows(deliveries: Iterable[WebhookDelivery], *, current: int | None = None) -> list[DeliveryRow]:
    """Prepare deliveries for `integrations/delivery_rows.html`."""
    return [
        DeliveryRow(
            url=change_url(delivery),
            pill=show.pill(delivery.state, delivery.get_state_display()),
            name=str(delivery),
            detail=delivery.quote_name,
            client=delivery.client_name or delivery.contact_name,
            status=delivery.quote_status,
            total=show.amount(delivery.total, delivery.currency),
            when=show.moment(delivery.received_at),
            next_try=show.moment(delivery.next_attempt_at) if delivery.state == State.RETRYING else "",
            error=show.cut(delivery.error_message, 200) if delivery.state in _REASONS else "",
            current=delivery.pk == current,
        )
        for delivery in deliveries
    ]
