"""Closing an attempt: its row, its delivery, the quote's lease and the issue, in one transaction."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from integrations.choices import FINAL, WAITING, Outcome, State, Trigger
from integrations.errors import (
    BudgetSpent,
    NeedsAttention,
    NotUnderstood,
    OutOfTime,
    PortalError,
    ReadOnly,
    SameWriteUnderWay,
    SettingsError,
    Settling,
    WritesPaused,
)
from integrations.models import Breaker, Issue, QuoteLink, SyncAttempt, WebhookDelivery
from integrations.redact import Redactor
from integrations.sync.breaker import Verdict, weigh
from integrations.sync.claim import Lease
from integrations.sync.enqueue import ring_due, ring_waiting_on
from integrations.sync.retry import gives_up, wait_before_retry
from integrations.sync.surroundings import Surroundings

logger = logging.getLogger(__name__)

# Waiting for one's turn is no failure: these come back after the time they name and use up no retry.
# Shadow mode that was switched on in the middle: the next attempt only compares.
_WAITS_ITS_TURN = (BudgetSpent, SameWriteUnderWay, Settling, OutOfTime, WritesPaused, ReadOnly)
_STATES = {
    Outcome.SUCCEEDED: State.SUCCEEDED,
    Outcome.UNCHANGED: State.UNCHANGED,
    Outcome.SUPERSEDED: State.SUPERSEDED,
    Outcome.IGNORED: State.IGNORED,
    Outcome.SHADOWED: State.SHADOWED,
    Outcome.NEEDS_ATTENTION: State.NEEDS_ATTENTION,
    Outcome.FAILED: State.FAILED,
    Outcome.RETRYING: State.RETRYING,
    Outcome.ERRORED: State.FAILED,
}


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. `wait` is in seconds and only for RETRYING."""

    outcome: Outcome
    summary: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""
    subject: str = ""
    traceback: str = ""
    wait: float = 0.0
    counts: bool = True


def ending_of(error: PortalError, *, delivery: WebhookDelivery, surroundings: Surroundings) -> Ending:
    """Return how an attempt ends that an expected error stopped."""
    about: dict[str, Any] = {
        "summary": error.user_message,
        "code": error.code,
        "message": error.user_message,
        "hint": error.way_out,
        "subject": error.subject,
    }
    if not error.retryable:
        attention = isinstance(error, NeedsAttention | NotUnderstood | SettingsError)
        return Ending(outcome=Outcome.NEEDS_ATTENTION if attention else Outcome.FAILED, **about)
    scale = settings.RETRY_SCALE
    if isinstance(error, _WAITS_ITS_TURN):
        return Ending(outcome=Outcome.RETRYING, wait=max(error.wait or 0.0, 1.0), counts=False, **about)
    since = delivery.failing_since
    if since and gives_up(failing_for_s=(surroundings.now() - since).total_seconds(), scale=scale):
        about["hint"] = "It was tried for three days. Repair the cause, then press Sync again."
        return Ending(outcome=Outcome.FAILED, **about)
    wait = wait_before_retry(delivery.retries_made, chance=surroundings.chance(), scale=scale)
    return Ending(outcome=Outcome.RETRYING, wait=max(wait, error.wait or 0.0), **about)


def close(lease: Lease, ending: Ending, *, redactor: Redactor, surroundings: Surroundings) -> bool:
    """Write the end of an attempt down; False where another worker has taken over, who then writes it."""
    now = surroundings.now()
    delivery = lease.delivery
    message, hint = redactor.text(ending.message), redactor.text(ending.hint)
    with transaction.atomic():
        if not WebhookDelivery.objects.filter(pk=delivery.pk, lease_token=lease.token).exists():
            return False
        verdict = weigh(
            delivery, lease.token, attempt_id=lease.attempt.pk, code=ending.code, message=message, now=now
        )
        held = verdict is Verdict.HELD
        if held:
            # Not its own failure: it goes on where it stood when the breaker closes.
            ending = replace(ending, outcome=Outcome.RETRYING, wait=1.0)
        state = _STATES[ending.outcome]
        issue = (
            Breaker.objects.get(integration=delivery.integration).issue
            if held
            else _issue(lease, ending, state, message=message, hint=hint, surroundings=surroundings)
        )
        retrying = state is State.RETRYING
        changed = WebhookDelivery.objects.filter(pk=delivery.pk, lease_token=lease.token).update(
            state=state,
            state_since=now,
            next_attempt_at=now + timedelta(seconds=ending.wait) if retrying else None,
            next_trigger=Trigger.RETRY,
            requested_by=None,
            # A decision holds for the state it was made for.
            guard_decision="" if state in FINAL else delivery.guard_decision,
            guard_seen=None if state in FINAL else delivery.guard_seen,
            replay_version=None if state in FINAL else delivery.replay_version,
            failing_since=_failing_since(lease, ending, now=now) if retrying and not held else None,
            retries_made=delivery.retries_made + (1 if ending.counts and not held else 0) if retrying else 0,
            lease_token=None,
            lease_until=None,
            error_code=ending.code,
            error_message=message,
            error_hint=hint,
            issue=issue,
        )
        if not changed:
            transaction.set_rollback(True)
            return False
        SyncAttempt.objects.filter(pk=lease.attempt.pk, outcome=Outcome.RUNNING).update(
            outcome=ending.outcome,
            finished_at=now,
            summary=redactor.text(ending.summary),
            error_code=ending.code,
            error_message=message,
            error_hint=hint,
            traceback=redactor.text(ending.traceback),
        )
        if delivery.issue_id and delivery.issue_id != (issue.pk if issue else None):
            Issue.objects.get(pk=delivery.issue_id).close_if_settled(at=now)
        if delivery.link_id is not None:
            QuoteLink.objects.filter(pk=delivery.link_id, lease_token=lease.token).update(
                lease_token=None, lease_until=None
            )
            ring_waiting_on(delivery.link_id, now=now)
    if verdict is Verdict.CLOSED:
        ring_due(now=now, again_after_s=0)
    logger.info("delivery %s: attempt %s ended %s", delivery.pk, lease.attempt.number, ending.outcome)
    return True


def _failing_since(lease: Lease, ending: Ending, *, now: datetime) -> datetime | None:
    return (lease.delivery.failing_since or now) if ending.counts else None


def _issue(
    lease: Lease, ending: Ending, state: State, *, message: str, hint: str, surroundings: Surroundings
) -> Issue | None:
    if state not in WAITING:
        return None
    return Issue.report(
        lease.delivery.integration,
        code=ending.code,
        subject=ending.subject or f"quote {lease.delivery.quote_number}",
        message=message,
        hint=hint,
        at=surroundings.now(),
    )


def older_are_superseded(lease: Lease, *, surroundings: Surroundings) -> None:
    """End what older states of the quote still wait for: this newer one has taken their place."""
    now = surroundings.now()
    newest = lease.delivery
    stopped = WebhookDelivery.objects.filter(link=newest.link_id, state__in=WAITING).exclude(pk=newest.pk)
    for older in stopped:
        if older.position < newest.position:
            with transaction.atomic():
                changed = WebhookDelivery.objects.filter(pk=older.pk, state__in=WAITING).update(
                    state=State.SUPERSEDED, state_since=now, superseded_by=newest.pk, issue=None
                )
                if changed and older.issue_id:
                    Issue.objects.get(pk=older.issue_id).close_if_settled(at=now)
