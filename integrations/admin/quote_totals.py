"""The totals of a quote through all its states: Quoter beside Halo, state by state."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.models import SyncAttempt, WebhookDelivery

SHOWN = 20


@dataclass(frozen=True)
class StateTotals:
    """One state of the quote: what it came to on both sides."""

    url: str
    name: str
    when: SafeString | str
    pill: SafeString
    rows: list[tuple[str, str, str, bool]]
    """Label, Quoter, Halo, whether both agree."""


def totals_by_state(deliveries: Sequence[WebhookDelivery]) -> list[StateTotals]:
    """Return the newest states, each with the totals of its newest plan."""
    shown = deliveries[:SHOWN]
    plans = _plans([delivery.pk for delivery in shown])
    return [
        StateTotals(
            url=change_url(delivery),
            name=delivery.quote_status.capitalize(),
            when=show.moment(delivery.received_at),
            pill=show.pill(delivery.state, delivery.get_state_display()),
            rows=_rows(plans.get(delivery.pk) or {}, delivery),
        )
        for delivery in shown
    ]


def _plans(ids: Sequence[int]) -> dict[int, Any]:
    rows = SyncAttempt.objects.filter(delivery__in=ids, plan__isnull=False).order_by("number")
    newest = {delivery_id: pk for pk, delivery_id in rows.values_list("pk", "delivery_id")}
    found = SyncAttempt.objects.filter(pk__in=newest.values()).values_list("delivery_id", "plan__totals")
    return dict(found)


def _rows(totals: Any, delivery: WebhookDelivery) -> list[tuple[str, str, str, bool]]:
    if not totals:
        return [("Stated by Quoter", show.amount(delivery.total, delivery.currency), "", True)]
    currency = delivery.currency
    return [
        (
            str(row["label"]),
            show.amount(Decimal(row["quoter"]), currency),
            show.amount(Decimal(row["halo"]), currency),
            bool(row["agrees"]),
        )
        for row in totals
    ]
