"""Attempts as timelines: what the delivery's page and the attempt's page both show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.admin.curl import as_curl
from integrations.admin.triggers import trigger_text
from integrations.choices import Outcome
from integrations.models import RemoteCall, SyncAttempt, SyncStep

SHOWN = 20
Calls = Mapping[int, Sequence[RemoteCall]]


@dataclass(frozen=True)
class CallView:
    """One remote call."""

    method: str
    path: str
    status: str
    ok: bool
    took: str
    sent: str
    received: str
    curl: str


@dataclass(frozen=True)
class StepView:
    """One stage."""

    stage: str
    result: SafeString | str
    tone: str
    took: str
    summary: str
    facts: Sequence[dict[str, Any]]
    calls: Sequence[CallView]


@dataclass(frozen=True)
class AttemptView:
    """One attempt."""

    url: str
    number: int
    pill: SafeString
    trigger: str
    when: SafeString | str
    took: str
    summary: str
    hint: str
    steps: Sequence[StepView]
    details: Sequence[tuple[str, str]]
    traceback: str
    with_calls: bool


def newest_attempts(delivery_id: int) -> list[SyncAttempt]:
    """Return a delivery's newest attempts, newest first, with their steps."""
    return list(attempts_with_steps().filter(delivery=delivery_id).order_by("-number")[:SHOWN])


def attempts_with_steps() -> QuerySet[SyncAttempt]:
    """Return attempts with what their timelines show, but for the remote calls."""
    return SyncAttempt.objects.select_related("settings_version", "requested_by").prefetch_related("steps")


def calls_of(attempt: SyncAttempt) -> Calls:
    """Return an attempt's remote calls by step."""
    calls: dict[int, list[RemoteCall]] = {}
    for call in RemoteCall.objects.filter(step__attempt=attempt).order_by("number"):
        calls.setdefault(call.step_id, []).append(call)
    return calls


def view_attempt(attempt: SyncAttempt, *, calls: Calls | None, technical: bool) -> AttemptView:
    """Prepare an attempt for its template: without calls where these are None, with traceback if `technical`."""
    return AttemptView(
        url=change_url(attempt),
        number=attempt.number,
        pill=show.pill(attempt.outcome, attempt.get_outcome_display()),
        trigger=trigger_text(attempt),
        when=show.moment(attempt.started_at),
        took=show.took(attempt.started_at, attempt.finished_at),
        summary=attempt.error_message or attempt.summary or _unfinished(attempt),
        hint=attempt.error_hint,
        steps=[_view_step(step, (calls or {}).get(step.pk, ())) for step in attempt.steps.all()],
        details=_details(attempt),
        traceback=attempt.traceback if technical else "",
        with_calls=calls is not None,
    )


def _unfinished(attempt: SyncAttempt) -> str:
    return "It is under way." if attempt.outcome == Outcome.RUNNING else ""


def _details(attempt: SyncAttempt) -> list[tuple[str, str]]:
    version = attempt.settings_version
    pairs = [
        ("Code", attempt.error_code),
        ("Task", attempt.task_id),
        ("Worker", attempt.worker),
        ("Settings version", str(version.number) if version else ""),
        ("Portal version", attempt.portal_version),
        ("Halo ids", attempt.halo_ids),
    ]
    return [(label, text) for label, text in pairs if text]


def _view_step(step: SyncStep, calls: Sequence[RemoteCall]) -> StepView:
    done = step.result == SyncStep.Result.OK
    return StepView(
        stage=step.get_stage_display(),
        result="" if done else show.pill(step.result, step.get_result_display()),
        tone=show.tone(step.result),
        took=show.duration(step.duration_ms),
        summary=step.summary,
        facts=step.facts,
        calls=[_view_call(call) for call in calls],
    )


def _view_call(call: RemoteCall) -> CallView:
    return CallView(
        method=call.method,
        path=show.path_of(call.url),
        status=str(call.status) if call.status else call.error or "no answer",
        ok=call.status is not None and call.status < 400,
        took=show.duration(call.duration_ms),
        sent=show.pretty(call.sent),
        received=show.pretty(call.received),
        curl=as_curl(call),
    )
