"""What goes on by itself when a link is made, changed or removed."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from integrations.choices import WAITING, State, Trigger
from integrations.domain.text import fold
from integrations.models import QuoteLink, WebhookDelivery
from integrations.models.link_changes import note_changes, tracked_values
from integrations.sync.enqueue import sync_again


def sync_waiting_on_person(integration_id: int, email: str, *, by: AbstractBaseUser, now: datetime) -> int:
    """Sync the waiting deliveries of a contact again; return how many."""
    waiting = WebhookDelivery.objects.filter(integration=integration_id, state=State.NEEDS_ATTENTION)
    # Addresses are compared folded, which no database does alike.
    ids = [pk for pk, other in waiting.values_list("pk", "contact_email") if fold(other) == fold(email)]
    return sync_again(ids, now=now, trigger=Trigger.DECISION, by=by)


def sync_waiting_on_lines(integration_id: int, *, by: AbstractBaseUser, now: datetime) -> int:
    """Sync the deliveries again that wait because of a line; return how many."""
    waiting = WebhookDelivery.objects.filter(
        integration=integration_id, state=State.NEEDS_ATTENTION, error_code__startswith="line_"
    )
    ids = list(waiting.values_list("pk", flat=True))
    return sync_again(ids, now=now, trigger=Trigger.DECISION, by=by)


def sync_waiting_on_code(integration_id: int, code: str, *, by: AbstractBaseUser, now: datetime) -> int:
    """Sync the deliveries again that wait because of this cause; return how many."""
    waiting = WebhookDelivery.objects.filter(
        integration=integration_id, state=State.NEEDS_ATTENTION, error_code=code
    )
    return sync_again(list(waiting.values_list("pk", flat=True)), now=now, trigger=Trigger.DECISION, by=by)


def sync_newest_waiting(link_id: int, *, by: AbstractBaseUser, now: datetime) -> int:
    """Sync the newest delivery of a quote again if it waits; return how many."""
    deliveries = list(WebhookDelivery.objects.filter(link=link_id).defer("data"))
    newest = max(deliveries, key=lambda delivery: (delivery.position, delivery.pk), default=None)
    if newest is None or newest.state not in WAITING:
        return 0
    return sync_again([newest.pk], now=now, trigger=Trigger.DECISION, by=by)


def take_link(link_id: int, *, now: datetime, by: AbstractBaseUser, why: str = "", **values: object) -> bool:
    """Change a quote's link unless a worker is on it: its own writes would undo the change."""
    free = QuoteLink.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=link_id)
    with transaction.atomic():
        before = tracked_values(QuoteLink.objects.defer("last_written").filter(pk=link_id).first())
        if not free.update(updated_at=now, **values):
            return False
        link = QuoteLink.objects.defer("last_written").get(pk=link_id)
        note_changes(link, before, by_id=by.pk, why=why, at=now)
    return True


def forget_in_halo(
    link_id: int, *, quote: bool, sales_order: bool, now: datetime, by: AbstractBaseUser, why: str = ""
) -> bool:
    """Let go of the Halo quote or sales order, so that the next sync makes it anew; Halo itself is not touched."""
    values: dict[str, object] = {}
    if quote:
        # The status goes along: a new Halo quote has to be given it again.
        values |= {"halo_quote_id": None, "halo_quote_reference": "", "last_written": None, "applied_status": ""}
    if sales_order:
        values |= {"halo_sales_order_id": None}
    return take_link(link_id, now=now, by=by, why=why, **values)
