"""Taking work: one delivery by one worker, one quote by one worker, for a limited time."""

import logging
import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from integrations.choices import DUE, Outcome, State
from integrations.errors import LeaseLost
from integrations.models import QuoteLink, SettingsVersion, SyncAttempt, WebhookDelivery
from integrations.models.link_changes import TRACKED, note_changes, tracked_values
from integrations.models.pausing import at_work
from integrations.sync.breaker import admit
from integrations.sync.claim_times import ATTEMPT_S, LEASE_S
from integrations.sync.room import wait_for_turn
from integrations.sync.surroundings import Surroundings

__all__ = ["ATTEMPT_S", "LEASE_S", "Lease", "claim"]

logger = logging.getLogger(__name__)

# The supervisor names its worker here, so that what a dead one left can be told from the work of others.
WORKER_VARIABLE = "PORTAL_WORKER"

# A quote that another worker is on is looked at again soon, should that worker die without a word.
BUSY_WAIT_S = 15


@dataclass(frozen=True)
class Lease:
    """The right to work on one delivery and its quote."""

    token: uuid.UUID
    delivery: WebhookDelivery
    attempt: SyncAttempt
    until: datetime

    def check(self, now: datetime) -> None:
        """Raise LeaseLost where the time is over or somebody else has taken the work."""
        held = WebhookDelivery.objects.filter(pk=self.delivery.pk, lease_token=self.token).exists()
        if now >= self.until or not held:
            raise LeaseLost("Another worker has taken over this delivery.")

    def update_link(self, **values: object) -> None:
        """Change the quote's link, as long as the lease holds. Raises LeaseLost."""
        mine = QuoteLink.objects.filter(lease_token=self.token)
        if not TRACKED[QuoteLink].keys() & values.keys():
            if not mine.update(**values):
                raise LeaseLost("Another worker has taken over this quote.")
            return
        with transaction.atomic():
            before = tracked_values(mine.defer("last_written").first())
            if not mine.update(**values):
                raise LeaseLost("Another worker has taken over this quote.")
            link, why = mine.defer("last_written").get(), f"{self.delivery}, attempt {self.attempt.number}"
            note_changes(link, before, by_id=None, why=why, at=timezone.now())


class _Busy(Exception):
    """Another worker is on this quote."""


class _Held(Exception):
    """The breaker is open, and another delivery is its trial."""


def claim(delivery_id: int, *, task_id: str, surroundings: Surroundings) -> Lease | None:
    """Take a delivery that is due and write its attempt down; None where it is not there to be taken."""
    now = surroundings.now()
    wait = wait_for_turn(delivery_id, now=now.timestamp())
    if wait:
        _put_off(delivery_id, now=now, seconds=wait)
        return None
    try:
        with transaction.atomic():
            return _claim(delivery_id, now=now, task_id=task_id)
    except _Held:
        return None
    except _Busy:
        _put_off(delivery_id, now=now, seconds=BUSY_WAIT_S)
        return None


def _put_off(delivery_id: int, *, now: datetime, seconds: float) -> None:
    due = WebhookDelivery.objects.filter(pk=delivery_id, state__in=DUE, next_attempt_at__lte=now)
    due.update(next_attempt_at=now + timedelta(seconds=seconds))


def _claim(delivery_id: int, *, now: datetime, task_id: str) -> Lease | None:
    token, until = uuid.uuid4(), now + timedelta(seconds=LEASE_S)
    due = WebhookDelivery.objects.filter(
        at_work(now, prefix="integration__", trial=True), pk=delivery_id, state__in=DUE, next_attempt_at__lte=now
    )
    taken = due.update(
        state=State.RUNNING,
        state_since=now,
        lease_token=token,
        lease_until=until,
        next_attempt_at=None,
        attempts_made=F("attempts_made") + 1,
    )
    if not taken:
        return None
    delivery = WebhookDelivery.objects.select_related("integration", "link", "replay_version").get(pk=delivery_id)
    if delivery.link_id is not None:
        free = QuoteLink.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=delivery.link_id)
        if not free.update(lease_token=token, lease_until=until):
            raise _Busy
        delivery.link = QuoteLink.objects.get(pk=delivery.link_id)
    if not admit(delivery.integration_id, token, now=now):
        raise _Held
    chosen: SettingsVersion | None = delivery.replay_version
    attempt = SyncAttempt.objects.create(
        delivery=delivery,
        number=delivery.attempts_made,
        trigger=delivery.next_trigger,
        requested_by=delivery.requested_by,
        outcome=Outcome.RUNNING,
        started_at=now,
        lease_token=token,
        task_id=task_id,
        worker=os.environ.get(WORKER_VARIABLE, socket.gethostname())[:100],
        settings_version=chosen or SettingsVersion.of(delivery.integration, delivery.integration.rules()),
        chosen_version=chosen is not None,
        portal_version=settings.PORTAL_VERSION,
    )
    logger.info("delivery %s: attempt %s begins", delivery.pk, attempt.number)
    return Lease(token=token, delivery=delivery, attempt=attempt, until=until)
