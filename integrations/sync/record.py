"""The record of an attempt: a row for each stage, written when it begins, and for each remote call."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from integrations.choices import Stage
from integrations.errors import NeedsAttention, PortalError
from integrations.http import Call
from integrations.models import RemoteCall, SyncAttempt, SyncStep
from integrations.redact import Redactor
from integrations.sync.heartbeat import beat
from integrations.sync.surroundings import Surroundings


class StepNotes:
    """What a stage has to say of itself while it runs."""

    def __init__(self) -> None:
        self.summary = ""
        self.facts: list[dict[str, str]] = []
        self.attention = False

    def fact(self, label: str, text: object) -> None:
        """Add one line to the stage's record."""
        self.facts.append({"label": label, "text": str(text)})


class Recorder:
    """Writes steps and calls, without secrets."""

    def __init__(self, attempt: SyncAttempt, *, redactor: Redactor, surroundings: Surroundings) -> None:
        self._attempt = attempt
        self._redactor = redactor
        self._surroundings = surroundings
        self._step: SyncStep | None = None
        self._steps = 0
        self._calls = 0

    @contextmanager
    def step(self, stage: Stage) -> Iterator[StepNotes]:
        """Record one stage from its begin to its end, however it ends."""
        self._steps += 1
        beat(now=self._surroundings.now())
        start = time.monotonic()
        self._step = SyncStep.objects.create(
            attempt=self._attempt, number=self._steps, stage=stage, started_at=self._surroundings.now()
        )
        notes = StepNotes()
        result = SyncStep.Result.FAILED
        try:
            yield notes
            result = SyncStep.Result.ATTENTION if notes.attention else SyncStep.Result.OK
        except NeedsAttention as exc:
            result = SyncStep.Result.ATTENTION
            notes.summary = exc.user_message
            raise
        except PortalError as exc:
            notes.summary = exc.user_message
            raise
        except Exception:
            notes.summary = "The portal failed here; the attempt's details hold the traceback."
            raise
        finally:
            SyncStep.objects.filter(pk=self._step.pk).update(
                result=result,
                duration_ms=round((time.monotonic() - start) * 1000),
                summary=self._redactor.text(notes.summary),
                facts=self._redactor.value(notes.facts),
            )
            self._step = None

    def call(self, call: Call) -> None:
        """Record one remote call under the stage that made it."""
        if self._step is None:
            return
        self._calls += 1
        RemoteCall.objects.create(
            step=self._step,
            number=self._calls,
            method=call.method,
            url=self._url(call.url, call.params),
            sent=self._redactor.body(call.sent),
            status=call.status,
            received=self._redactor.body(call.received),
            started_at=datetime.fromtimestamp(call.started_at, UTC),
            duration_ms=round(call.elapsed_s * 1000),
            error=call.error,
        )

    def _url(self, url: str, params: Mapping[str, str | int]) -> str:
        # To be read by people, so not percent-encoded.
        shown = "&".join(f"{name}={value}" for name, value in self._redactor.value(dict(params)).items())
        return self._redactor.text(f"{url}?{shown}" if shown else url)


def as_json(value: object) -> object:
    """Return a pydantic value as plain JSON, for a row."""
    return json.loads(value.model_dump_json()) if hasattr(value, "model_dump_json") else value
