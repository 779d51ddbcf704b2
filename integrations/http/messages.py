"""What goes through the door: requests, answers, the record of both, the time and the budget they may use."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from integrations.errors import RemoteBroken

MAX_BODY_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One request. `writes` tells a change from a question: only a question may be lost without consequence."""

    method: str
    url: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    # Out of every repr: these carry tokens and passwords.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    writes: bool = False
    max_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True)
class Response:
    """One answer; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed_s: float

    def json(self) -> Any:
        """Parse the body with exact decimals. Raises RemoteBroken where it is no JSON."""
        kind = self.headers.get("content-type", "")
        try:
            return json.loads(self.body, parse_float=Decimal)
        # ArithmeticError: a number with an exponent that Decimal itself refuses.
        except (ValueError, RecursionError, ArithmeticError) as exc:
            what = "an HTML page" if "html" in kind or self.body[:1] == b"<" else "no JSON"
            raise RemoteBroken(
                f"The remote service answered with {what} instead of data.", subject="json"
            ) from exc


@dataclass(frozen=True)
class Call:
    """What happened on one request, for the record; `status` is None where no answer came."""

    method: str
    url: str
    params: Mapping[str, str | int]
    sent: bytes | str | None = field(repr=False)
    status: int | None
    received: bytes = field(repr=False)
    started_at: float
    elapsed_s: float
    error: str = ""
    date: str = ""
    """The answer's Date header: the remote side's clock."""


class Gate(Protocol):
    """The shared budget of requests to one remote service."""

    def take(self) -> None:
        """Spend one request. Raises BudgetSpent with the wait in seconds where none is left."""

    def block(self, seconds: float) -> None:
        """Spend nothing for a while: the service said that it is enough."""


class Deadline:
    """The time one attempt has, in seconds of a monotonic clock."""

    def __init__(self, seconds: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self._end - self._monotonic())
