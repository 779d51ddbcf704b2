"""Holding deliveries back while Halo is away or refuses the sign-in; the states are drawn at `Breaker`.

What is held keeps its schedule, spends no attempt and is one issue. One delivery at a time tries, by a lease on
the breaker's row, so it holds for all processes and over restarts.
"""

import logging
import uuid
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from integrations.choices import DUE, State, Trigger
from integrations.errors import AnswerLost, CredentialsRejected, HaloAway, RemoteBroken, Unreachable
from integrations.models import Breaker, Integration, Issue, RemoteCall, WebhookDelivery
from integrations.models.breaker import mark_of
from integrations.models.pausing import at_work
from integrations.sync.claim_times import LEASE_S
from integrations.sync.enqueue import RING_AGAIN_S, ring, ring_probe

logger = logging.getLogger(__name__)

# So many different deliveries in a row, within the window, and it opens.
FAILURES = 5
# A refused sign-in was refused with a fresh token: the next delivery would meet the same.
REJECTIONS = 1
WINDOW_S = 900.0
# How long it waits before each trial; the last goes on for ever.
TRIALS_S = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0)
# Sign-ins that are refused again and again may lock the account; edited credentials are tried at once.
REJECTED_TRIALS_S = (300.0, 900.0, 3_600.0)
AWAY = frozenset({Unreachable.code, AnswerLost.code, RemoteBroken.code})
REJECTED = CredentialsRejected.code
_HINT = {
    REJECTED: CredentialsRejected.hint,
    HaloAway.code: HaloAway.hint,
}


class Verdict(Enum):
    """What the breaker makes of an attempt that has ended."""

    NOTHING = "nothing"
    HELD = "held"
    CLOSED = "closed"


def admit(integration_id: int, token: object, *, now: datetime) -> bool:
    """Say whether a claimed delivery may go on: always while closed, as the one trial while open.

    Called within the claim's transaction, which is undone where it may not.
    """
    held = Breaker.objects.filter(integration=integration_id, opened_at__isnull=False)
    if not held.exists():
        return True
    # Should the trial's worker die, another may try when its lease is over.
    until = now + timedelta(seconds=LEASE_S)
    return bool(held.filter(trial_at__lte=now).update(trial_at=until, trial_token=token, trials=F("trials") + 1))


def weigh(
    delivery: WebhookDelivery, token: object, *, attempt_id: int, code: str, message: str, now: datetime
) -> Verdict:
    """Take note of how an attempt ended, within the transaction that closes it.

    HELD: the breaker is open, and the delivery waits for it. CLOSED: it was open until now.
    """
    integration = delivery.integration
    # Where Halo took the sign-in for other requests of the attempt, its no is about that one request alone.
    failed = code in AWAY or (code == REJECTED and not _heard(integration, attempt_id))
    if failed and not _asked_quoter(integration, attempt_id):
        row = _locked(integration)
        if row.is_open:
            if row.trial_token == token:
                _wait_longer(row, message, now=now)
            return Verdict.HELD
        _count(row, delivery.pk, code, now=now)
        if row.failures < (REJECTIONS if code == REJECTED else FAILURES):
            row.save()
            return Verdict.NOTHING
        _open(row, code, message, now=now)
        return Verdict.HELD
    concerned = Breaker.objects.filter(Q(failures__gt=0) | Q(opened_at__isnull=False), integration=integration)
    if not concerned.exists():
        return Verdict.NOTHING
    row = _locked(integration)
    heard = _heard(integration, attempt_id)
    if row.is_open and row.trial_token == token:
        if heard:
            _close(row, now=now)
            return Verdict.CLOSED
        # It ended before Halo was asked: another may try.
        Breaker.objects.filter(pk=row.pk).update(trial_at=now + timedelta(seconds=1), trial_token=None)
    elif row.is_open and heard:
        try_now(integration, now=now)
    elif heard:
        Breaker.objects.filter(pk=row.pk).update(failures=0, failing_since=None, last_failed=None)
    return Verdict.NOTHING


def settle_probe(integration: Integration, token: object, *, error_code: str, message: str, now: datetime) -> bool:
    """Take note of how a trial without a delivery ended, within a transaction; True where it closed."""
    row = _locked(integration)
    if not row.is_open or row.trial_token != token:
        return False
    if not error_code:
        _close(row, now=now)
        return True
    if error_code in AWAY or error_code == REJECTED:
        _wait_longer(row, message, now=now)
    else:
        wait = timedelta(seconds=TRIALS_S[0] * settings.RETRY_SCALE)
        Breaker.objects.filter(pk=row.pk).update(trial_at=now + wait, trial_token=None)
    return False


def try_now(integration: Integration, *, now: datetime) -> bool:
    """Let one delivery try at once; False where nothing is held."""
    held = Breaker.objects.filter(integration=integration, opened_at__isnull=False)
    return bool(held.update(trial_at=now, trial_token=None))


def give_back_trial(token: uuid.UUID, *, now: datetime) -> None:
    """Let another delivery try: the worker of this trial has died."""
    Breaker.objects.filter(trial_token=token).update(trial_at=now, trial_token=None)


def ring_trials(*, now: datetime) -> int:
    """Gather what open breakers hold, and ring one trial for each whose time has come; return how many."""
    rung = 0
    for row in Breaker.objects.filter(opened_at__isnull=False).select_related("integration"):
        _gather(row)
        if row.trial_at is not None and row.trial_at <= now:
            rung += _ring_trial(row, now=now)
    return rung


