"""Looking in Quoter for what no webhook told: list what changed, compare, take up each gap.

Quoter repeats a failed webhook perhaps three times and then never [R] (quoter.md 1.5). A look asks its API for
what changed since the last one. It begins a little earlier, for clocks that differ, and ends a little before now,
so that a webhook that is still under way is not overtaken. One that stops in the middle is taken up from there.
"""

import logging
from contextlib import closing
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from integrations.connect.quoter import connect_quoter, quoter_is_connected
from integrations.domain.missed import Change, was_told
from integrations.errors import LookFailed, OutOfTime, PortalError, RateLimited, WebhookMissed
from integrations.http import Deadline
from integrations.models import Integration, Issue, Recovery
from integrations.quoter.shared import ChangedQuote
from integrations.sync.gap import Missing, Reader, arrived_states, missing_from
from integrations.sync.silence import note_gaps, report_silence
from integrations.sync.surroundings import Surroundings

logger = logging.getLogger(__name__)
EVERY = timedelta(minutes=15)
# For clocks that differ, and for records that show up in the list late [I].
OVERLAP = timedelta(hours=1)
# Quoter's first repetition comes after five minutes [V]: it is waited for.
GRACE = timedelta(minutes=10)
# Each costs a request for the whole quote; what is left is for the next run, a minute later.
READS_A_RUN = 60
# Below django-q's limit of two minutes; a run that died is followed by another after the claim's end.
_LONGEST_S = 90.0
_CLAIM = timedelta(minutes=3)
SUBJECT = "missed webhooks"


def integrations_to_look(*, now: datetime) -> list[int]:
    """Return the integrations whose look is due and that nobody is looking for; none without a key."""
    due = (
        Q(recovery=None)
        | Q(recovery__tried_at=None)
        | Q(recovery__tried_at__lte=now - EVERY)
        | Q(recovery__to_be_continued=True)
    )
    free = Q(recovery=None) | Q(recovery__claimed_until=None) | Q(recovery__claimed_until__lt=now)
    rows = Integration.objects.filter(due & free, enabled=True, recover_missed=True)
    return [row.pk for row in rows if quoter_is_connected(row)]


def look(integration: Integration, *, surroundings: Surroundings) -> str:
    """Compare what changed in Quoter with what arrived, and take up the gaps; return what was done."""
    if not quoter_is_connected(integration):
        return "no key for Quoter's API"
    now = surroundings.now()
    Recovery.objects.get_or_create(integration=integration)
    rows = Recovery.objects.filter(integration=integration)
    free = rows.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
    if not free.update(claimed_until=now + _CLAIM, tried_at=now):
        return "somebody is looking already"
    try:
        said = _look(integration, rows.get(), surroundings=surroundings)
        Issue.settle(integration, code=LookFailed.code, at=now)
    except PortalError as exc:
        rows.update(last_error=exc.user_message, last_hint=exc.way_out, to_be_continued=False)
        if not exc.retryable:
            _report_failure(integration, exc, now=now)
        said = exc.user_message
    finally:
        rows.update(claimed_until=None)
    report_silence(integration, now=now)
    return said


def _look(integration: Integration, row: Recovery, *, surroundings: Surroundings) -> str:
    now = surroundings.now()
    until = now - GRACE
    if row.looked_until is None or row.began_at is None:
        # What happened before the portal began to look is not its to repeat.
        Recovery.objects.filter(pk=row.pk).update(
            began_at=until, looked_until=until, looked_since=until, looked_at=now, last_error="", last_hint=""
        )
        return "begins here"
    # Quoter's times are whole seconds: those of the last one are listed again.
    since = max(row.looked_until - (timedelta(seconds=1) if row.to_be_continued else OVERLAP), row.began_at)
    deadline = Deadline(_LONGEST_S, monotonic=surroundings.monotonic)
    with closing(connect_quoter(integration, deadline=deadline, sleep=surroundings.sleep)) as client:
        changed = newest_revisions(client.changed_quotes(since), until=until)
        look_ = _Look(Reader(integration, client, now=now), row, since=since)
        done = look_.go(changed)
    look_.keep(done_until=until if done else None, now=now)
    _report_missing(integration, row.missing, now=now)
    return f"{look_.recovered} recovered" + ("" if done else ", to be continued")


