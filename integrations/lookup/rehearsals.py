"""Beginning a rehearsal, and carrying out the replay that it was the preview of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from integrations.choices import FINAL, Kind, State, Trigger
from integrations.errors import PortalError
from integrations.models import Rehearsal, RehearsedQuote, SettingsVersion, WebhookDelivery
from integrations.sync.enqueue import ring_rehearsal, sync_again
from integrations.sync.rehearse import version_for

MOST = {Rehearsal.Purpose.REPLAY: 500, Rehearsal.Purpose.WHAT_IF: 2_000}
# Settings of another day are for a few quotes that somebody has looked at, not for all that a filter finds.
MOST_WITH_OLDER = 50
Verdict = RehearsedQuote.Verdict
# What Halo can still be asked about.
OPEN = (Verdict.UNANSWERED, Verdict.FAILED)
# What a replay leaves alone: a newer state has taken its place.
_LEFT_OUT = (Verdict.SUPERSEDED,)


class NotStarted(PortalError):
    """A rehearsal or replay that cannot be done as asked; nothing was changed."""

    code = "not_started"
    hint = "Choose fewer quotes, or other settings."


@dataclass(frozen=True)
class Wish:
    """What is to be rehearsed: for what, with which settings, which quotes in words, by whom."""

    purpose: Rehearsal.Purpose
    using: Rehearsal.Using
    version: SettingsVersion | None
    question: str
    by: AbstractBaseUser
    now: datetime
    chosen: bool = False
    """The deliveries were chosen one by one, not by a filter."""


@dataclass(frozen=True)
class Reach:
    """How far it would reach: deliveries, the quotes they are of, and those in work at this moment."""

    deliveries: int
    quotes: int
    busy: int


def reach_of(deliveries: QuerySet[WebhookDelivery]) -> Reach:
    """Count before anything begins."""
    busy = Count("pk", filter=~Q(state__in=FINAL | {State.RETRYING}))
    # The list may have joined other tables for its search: each delivery counts once.
    plain = WebhookDelivery.objects.filter(pk__in=deliveries.order_by().values("pk"))
    row = plain.aggregate(all=Count("pk"), quotes=Count("link", distinct=True), busy=busy)
    return Reach(deliveries=row["all"], quotes=row["quotes"], busy=row["busy"])


def begin(deliveries: QuerySet[WebhookDelivery], wish: Wish) -> Rehearsal:
    """Write the rehearsal down and ring for it. Raises NotStarted."""
    ids = list(deliveries.order_by("pk").values_list("pk", flat=True).distinct()[: MOST[wish.purpose] + 1])
    _check(ids, wish)
    with transaction.atomic():
        rehearsal = Rehearsal.objects.create(
            purpose=wish.purpose,
            using=wish.using,
            version=wish.version,
            question=wish.question[:300],
            created_by_id=wish.by.pk,
            created_at=wish.now,
        )
        asks = wish.purpose is Rehearsal.Purpose.REPLAY
        rows = [RehearsedQuote(rehearsal=rehearsal, delivery_id=id_, ask_halo=asks) for id_ in ids]
        RehearsedQuote.objects.bulk_create(rows, batch_size=500)
        ring_rehearsal(rehearsal.pk)
    return rehearsal


def _check(ids: Sequence[int], wish: Wish) -> None:
    if not ids:
        raise NotStarted("There is no such quote.", hint="Choose another period, or other filters.")
    most = MOST[wish.purpose]
    if len(ids) > most:
        raise NotStarted(f"These are more than {most:,} deliveries at once.", hint="Narrow the list first.")
    replay, older = wish.purpose is Rehearsal.Purpose.REPLAY, wish.using is not Rehearsal.Using.TODAY
    if replay and older and not wish.chosen:
        raise NotStarted(
            "Only quotes that were chosen one by one can be replayed with older settings.",
            hint="Tick the quotes in the list and use its Replay action, or replay with today's settings.",
        )
    if replay and older and len(ids) > MOST_WITH_OLDER:
        raise NotStarted(f"With older settings at most {MOST_WITH_OLDER} deliveries are replayed at once.")
    if wish.using is Rehearsal.Using.VERSION:
        if wish.version is None:
            raise NotStarted("No version of the settings was chosen.", hint="Choose one.")
        wish.version.as_rules()
        rows = WebhookDelivery.objects.filter(pk__in=ids)
        if rows.exclude(integration=wish.version.integration_id).exists():
            raise NotStarted(f"Version {wish.version.number} belongs to “{wish.version.integration}” alone.")


def stop(rehearsal: Rehearsal, *, now: datetime) -> bool:
    """End it; what was looked at stays. False where it had ended by itself."""
    running = Rehearsal.objects.filter(pk=rehearsal.pk, state=Rehearsal.State.RUNNING)
    return bool(running.update(state=Rehearsal.State.STOPPED, finished_at=now, claimed_until=None, note=""))


def ask_halo(rehearsal: Rehearsal) -> int:
    """Look again, at Halo as it is now, at what could not be answered from what was kept; return how many."""
    open_ones = rehearsal.quotes.filter(verdict__in=OPEN)
    with transaction.atomic():
        ended = Rehearsal.objects.filter(pk=rehearsal.pk, state=Rehearsal.State.DONE)
        if not open_ones.exists() or not ended.update(state=Rehearsal.State.RUNNING, finished_at=None):
            return 0
        count = open_ones.update(verdict=Verdict.PENDING, ask_halo=True, looked_at=None)
        ring_rehearsal(rehearsal.pk)
    return count


def to_replay(rehearsal: Rehearsal) -> QuerySet[RehearsedQuote]:
    """Return what a replay would sync again."""
    return rehearsal.quotes.exclude(verdict__in=_LEFT_OUT)


def carry_out(rehearsal: Rehearsal, *, by: AbstractBaseUser, now: datetime) -> int:
    """Sync what was previewed, with the same settings; return how many. Raises NotStarted.

    Each attempt looks at Halo again: should it have changed since the preview, that counts.
    """
    replay = Rehearsal.objects.filter(
        pk=rehearsal.pk, purpose=Rehearsal.Purpose.REPLAY, state=Rehearsal.State.DONE
    )
    if not replay.update(state=Rehearsal.State.REPLAYED):
        raise NotStarted("This preview is not finished, or was replayed already.", hint="Begin a new one.")
    count = 0
    for row in to_replay(rehearsal).select_related("delivery"):
        version = version_for(rehearsal, row.delivery) if row.delivery.kind == Kind.QUOTE else None
        count += sync_again([row.delivery_id], now=now, trigger=Trigger.REPLAY, by=by, version=version)
    return count