def _ring_trial(row: Breaker, *, now: datetime) -> int:
    due = WebhookDelivery.objects.filter(
        at_work(now, prefix="integration__", trial=True),
        integration=row.integration_id,
        state__in=DUE,
        next_attempt_at__lte=now,
    )
    first = due.order_by("lane", "next_attempt_at").first()
    if first is None:
        return ring_probe(row.integration_id, now=now) if row.integration.works(now) else 0
    since = max(row.trial_at or now, now - timedelta(seconds=RING_AGAIN_S))
    if due.filter(rung_at__gte=since).exists():
        return 0
    ring(first.pk, now=now)
    return 1


def _locked(integration: Integration) -> Breaker:
    Breaker.objects.get_or_create(integration=integration)
    return Breaker.objects.select_for_update().get(integration=integration)


def _count(row: Breaker, delivery_id: int, code: str, *, now: datetime) -> None:
    if row.failing_since is None or (now - row.failing_since).total_seconds() > WINDOW_S:
        row.failures, row.failing_since, row.last_failed = 0, now, None
    # One delivery that fails again and again is its own affair.
    if row.last_failed != delivery_id:
        row.failures += 1
    row.last_failed, row.code = delivery_id, code


def _open(row: Breaker, code: str, message: str, *, now: datetime) -> None:
    row.code = REJECTED if code == REJECTED else HaloAway.code
    row.opened_at, row.trials, row.trial_token = now, 0, None
    row.trial_at = now + timedelta(seconds=_wait(row))
    row.reason = message
    row.settings_mark = mark_of(Integration.objects.get(pk=row.integration_id))
    row.issue = Issue.report(
        row.integration,
        code=row.code,
        subject="sign-in" if row.code == REJECTED else "halo",
        message=f"{message} Quotes are held back until Halo answers again.",
        hint=_HINT[row.code],
        at=now,
        stands_alone=True,
    )
    row.save()
    _gather(row)
    logger.warning("integration %s: breaker open, %s", row.integration_id, code)


def _wait_longer(row: Breaker, message: str, *, now: datetime) -> None:
    row.trial_token, row.reason = None, message
    row.trial_at = now + timedelta(seconds=_wait(row))
    row.save()


def _wait(row: Breaker) -> float:
    steps = REJECTED_TRIALS_S if row.code == REJECTED else TRIALS_S
    return steps[min(row.trials, len(steps) - 1)] * settings.RETRY_SCALE


def _close(row: Breaker, *, now: datetime) -> None:
    held = WebhookDelivery.objects.filter(integration=row.integration_id)
    # What had failed by this very cause need not wait for its next try, nor give up soon for what is over.
    held.filter(state=State.RETRYING, error_code__in=AWAY | {REJECTED}).update(
        next_attempt_at=now, failing_since=None
    )
    if row.issue is not None:
        held.filter(issue=row.issue, state__in=DUE).update(issue=None)
        held.filter(issue=row.issue, state=State.FAILED, error_code=REJECTED).update(
            state=State.RETRYING,
            state_since=now,
            next_attempt_at=now,
            next_trigger=Trigger.RECOVERED,
            retries_made=0,
            issue=None,
        )
        row.issue.stand_down(at=now)
    Breaker.objects.filter(pk=row.pk).update(
        failures=0,
        failing_since=None,
        last_failed=None,
        opened_at=None,
        trial_at=None,
        trial_token=None,
        trials=0,
        issue=None,
        code="",
        reason="",
    )
    logger.warning("integration %s: breaker closed", row.integration_id)


def _gather(row: Breaker) -> None:
    """Count what waits to the issue, so that its page shows what the cause holds up, in money as well."""
    if row.issue_id is not None:
        waiting = WebhookDelivery.objects.filter(integration=row.integration_id, state__in=DUE, issue=None)
        waiting.update(issue=row.issue_id)


def _asked_quoter(integration: Integration, attempt_id: int) -> bool:
    """Say whether the last request of an attempt went to Quoter, which says nothing about Halo."""
    web = integration.quoter_web()
    last = RemoteCall.objects.filter(step__attempt=attempt_id).order_by("-pk").first()
    return bool(web and last and urlsplit(last.url)[:2] == urlsplit(web)[:2] and last.url.startswith(web))


def _heard(integration: Integration, attempt_id: int) -> bool:
    """Say whether Halo answered, to a request that needs the sign-in."""
    answered = RemoteCall.objects.filter(
        step__attempt=attempt_id, url__startswith=integration.halo_url, status__gte=200, status__lt=500
    )
    sign_in = Q(url__startswith=f"{integration.halo_url}/auth") | Q(url__contains="/api/authinfo")
    return answered.exclude(status__in=(401, 408, 429)).exclude(sign_in).exists()


def held_since(integration: Integration) -> datetime | None:
    """Return since when deliveries are held back; None where they are not."""
    return Breaker.objects.filter(integration=integration).values_list("opened_at", flat=True).first()


def open_breakers() -> list[Breaker]:
    """Return what is held, the oldest first, with its integration."""
    rows = Breaker.objects.filter(opened_at__isnull=False).select_related("integration", "issue")
    return list(rows.order_by("opened_at"))


def is_trying(row: Breaker) -> bool:
    """Say whether a trial is under way or due at this moment."""
    return row.trial_token is not None or (row.trial_at is not None and row.trial_at <= timezone.now())
