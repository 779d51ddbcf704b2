"""Whether the budget has room for an attempt: one that cannot be carried through is better not begun."""

from integrations.connect.budget import Lane, wait_for_room
from integrations.models import WebhookDelivery

# What a quote usually costs (`bin/bench calls`); one that costs more ends as *retrying* and goes on later.
REQUESTS_AN_ATTEMPT = 5
_LANES = {
    WebhookDelivery.Lane.ACCEPTANCE: Lane.ACCEPTANCE,
    WebhookDelivery.Lane.PUBLICATION: Lane.PUBLICATION,
    WebhookDelivery.Lane.OTHER: Lane.RECONCILIATION,
}


def lane_of(delivery: WebhookDelivery) -> Lane:
    """Return the lane in which a delivery spends."""
    return _LANES[WebhookDelivery.Lane(delivery.lane)]


def wait_for_turn(delivery_id: int, *, now: float) -> float:
    """Return the seconds until the budget has room for an attempt at a delivery; 0 where it has."""
    found = WebhookDelivery.objects.filter(pk=delivery_id).select_related("integration")
    delivery = found.only("lane", "integration").first()
    if delivery is None:
        return 0.0
    return wait_for_room(delivery.integration, lane_of(delivery), requests=REQUESTS_AN_ATTEMPT, now=now)
