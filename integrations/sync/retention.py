"""Deleting what is old: texts and details after months, summaries after years, in batches that nobody notices.

Each batch is a short transaction of its own with a pause after it, so that the receiver never waits long for the
database; a run that is stopped is taken up by the next. What is still worked on, or waits for a person, is never
touched, nor is the newest text of a quote that the customer has not answered: it may have to be synced again.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.choices import ACTIVE, FINAL, WAITING, IntentState
from integrations.domain.quote import QuoteStatus
from integrations.models import (
    AttemptInputs,
    Claim,
    Heartbeat,
    Issue,
    LinkChange,
    Notice,
    NoticeSending,
    Rehearsal,
    RejectedWebhook,
    RemoteCall,
    RequestsSpent,
    SettingsChange,
    SyncAttempt,
    SyncStep,
    WebhookDelivery,
    WriteIntent,
)

BATCH = 200
PAUSE_S = 0.1
# At night by the portal's clock; a machine that was off then does it when it is on.
HOUR = 2
_DONE, _CLAIM_KEY = "retention", "retention"
_CLAIM = timedelta(minutes=3)
_DAY = timedelta(days=1)
_SETTLED = FINAL - WAITING


@dataclass(frozen=True)
class Limits:
    """Everything before these moments goes; None keeps it for ever."""

    now: datetime
    texts: datetime | None
    history: datetime | None


@dataclass(frozen=True)
class Step:
    """One kind of old rows: which they are, and what becomes of a batch of them."""

    label: str
    due: Callable[[Limits], "QuerySet[Any]"]
    prune: Callable[["QuerySet[Any]", datetime], object]


def limits(now: datetime) -> Limits:
    """Return the limits that the settings name."""
    texts, years = settings.KEEP_TEXTS_DAYS, settings.KEEP_HISTORY_YEARS
    return Limits(
        now=now,
        texts=now - texts * _DAY if texts else None,
        history=now - timedelta(days=round(years * 365.25)) if years else None,
    )


def is_due(now: datetime) -> bool:
    """Say whether tonight's run is still to be done."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    start = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    start = start if local >= start else start - _DAY
    done = Heartbeat.objects.filter(name=_DONE).values_list("beat_at", flat=True).first()
    return done is None or done < start


