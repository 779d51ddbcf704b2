"""The product's durations, all multiplied by one factor: what takes minutes in production takes seconds here."""

import sys
from types import ModuleType
from typing import Any

from integrations.connect import budget, tokens
from integrations.halo import auth
from integrations.http import door
from integrations.management.commands import serve
from integrations.sync import attempt, claim, enqueue, heartbeat, intents, others

# The harness asks far more than 300 times in five minutes; the budget has tests of its own.
REQUESTS = 1_000_000
_SCALED: tuple[tuple[ModuleType, str], ...] = (
    (claim, "LEASE_S"),
    (claim, "ATTEMPT_S"),
    (claim, "BUSY_WAIT_S"),
    (intents, "SETTLE_S"),
    (tokens, "CLAIM_S"),
    (auth, "_POLL_LIMIT_S"),
    (heartbeat, "EVERY_S"),
    (door, "CONNECT_TIMEOUT_S"),
    (door, "DEFAULT_WAIT_S"),
    (serve, "_SWEEP_EVERY_S"),
)
_IMPORTERS = (attempt, others)


def apply(scale: float) -> None:
    """Scale everything that waits for something to be over."""
    for module, name in _SCALED:
        _set(name, value=getattr(module, name), scaled=getattr(module, name) * scale)
    serve._SWEEP_EVERY_S = max(serve._SWEEP_EVERY_S, 0.5)
    _defaults(door.Http.__init__)["read_timeout_s"] *= scale
    _defaults(enqueue.ring_due)["again_after_s"] *= scale
    budget.budget_of = lambda integration: REQUESTS
    assert all(module.ATTEMPT_S == claim.ATTEMPT_S for module in _IMPORTERS), "some module keeps its own copy"


def _set(name: str, *, value: float, scaled: float) -> None:
    """Change a constant in its module and in all that imported it by name."""
    for module in [m for name, m in sys.modules.items() if name.startswith("integrations.")]:
        if vars(module).get(name) == value:
            setattr(module, name, scaled)


def _defaults(function: Any) -> dict[str, Any]:
    found: dict[str, Any] = function.__kwdefaults__
    return found