def newest_revisions(rows: tuple[ChangedQuote, ...], *, until: datetime) -> list[ChangedQuote]:
    """Return the newest revision of each quote, oldest change first; not those that changed a moment ago."""
    newest: dict[str, ChangedQuote] = {}
    for row in sorted(rows, key=lambda row: (row.revision, row.created_at)):
        newest[row.number] = row
    return sorted((row for row in newest.values() if row.updated_at <= until), key=lambda row: row.updated_at)


class _Look:
    """One run over what changed."""

    def __init__(self, reader: Reader, row: Recovery, *, since: datetime) -> None:
        self.reader = reader
        self.row = row
        self.since = since
        self.looked_until = row.looked_until or since
        self.progress = self.looked_until
        self.compared = self.recovered = 0
        self.gaps: list[datetime] = []
        self.missing = {entry["number"]: entry for entry in row.missing}

    def go(self, changed: list[ChangedQuote]) -> bool:
        """Compare each; False where the rest is for the next run."""
        for quote in changed:
            if self.reader.reads >= READS_A_RUN:
                return False
            try:
                found = self.reader.compare(quote)
            except (OutOfTime, RateLimited):
                return False
            fresh = quote.updated_at > self.looked_until
            if self.row.to_be_continued and not fresh and not found:
                continue  # counted in the run before
            self.compared += 1
            self.missing.pop(quote.number, None)
            if isinstance(found, Missing):
                self.missing[quote.number] = found.entry()
            elif found:
                self.recovered += 1
                logger.info("integration %s: quote %s recovered", self.row.integration_id, quote.number)
            if found and fresh:
                self.gaps.append(quote.updated_at)
            self.progress = quote.updated_at
        return True

    def keep(self, *, done_until: datetime | None, now: datetime) -> None:
        """Write down what was found; `done_until` is None where the look stopped in the middle."""
        row, again = self.row, self.row.to_be_continued
        row.missing = [entry for entry in self.missing.values() if not self._has_come(entry)]
        note_gaps(row, self.gaps)
        missing = len(row.missing)
        row.looked_since = row.looked_since if again else self.since
        row.changed = self.compared + (row.changed if again else 0)
        row.recovered = self.recovered + (row.recovered if again else 0)
        row.seen = max(row.changed - row.recovered - missing, 0)
        row.recovered_ever += self.recovered
        row.to_be_continued = done_until is None
        row.looked_until = done_until or max(self.progress, self.looked_until)
        row.looked_at = now if done_until else row.looked_at
        row.last_error = row.last_hint = ""
        row.save()

    def _has_come(self, entry: dict[str, str]) -> bool:
        uuid, status, at = missing_from(entry)
        return was_told(Change(uuid, status, at), arrived_states(self.reader.integration, entry["number"]))


def _report_missing(integration: Integration, missing: list[dict[str, str]], *, now: datetime) -> None:
    if not missing:
        Issue.settle(integration, code=WebhookMissed.code, at=now)
        return
    numbers = ", ".join(entry["number"] for entry in missing[:10]) + (" …" if len(missing) > 10 else "")
    what = f"Quote {numbers} has" if len(missing) == 1 else f"Quotes {numbers} have"
    with transaction.atomic():
        Issue.report(
            integration,
            code=WebhookMissed.code,
            subject=SUBJECT,
            message=f"{what} changed in Quoter. No webhook told of it, and Quoter's API tells too little of it.",
            hint=WebhookMissed.hint,
            at=now,
            stands_alone=True,
        )


def _report_failure(integration: Integration, error: PortalError, *, now: datetime) -> None:
    with transaction.atomic():
        Issue.report(
            integration,
            code=LookFailed.code,
            subject=SUBJECT,
            message=f"The portal cannot look for missed webhooks. {error.user_message}",
            hint=error.way_out or LookFailed.hint,
            at=now,
            stands_alone=True,
        )
