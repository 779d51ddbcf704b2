"""Leads the portal to crash points that quotes alone do not reach: what is due once in hours is due at once."""

from collections.abc import Callable
from random import Random

from integrations.simulator import Fault, Simulator
from tests.chaos.inspection import reading
from tests.chaos.stack import Stack

# As many quotes as open a breaker, and as share a new client.
CROWD = 7


class Provoker:
    """Knows which points are rare, and what brings each about."""

    def __init__(self, stack: Stack, simulator: Simulator, random: Random) -> None:
        self._simulator = simulator
        self._stack = stack
        self._random = random
        self._ways: tuple[tuple[tuple[str, ...], Callable[[], None]], ...] = (
            (_ROUNDS, self._rounds),
            (_TROUBLE, self._trouble),
            (_SIGN_IN, self._sign_in),
            (_START, self._start),
        )

    def provoke(self, point: str) -> bool:
        """Bring it about; False where quotes lead there by themselves."""
        found = [way for words, way in self._ways if any(word in point for word in words)]
        for way in found:
            way()
        return bool(found)

    def needs_a_crowd(self, point: str) -> bool:
        """Say whether it takes many quotes at once."""
        return any(word in point for word in (*_TROUBLE, *_CROWDED))

    def _rounds(self) -> None:
        """Make every copy, check and clean-up due, and queue the rounds that look for what is."""
        reading(_make_all_due)

    def _trouble(self) -> None:
        """Let Halo be away for as long as the breaker needs to open."""
        self._simulator.halo.fail(Fault("drop", times=CROWD))

    def _sign_in(self) -> None:
        """Leave no token, so that the workers meet at the sign-in."""
        reading(_forget_tokens)

    def _start(self) -> None:
        """Start a cluster; the supervisor does, when its cluster is dead."""
        self._stack.kill("worker main", self._random)


_ROUNDS = (
    *("sync.catalog", "sync.directory", "sync.retention", "sync.tasks.sweep", "sync.sweep"),
    *("lookup.checkups", "lookup.doctor", "connect.ledger.forget", "notify.outbox", "watch.", "models.notices"),
    *("/api/Agent", "/api/AssetGroup", "/api/Client", "/api/Item", "/api/Lookup", "/api/Site", "/api/TicketType"),
    *("/api/Users", "/api/SalesOrder/#"),
)
_TROUBLE = ("sync.breaker", "sync.probe", "ring_probe", "models.notices", "notify.outbox")
# A token that was deleted is not refused: "drop" needs the expired one, which the harness leaves in place.
_SIGN_IN = ("tokens.claim", "tokens.release", "tokens.save")
_START = ("management.commands.work",)
_CROWDED = ("/api/Users", "/api/Client", "connect.tokens", "ring_due")


def _make_all_due() -> None:
    from django_q.models import Schedule
    from django_q.tasks import async_task

    from integrations.models import Catalog, Checkup, Claim, Directory, Heartbeat

    for copy in (Catalog, Directory):
        copy._default_manager.update(refreshed_at=None, claimed_until=None, next_page=1)
    Checkup.objects.update(examined_at=None, claimed_until=None)
    Claim.objects.filter(key="retention").delete()
    Heartbeat.objects.filter(name="retention").delete()
    for schedule in Schedule.objects.order_by("pk"):
        async_task(schedule.func, task_name=f"{schedule.name}, provoked", save=False)


def _forget_tokens() -> None:
    from integrations.models import HaloToken

    HaloToken.objects.all().delete()