def run(
    *,
    now: datetime,
    seconds: float = 60.0,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[dict[str, int], bool]:
    """Prune for so long at most; return what was deleted by label, and whether nothing is left."""
    Claim.objects.get_or_create(key=_CLAIM_KEY, defaults={"until": now - _DAY})
    mine = Claim.objects.filter(key=_CLAIM_KEY)
    if not mine.filter(until__lt=now).update(until=now + _CLAIM):
        return {}, False
    give_up = monotonic() + seconds
    counts: dict[str, int] = {}
    try:
        for step in STEPS:
            while monotonic() < give_up:
                count = _batch(step, limits(now))
                if not count:
                    break
                counts[step.label] = counts.get(step.label, 0) + count
                sleep(PAUSE_S)
            else:
                return counts, False
    finally:
        mine.update(until=now - timedelta(seconds=1))
    Heartbeat.objects.update_or_create(name=_DONE, defaults={"beat_at": now})
    return counts, True


def count_due(*, now: datetime) -> dict[str, int]:
    """Return what a run would delete, by label; nothing is changed."""
    return {step.label: step.due(limits(now)).count() for step in STEPS}


def _batch(step: Step, until: Limits) -> int:
    ids = list(step.due(until).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with transaction.atomic():
        # Asked again: a delivery may have been taken up since.
        step.prune(step.due(until).filter(pk__in=ids), until.now)
    return len(ids)


# Which rows are due


def _texts(until: Limits) -> "QuerySet[WebhookDelivery]":
    if until.texts is None:
        return WebhookDelivery.objects.none()
    old = WebhookDelivery.objects.filter(
        state__in=_SETTLED, state_since__lt=until.texts, last_received_at__lt=until.texts, text_deleted_at=None
    )
    newer = WebhookDelivery.objects.filter(link=OuterRef("link")).filter(
        Q(sequence__gt=OuterRef("sequence"))
        | Q(sequence=OuterRef("sequence"), rank__gt=OuterRef("rank"))
        | Q(
            sequence=OuterRef("sequence"),
            rank=OuterRef("rank"),
            quoter_timestamp__gt=OuterRef("quoter_timestamp"),
        )
    )
    # The newest text of a quote that nobody has answered is what it would be synced from.
    return old.exclude(Q(quote_status=QuoteStatus.PENDING.value) & ~Exists(newer))


def _calls(until: Limits) -> "QuerySet[RemoteCall]":
    if until.texts is None:
        return RemoteCall.objects.none()
    return RemoteCall.objects.filter(started_at__lt=until.texts).exclude(
        step__attempt__delivery__state__in=ACTIVE | WAITING
    )


def _inputs(until: Limits) -> "QuerySet[AttemptInputs]":
    if until.texts is None:
        return AttemptInputs.objects.none()
    old = AttemptInputs.objects.filter(created_at__lt=until.texts)
    return old.exclude(attempt__delivery__state__in=ACTIVE | WAITING)


def _history(until: Limits) -> "QuerySet[WebhookDelivery]":
    if until.history is None:
        return WebhookDelivery.objects.none()
    # A payment's row tells that it was noted in Halo: with it gone, a webhook sent again would note it twice.
    return WebhookDelivery.objects.filter(
        state__in=_SETTLED, state_since__lt=until.history, last_received_at__lt=until.history, payments=None
    )


def _before(model: type[models.Model], field: str, at: datetime | None, **only: object) -> "QuerySet[Any]":
    rows = model._default_manager.all()
    return rows.none() if at is None else rows.filter(**{f"{field}__lt": at}, **only)


# What becomes of them


def _delete_texts(rows: "QuerySet[WebhookDelivery]", now: datetime) -> None:
    ids = list(rows.values_list("pk", flat=True))
    rows.filter(pk__in=ids).update(data="", api_text="", text_deleted_at=now)
    attempts = SyncAttempt.objects.filter(delivery__in=ids)
    RemoteCall.objects.filter(step__attempt__in=attempts).delete()
    SyncStep.objects.filter(attempt__in=attempts).update(facts=[])
    attempts.update(plan=None, traceback="")


def _delete(rows: "QuerySet[Any]", now: datetime) -> None:
    ids = list(rows.values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=ids).delete()


STEPS: Iterable[Step] = (
    Step("requests and answers", _calls, _delete),
    Step("what plans were made from", _inputs, _delete),
    Step("texts of webhooks, with the details of their attempts", _texts, _delete_texts),
    Step("deliveries with their attempts", _history, _delete),
    Step("closed causes", lambda until: _before(Issue, "closed_at", until.history, deliveries=None), _delete),
    Step(
        "refused writes",
        lambda until: _before(WriteIntent, "created_at", until.texts, state=IntentState.REFUSED),
        _delete,
    ),
    Step(
        "replays and what-ifs",
        lambda until: _before(Rehearsal, "created_at", until.texts).exclude(state=Rehearsal.State.RUNNING),
        _delete,
    ),
    Step(
        "notifications",
        lambda until: _before(Notice, "created_at", until.texts).exclude(
            sendings__state=NoticeSending.State.WAITING
        ),
        _delete,
    ),
    Step("changes of settings", lambda until: _before(SettingsChange, "timestamp", until.history), _delete),
    Step("changes of links", lambda until: _before(LinkChange, "at", until.history), _delete),
    Step("counts of refused webhooks", lambda until: _before(RejectedWebhook, "last_at", until.texts), _delete),
    Step(
        "counts of Halo requests",
        lambda until: RequestsSpent.objects.filter(slot__lt=int((until.now - _DAY).timestamp())),
        _delete,
    ),
    Step(
        "lapsed claims",
        lambda until: _before(Claim, "until", until.now - _DAY).exclude(key=_CLAIM_KEY),
        _delete,
    ),
    Step("ended sessions", lambda until: _before(Session, "expire_date", until.now - _DAY), _delete),
)
