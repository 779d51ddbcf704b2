"""Finding what was stranded: workers that died in the middle, rings that were lost."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from integrations.choices import Outcome, State, Trigger
from integrations.models import QuoteLink, SyncAttempt, SyncStep, WebhookDelivery
from integrations.sync.breaker import give_back_trial, ring_trials
from integrations.sync.enqueue import ring_due

logger = logging.getLogger(__name__)

# A delivery that takes its worker down each time must not do so for ever.
MAX_INTERRUPTIONS = 5
INTERRUPTED = "interrupted"
_MESSAGE = "The worker stopped in the middle of this attempt; the portal looks in Halo and goes on from there."
_PARKED = (
    "The worker stopped in the middle of {count} attempts in a row. Press Sync again; if it happens again, "
    "send the attempts' details to the portal's maintainers."
)


def sweep(*, now: datetime) -> tuple[int, int]:
    """Close attempts whose lease ran out and ring what is due; return the two counts."""
    revived = 0
    for delivery in WebhookDelivery.objects.filter(state=State.RUNNING, lease_until__lt=now):
        revived += _revive(delivery, now=now)
    return revived, ring_due(now=now) + ring_trials(now=now)


def take_over(worker: str, *, now: datetime) -> tuple[int, int]:
    """Take up what a dead worker left, without waiting for its leases to run out; return the counts."""
    left = WebhookDelivery.objects.filter(
        state=State.RUNNING, attempts__outcome=Outcome.RUNNING, attempts__worker=worker
    )
    revived = sum(_revive(delivery, now=now) for delivery in left.distinct())
    # What its queue had taken in advance would otherwise come back only when django-q's locks run out.
    return revived, ring_due(now=now, again_after_s=0)


def _revive(delivery: WebhookDelivery, *, now: datetime) -> int:
    interrupted = 1
    for code in delivery.attempts.exclude(outcome=Outcome.RUNNING).values_list("error_code", flat=True):
        if code != INTERRUPTED:
            break
        interrupted += 1
    parked = interrupted >= MAX_INTERRUPTIONS
    message = _PARKED.format(count=interrupted) if parked else _MESSAGE
    with transaction.atomic():
        # The token alone: whoever calls knows that its holder is dead, or that its time is over.
        mine = WebhookDelivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
        changed = mine.update(
            state=State.FAILED if parked else State.RETRYING,
            state_since=now,
            next_attempt_at=None if parked else now + timedelta(seconds=1),
            next_trigger=Trigger.RETRY,
            failing_since=delivery.failing_since or now,
            lease_token=None,
            lease_until=None,
            error_code=INTERRUPTED,
            error_message=message,
            error_hint="",
        )
        if not changed:
            return 0
        token = delivery.lease_token
        assert token is not None  # noqa: S101  a running delivery has one: running_means_leased
        QuoteLink.objects.filter(lease_token=token).update(lease_token=None, lease_until=None)
        give_back_trial(token, now=now)
        stranded = SyncAttempt.objects.filter(lease_token=token, outcome=Outcome.RUNNING)
        SyncStep.objects.filter(attempt__in=stranded, result=SyncStep.Result.RUNNING).update(
            result=SyncStep.Result.FAILED, summary="The worker stopped here."
        )
        stranded.update(
            outcome=Outcome.FAILED if parked else Outcome.RETRYING,
            finished_at=now,
            error_code=INTERRUPTED,
            error_message=message,
            summary=message,
        )
    logger.warning("delivery %s: its worker stopped in the middle", delivery.pk)
    return 1
