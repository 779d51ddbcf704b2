"""Writing exactly once: each write to Halo is on record before it is sent, and no lost answer is guessed at.

An intent without a known end blocks the same write until it can no longer land and Halo has been looked at since;
so does one that ended after the look on which this write was decided.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from integrations.choices import IntentState
from integrations.connect import why_read_only
from integrations.errors import AnswerLost, PortalError, ReadOnly, SameWriteUnderWay, Settling
from integrations.models import Integration, QuoteLink, WriteIntent
from integrations.sync.claim import Lease
from integrations.sync.surroundings import Surroundings

T = TypeVar("T")
# The longest that a request can be under way, and a margin for a gateway that passes it on late.
SETTLE_S = 35 + 40
# How far the clocks of two machines may be apart.
CLOCKS_S = 2
_PENDING = (IntentState.OPEN, IntentState.UNKNOWN)


class Writer:
    """Sends writes under one lease, after Halo was observed at `observed_at`."""

    def __init__(self, lease: Lease, *, surroundings: Surroundings) -> None:
        self._lease = lease
        self._surroundings = surroundings
        self.observed_at: datetime = surroundings.now()

    def write(self, keys: Sequence[str], send: Callable[[], T], *, keep: Callable[[T], Sequence[int]]) -> T:
        """Send one request that makes the named writes; `keep` stores its result and returns their Halo ids.

        Raises Settling or SameWriteUnderWay while an earlier write with such a key may still land, ReadOnly in
        shadow mode.
        """
        self._lease.check(self._surroundings.now())
        # Asked afresh: the switch may be younger than this attempt and its connection.
        if reason := why_read_only(Integration.objects.get(pk=self._lease.delivery.integration_id)):
            raise ReadOnly(reason, subject="write")
        intents = self._open_all(keys)
        try:
            result = send()
        except AnswerLost as exc:
            self._end(intents, IntentState.UNKNOWN, ended=exc.ended)
            raise
        except PortalError:
            # Refused, or never sent: there is no effect to look for.
            self._end(intents, IntentState.REFUSED)
            raise
        with transaction.atomic():
            halo_ids = keep(result)
            now = self._surroundings.now()
            for intent, halo_id in zip(intents, halo_ids, strict=True):
                done = {"state": IntentState.DONE, "halo_id": halo_id, "settles_at": now}
                WriteIntent.objects.filter(pk=intent.pk).update(**done)
        return result

    def _open_all(self, keys: Sequence[str]) -> list[WriteIntent]:
        """Put all on record, or none: a record of what is never sent would hold the next try up for nothing."""
        now = self._surroundings.now()
        with transaction.atomic():
            # In the same order everywhere: two quotes that need the same products must not wait for each other.
            opened = {key: self._open(key, now=now) for key in sorted(keys)}
        return [opened[key] for key in keys]

    def _open(self, key: str, *, now: datetime) -> WriteIntent:
        delivery = self._lease.delivery
        same = WriteIntent.objects.filter(integration=delivery.integration_id, key=key)
        for other in same.filter(state__in=_PENDING):
            self._settle(other, now=now)
        self._check_not_overtaken(same)
        try:
            with transaction.atomic():
                return WriteIntent.objects.create(
                    integration_id=delivery.integration_id,
                    key=key,
                    attempt=self._lease.attempt,
                    link_id=delivery.link_id,
                    state=IntentState.OPEN,
                    created_at=now,
                    settles_at=now + timedelta(seconds=SETTLE_S),
                )
        except IntegrityError as exc:
            raise SameWriteUnderWay("Another quote is creating the same object now.", subject=key, wait=5) from exc

    def _settle(self, other: WriteIntent, *, now: datetime) -> None:
        if other.settles_at > self.observed_at:
            wait = max((other.settles_at - now).total_seconds(), 1.0)
            if other.link_id == self._lease.delivery.link_id:
                raise Settling("An earlier write to Halo may still be under way.", subject=other.key, wait=wait)
            raise SameWriteUnderWay(
                "Another quote may be creating the same object.", subject=other.key, wait=min(wait, 30)
            )
        # It could no longer land when Halo was observed, and the plan made since still wants it: it is not there.
        WriteIntent.objects.filter(pk=other.pk, state__in=_PENDING).update(state=IntentState.REFUSED)

    def _check_not_overtaken(self, same: QuerySet[WriteIntent]) -> None:
        """Raise SameWriteUnderWay where another quote made the same object after Halo was observed."""
        since = self.observed_at - timedelta(seconds=CLOCKS_S)
        done = same.filter(state=IntentState.DONE, settles_at__gt=since).exclude(link=self._lease.delivery.link_id)
        key = done.values_list("key", flat=True).first()
        if key is not None:
            raise SameWriteUnderWay("Another quote has just created the same object.", subject=key, wait=1)

    def _end(self, intents: Sequence[WriteIntent], state: IntentState, *, ended: bool = False) -> None:
        values: dict[str, object] = {"state": state}
        if ended:
            values["settles_at"] = self._surroundings.now()
        # Whoever took this work over may have closed them meanwhile, and has looked.
        mine = WriteIntent.objects.filter(pk__in=[intent.pk for intent in intents], state=IntentState.OPEN)
        mine.update(**values)

    def settle_all(self) -> None:
        """Close this quote's writes that did not arrive. Raises Settling while one of them may still land."""
        for other in WriteIntent.objects.filter(link=self._lease.delivery.link_id, state__in=_PENDING):
            self._settle(other, now=self._surroundings.now())


def quote_key(link_id: int | None) -> str:
    """Return the key of the writes of one quote."""
    return f"quote:{link_id}"


def quote_write_is_unknown(link: QuoteLink) -> bool:
    """Say whether the quote may be in Halo without being linked: its write was sent, and no answer came."""
    return WriteIntent.objects.filter(link=link, key=quote_key(link.pk), state__in=_PENDING).exists()


def close_found(lease: Lease) -> None:
    """Close what is still pending of a quote that Halo now agrees with: it landed, or was overtaken."""
    WriteIntent.objects.filter(link=lease.delivery.link_id, state__in=_PENDING).update(state=IntentState.DONE)
