"""What waits, in money: the quote totals that a cause stops, by currency."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum

from integrations.choices import WAITING
from integrations.models.deliveries import WebhookDelivery

Sums = list[tuple[str, Decimal]]


def money_by_issue(issue_ids: Iterable[int]) -> dict[int, Sums]:
    """Return the sums that each of these causes stops; causes without an amount are left out."""
    rows = (
        WebhookDelivery.objects.filter(issue__in=list(issue_ids), total__isnull=False)
        .order_by("issue", "currency")
        .values_list("issue", "currency")
        .annotate(sum=Sum("total"))
    )
    found: dict[int, Sums] = {}
    for issue_id, currency, total in rows.values_list("issue", "currency", "sum"):
        found.setdefault(issue_id, []).append((currency, total))
    return found


def money_waiting() -> Sums:
    """Return the sums of everything that waits for a person."""
    rows = WebhookDelivery.objects.filter(state__in=WAITING, total__isnull=False).order_by("currency")
    return list(rows.values_list("currency").annotate(sum=Sum("total")).values_list("currency", "sum"))
