"""Rehearsing: the planner over many stored deliveries, in short stretches, and not one write.

What Halo had is kept with each attempt, so "what if" asks Halo nothing. The preview of a replay, and what
is not kept, look at Halo as it is now: in the lowest lane, whose waits hold no worker, through a door that refuses
writes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from integrations.choices import Kind, Outcome
from integrations.connect import Lane
from integrations.domain.plan import Plan
from integrations.domain.replanning import PlanInputs, unanswered
from integrations.domain.whatif import Answer, Comparison, compare_plans, count_writes
from integrations.errors import PortalError, RateLimited
from integrations.models import Rehearsal, RehearsedQuote, SettingsVersion, SyncAttempt, WebhookDelivery
from integrations.sync.describe import intentions
from integrations.sync.enqueue import ring_rehearsal
from integrations.sync.gone import gone_by_now
from integrations.sync.inputs import inputs_of
from integrations.sync.newest import newer_state
from integrations.sync.plans import plan_of
from integrations.sync.preview import preview
from integrations.sync.replay import already_made, then_version
from integrations.sync.surroundings import Surroundings

# A stretch ends after so long, so that deliveries get their turn in between.
STRETCH_S = 15.0
# Longer than a stretch and the longest look at Halo together: then its worker is dead.
CLAIM_S = 150
Verdict = RehearsedQuote.Verdict
_VERDICTS = {
    Answer.SAME: Verdict.SAME,
    Answer.DIFFERS: Verdict.DIFFERS,
    Answer.PASSES: Verdict.PASSES,
    Answer.WAITS: Verdict.WAITS,
}


def due_rehearsals(*, now: datetime) -> list[int]:
    """Return those that wait to be gone on with: new, stranded, or out of budget until now."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = Rehearsal.objects.filter(free, state=Rehearsal.State.RUNNING)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def go_on(rehearsal_id: int, *, surroundings: Surroundings) -> str:
    """Look at the next quotes; return what came of it for the task log."""
    now = surroundings.now()
    free = Rehearsal.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=rehearsal_id)
    running = free.filter(state=Rehearsal.State.RUNNING)
    if not running.update(claimed_until=now + timedelta(seconds=CLAIM_S), note=""):
        return "not due"
    rehearsal = Rehearsal.objects.select_related("version").get(pk=rehearsal_id)
    end = surroundings.monotonic() + STRETCH_S
    try:
        _warn(rehearsal, surroundings=surroundings)
    except RateLimited as exc:
        return _wait(rehearsal, exc, surroundings=surroundings)
    for row in _pending(rehearsal):
        try:
            _look(row, rehearsal, surroundings=surroundings)
        except RateLimited as exc:
            return _wait(rehearsal, exc, surroundings=surroundings)
        still_wanted = Rehearsal.objects.filter(pk=rehearsal_id, state=Rehearsal.State.RUNNING).exists()
        if not still_wanted:
            return "stopped"
        if surroundings.monotonic() >= end:
            break
    return _hand_on(rehearsal, surroundings=surroundings)


def _warn(rehearsal: Rehearsal, *, surroundings: Surroundings) -> None:
    """Ask once what the older settings of a replay name that Halo no longer has."""
    asks = rehearsal.purpose == Rehearsal.Purpose.REPLAY and rehearsal.using != Rehearsal.Using.TODAY
    if not asks or rehearsal.warned_at is not None:
        return
    versions = {version_for(rehearsal, row.delivery) for row in _pending(rehearsal)}
    older = sorted((version for version in versions if version), key=lambda version: version.pk)
    warnings = [text for version in older for text in gone_by_now(version, surroundings=surroundings)]
    Rehearsal.objects.filter(pk=rehearsal.pk).update(warnings=warnings, warned_at=surroundings.now())


def _pending(rehearsal: Rehearsal) -> Sequence[RehearsedQuote]:
    rows = rehearsal.quotes.filter(verdict=Verdict.PENDING)
    return list(rows.select_related("delivery__integration", "delivery__link").order_by("pk")[:100])


def _wait(rehearsal: Rehearsal, error: RateLimited, *, surroundings: Surroundings) -> str:
    """Give the worker back until there are requests again; the sweep then goes on."""
    until = surroundings.now() + timedelta(seconds=max(error.wait or 60.0, 1.0))
    note = f"{error.user_message} It goes on by itself: quotes that are being synced have the right of way."
    Rehearsal.objects.filter(pk=rehearsal.pk).update(claimed_until=until, note=note[:300])
    return "waits for its turn"


def _hand_on(rehearsal: Rehearsal, *, surroundings: Surroundings) -> str:
    running = Rehearsal.objects.filter(pk=rehearsal.pk, state=Rehearsal.State.RUNNING)
    if rehearsal.quotes.filter(verdict=Verdict.PENDING).exists():
        if running.update(claimed_until=None):
            ring_rehearsal(rehearsal.pk)
        return "goes on"
    running.update(state=Rehearsal.State.DONE, finished_at=surroundings.now(), claimed_until=None)
    return "done"


