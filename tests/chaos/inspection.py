"""What the harness reads in the portal's database, through restarts of it, and what it does there as a person."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

T = TypeVar("T")
# An open breaker holds deliveries back without a ring; when it has closed, the sweep rings within three seconds.
_RUNG_AFTER_S = 15.0
_held_at = float("-inf")
# Ends in which a person has to act; the harness presses Sync again once the faults are over.
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Row:
    """One delivery as it stands."""

    pk: int
    quote_id: str
    quote_status: str
    state: str
    code: str
    message: str


def reading(question: Callable[[], T]) -> T:
    """Ask the database, again while it is away."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            close_old_connections()
            return question()
        except DatabaseError:
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


def rows_after(pk: int) -> list[Row]:
    """Return the deliveries that came after one."""
    from integrations.models import WebhookDelivery

    columns = ("pk", "quote_id", "quote_status", "state", "error_code", "error_message")
    found = WebhookDelivery.objects.filter(pk__gt=pk).order_by("pk").values_list(*columns)
    return reading(lambda: [Row(*values) for values in found.all()])


def unfinished() -> int:
    """Count the deliveries that are not final."""
    from integrations.models import WebhookDelivery

    return reading(lambda: WebhookDelivery.objects.filter(state__in=WebhookDelivery.active).count())


def waiting_for_a_person(after: int) -> list[tuple[int, str]]:
    """Return the deliveries that came after one and stopped, with the cause."""
    from integrations.choices import WAITING
    from integrations.models import WebhookDelivery

    stopped = WebhookDelivery.objects.filter(state__in=WAITING, pk__gt=after)
    return reading(lambda: list(stopped.all().values_list("pk", "error_code")))


def press_sync_again(pks: list[int]) -> None:
    """Do what a person does when the cause is gone."""
    from integrations.choices import Trigger
    from integrations.sync.enqueue import sync_again

    reading(lambda: sync_again(pks, now=timezone.now(), trigger=Trigger.OPERATOR))


def progress() -> tuple[int, int, bool]:
    """Return what grows while work is done, and whether there is work that is due."""
    from integrations.choices import DUE, State
    from integrations.models import SyncAttempt, SyncStep, WebhookDelivery

    def ask() -> tuple[int, int, bool]:
        due = WebhookDelivery.objects.filter(state__in=DUE, next_attempt_at__lte=timezone.now()).exists()
        running = WebhookDelivery.objects.filter(state=State.RUNNING).exists()
        ended = SyncAttempt.objects.filter(finished_at__isnull=False).count()
        return ended, SyncStep.objects.order_by("-pk").values_list("pk", flat=True).first() or 0, due or running

    return reading(ask)


def stored_without_work() -> set[int]:
    """Return deliveries that were never begun nor put off, and of which the queue knows nothing."""
    from django.db.models import F
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    from integrations.choices import State
    from integrations.models import Breaker, WebhookDelivery

    untouched = WebhookDelivery.objects.filter(
        state=State.QUEUED, attempts_made=0, next_attempt_at=F("received_at"), attempts=None
    )

    def ask() -> set[int]:
        global _held_at
        if Breaker.objects.filter(opened_at__isnull=False).exists():
            _held_at = time.monotonic()
        if time.monotonic() - _held_at < _RUNG_AFTER_S:
            return set()
        waiting = set(untouched.all().values_list("pk", flat=True))
        if waiting:
            tasks = [SignedPackage.loads(payload) for payload in OrmQ.objects.values_list("payload", flat=True)]
            waiting -= {task["args"][0] for task in tasks if task["args"]}
        return waiting

    return reading(ask)


def open_intents() -> list[str]:
    """Name the writes without a known end whose quote is settled."""
    from integrations.choices import AGREED
    from integrations.models import WriteIntent

    pending = WriteIntent.objects.filter(state__in=["open", "unknown"])
    return reading(
        lambda: [
            f"{i.pk} {i.key} {i.state} attempt {i.attempt_id} ({i.attempt.outcome} {i.attempt.error_code}) "
            + str(list(i.link.deliveries.values_list("pk", "quote_status", "state", "attempts_made")))
            for i in pending.all().select_related("link", "attempt")
            if i.link is not None
            and not i.link.deliveries.exclude(state__in=AGREED | {"superseded", "ignored"}).exists()
        ]
    )


def unclosed_attempts() -> int:
    """Count attempts that look as if they were still going on, of deliveries that are not."""
    from integrations.choices import Outcome, State
    from integrations.models import SyncAttempt

    open_ones = SyncAttempt.objects.filter(outcome=Outcome.RUNNING).exclude(delivery__state=State.RUNNING)
    return reading(lambda: open_ones.all().count())


def errored() -> list[str]:
    """Return the tracebacks' last lines of what the portal calls its own mistakes."""
    from integrations.choices import Outcome
    from integrations.models import SyncAttempt

    found = SyncAttempt.objects.filter(outcome=Outcome.ERRORED).values_list("traceback", flat=True)
    return reading(lambda: [text.strip().rsplit("\n", 1)[-1] for text in found.all()])
