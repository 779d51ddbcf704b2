"""The product's durations, all multiplied by one factor: what takes minutes in production takes seconds here."""

from typing import Any

from integrations.connect import budget, tokens
from integrations.halo import auth
from integrations.http import door
from integrations.management.commands import serve
from integrations.sync import attempt, claim, enqueue, heartbeat, intents

# The harness asks far more than 300 times in five minutes; the budget has tests of its own.
REQUESTS = 1_000_000


def apply(scale: float) -> None:
    """Scale everything that waits for something to be over."""
    claim.LEASE_S *= scale  # type: ignore[assignment,misc]
    claim.BUSY_WAIT_S *= scale  # type: ignore[assignment,misc]
    attempt.ATTEMPT_S *= scale  # type: ignore[attr-defined]
    intents.SETTLE_S *= scale  # type: ignore[assignment,misc]
    tokens.CLAIM_S *= scale  # type: ignore[assignment,misc]
    auth._POLL_LIMIT_S *= scale  # type: ignore[assignment,misc]
    heartbeat.EVERY_S *= scale  # type: ignore[assignment,misc]
    door.CONNECT_TIMEOUT_S *= scale
    door.DEFAULT_WAIT_S *= scale
    serve._SWEEP_EVERY_S = max(serve._SWEEP_EVERY_S * scale, 0.5)
    _defaults(door.Http.__init__)["read_timeout_s"] *= scale
    _defaults(enqueue.ring_due)["again_after_s"] *= scale
    _defaults(budget.RequestGate.__init__)["limit"] = REQUESTS


def _defaults(function: Any) -> dict[str, Any]:
    found: dict[str, Any] = function.__kwdefaults__
    return found