def _look(row: RehearsedQuote, rehearsal: Rehearsal, *, surroundings: Surroundings) -> None:
    looker = _replayed if rehearsal.purpose == Rehearsal.Purpose.REPLAY else _asked_what_if
    try:
        looker(row, rehearsal, surroundings)
    except RateLimited:
        raise
    except PortalError as exc:
        row.verdict, row.summary = Verdict.FAILED, exc.user_message
    row.looked_at = surroundings.now()
    row.save()


def version_for(rehearsal: Rehearsal, delivery: WebhookDelivery) -> SettingsVersion | None:
    """Return the settings that a rehearsal uses for a delivery; None stands for today's.

    "What if" fixes today's when it begins: its answers are all of the same settings.
    """
    return then_version(delivery) if rehearsal.using == Rehearsal.Using.THEN else rehearsal.version


# A replay: what would be written now?


def _replayed(row: RehearsedQuote, rehearsal: Rehearsal, surroundings: Surroundings) -> None:
    delivery = row.delivery
    if delivery.kind != Kind.QUOTE or delivery.link is None:
        row.verdict, row.summary = Verdict.NO_QUOTE, f"{delivery.get_kind_display()}: it has no plan to show."
        return
    if newer := newer_state(delivery):
        row.verdict, row.summary = Verdict.SUPERSEDED, f"There is a newer state: {newer}. Nothing is written."
        return
    version = version_for(rehearsal, delivery)
    found = preview(delivery, surroundings=surroundings, version=version, lane=Lane.RECONCILIATION)
    _judge_replay(row, found.plan)


def _judge_replay(row: RehearsedQuote, plan: Plan) -> None:
    row.skipped = [made.label for made in already_made(row.delivery.link)]
    row.counts, row.writes = {}, []
    if plan.problems:
        row.verdict, row.summary = Verdict.WAITS, plan.problems[0].message
    elif plan.empty or plan.content is None and not plan.actions:
        row.verdict, row.summary = Verdict.NOTHING, "Halo already agrees."
    else:
        row.verdict, row.counts = Verdict.WRITES, count_writes(plan)
        row.writes = [text[:1].upper() + text[1:] for text in intentions(plan)]
        row.summary = ", ".join(row.writes)


# What if: what would have been decided then?


def _asked_what_if(row: RehearsedQuote, rehearsal: Rehearsal, surroundings: Surroundings) -> None:
    attempt = _first_planned(row.delivery)
    then = plan_of(attempt)
    if attempt is None or then is None:
        row.verdict, row.summary = Verdict.NO_PLAN, "It was never planned, so there is nothing to compare with."
        return
    row.attempt = attempt
    version = version_for(rehearsal, row.delivery)
    if row.ask_halo:
        found = preview(row.delivery, surroundings=surroundings, version=version, lane=Lane.RECONCILIATION)
        _answer(row, compare_plans(then, found.plan, made_since=True), "Halo as it is now")
        return
    inputs = inputs_of(attempt)
    if inputs is None:
        row.verdict, row.summary = Verdict.UNANSWERED, "What Halo had at the time is not kept any more."
        return
    _answer_from_inputs(row, then, inputs, version)


def _answer_from_inputs(
    row: RehearsedQuote, then: Plan, inputs: PlanInputs, version: SettingsVersion | None
) -> None:
    rules = inputs.with_choices(row.delivery.integration.rules() if version is None else version.as_rules())
    used = row.attempt.settings_version if row.attempt else None
    before = inputs.with_choices(used.as_rules()) if used else rules
    if missing := unanswered(inputs, then=before, now=rules):
        row.verdict = Verdict.UNANSWERED
        row.summary = f"Halo was not asked at the time: {'; '.join(missing)}."
        return
    _answer(row, compare_plans(then, inputs.plan(rules)), "Halo as it was then")


def _answer(row: RehearsedQuote, found: Comparison, source: str) -> None:
    row.verdict = _VERDICTS[found.answer]
    row.changes = [change.model_dump(mode="json") for change in found.changes]
    first = found.changes[0] if found.changes else None
    more = f", and {len(found.changes) - 1} more" if len(found.changes) > 1 else ""
    text = f"{first.label}: {first.then} → {first.now}{more}" if first else "The same plan"
    row.summary = f"{text}. By {source}."


def _first_planned(delivery: WebhookDelivery) -> SyncAttempt | None:
    """Return the attempt that first decided about a delivery as it came in, apart from what was only prepared."""
    attempts = delivery.attempts.filter(plan__isnull=False).exclude(outcome=Outcome.RETRYING)
    rows = attempts.select_related("settings_version", "delivery").defer("traceback")
    kept = rows.filter(inputs__isnull=False).order_by("number").first()
    return kept or rows.order_by("number").first()
