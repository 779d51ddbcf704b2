"""The doorbell: telling the queue that a delivery is due. The rows are the truth; a lost ring is rung again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q
from django_q.tasks import async_task

from integrations.choices import DUE, FINAL, State, Trigger
from integrations.models import Heartbeat, SettingsVersion, WebhookDelivery
from integrations.models.pausing import at_work

# A ring that led to nothing was lost with its queue row; before that the queue may just be long.
RING_AGAIN_S = 120


def ring(delivery_id: int, *, now: datetime) -> None:
    """Queue a delivery's sync. Called inside the transaction that makes it due: both commit or neither."""
    WebhookDelivery.objects.filter(pk=delivery_id).update(rung_at=now)
    async_task("integrations.sync.tasks.sync_delivery", delivery_id, task_name=f"delivery {delivery_id}")


def ring_rehearsal(rehearsal_id: int) -> None:
    """Queue the next stretch of a rehearsal."""
    name = f"rehearsal {rehearsal_id}"
    async_task("integrations.sync.tasks.go_on_rehearsing", rehearsal_id, task_name=name, save=False)


def sync_again(
    delivery_ids: Iterable[int],
    *,
    now: datetime,
    trigger: Trigger,
    by: AbstractBaseUser | None = None,
    version: SettingsVersion | None = None,
) -> int:
    """Put deliveries back in the queue that have ended or wait for their retry; return how many.

    With `version` they are synced with the settings as they were then, until they have ended.
    """
    count = 0
    for delivery_id in delivery_ids:
        with transaction.atomic():
            # One whose text was deleted for its age has nothing left to be synced from.
            ended = WebhookDelivery.objects.filter(
                pk=delivery_id, state__in=FINAL | {State.RETRYING}, text_deleted_at=None
            )
            changed = ended.update(
                state=State.QUEUED,
                state_since=now,
                next_attempt_at=now,
                failing_since=None,
                retries_made=0,
                next_trigger=trigger,
                requested_by=by,
                superseded_by=None,
                replay_version=version,
            )
            if changed:
                ring(delivery_id, now=now)
                count += 1
    return count


def ring_waiting_on(link_id: int, *, now: datetime) -> None:
    """Ring the deliveries of a quote that were put off because its worker had not finished."""
    put_off = WebhookDelivery.objects.filter(link=link_id, state=State.QUEUED, next_attempt_at__gt=now)
    for delivery_id in put_off.values_list("pk", flat=True):
        WebhookDelivery.objects.filter(pk=delivery_id).update(next_attempt_at=now)
        ring(delivery_id, now=now)


def ring_probe(integration_id: int, *, now: datetime) -> int:
    """Queue a trial without a delivery, for an open breaker that holds none; 0 where one was queued lately."""
    name = f"probe {integration_id}"
    lately = now - timedelta(seconds=RING_AGAIN_S)
    if Heartbeat.objects.filter(name=name, beat_at__gt=lately, beat_at__lte=now).exists():
        return 0
    with transaction.atomic():
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})
        async_task("integrations.sync.tasks.probe_halo", integration_id, task_name=name, save=False)
    return 1


def ring_due(*, now: datetime, again_after_s: float = RING_AGAIN_S, limit: int = 200) -> int:
    """Ring every delivery that is due and has not been rung for it lately; return how many."""
    lately = now - timedelta(seconds=again_after_s)
    due = WebhookDelivery.objects.filter(
        Q(rung_at=None) | Q(rung_at__lt=F("next_attempt_at")) | Q(rung_at__lte=lately),
        at_work(now, prefix="integration__"),
        state__in=DUE,
        next_attempt_at__lte=now,
    )
    ids = list(due.order_by("lane", "next_attempt_at").values_list("pk", flat=True)[:limit])
    for delivery_id in ids:
        with transaction.atomic():
            ring(delivery_id, now=now)
    return len(ids)


def look_soon(integration_id: int) -> None:
    """Queue the look for missed webhooks of one integration; one that runs already answers for both."""
    name = f"missed webhooks of integration {integration_id}"
    async_task("integrations.sync.tasks.look_for_missed", integration_id, task_name=name, save=False)
