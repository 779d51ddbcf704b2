"""One stack under the harness, and the two ways to try it: random mischief, and a death at every point."""

import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from integrations.simulator import Simulator
from tests.chaos import inspection
from tests.chaos.database import Database
from tests.chaos.findings import Findings, check_batch
from tests.chaos.monkey import Monkey
from tests.chaos.provoke import CROWD, Provoker
from tests.chaos.proxy import Proxy
from tests.chaos.sales import Lineage, Sales
from tests.chaos.sender import Sender
from tests.chaos.stack import Stack

# After the last fault everything has to be final within this.
RECOVERY_S = 120.0
# A trap on which nobody steps by then is not reached by this batch.
TRAP_S = 12.0
# So many traps go off before the portal is given the time to come to rest.
GROUP = 16
_POLL_S = 0.3


@dataclass(frozen=True)
class Plan:
    """What to do, from the command line."""

    seed: int
    deliveries: int
    points: int | None
    """How many crash points; None: none; 0: as many as were found, each at its first and a later step."""
    minutes: float
    time_scale: float = 0.1
    retry_scale: float = 0.01
    mutation: str = ""
    only: str = ""
    """Crash points whose name holds this."""
    mischief: str = ""
    """The one thing that goes wrong with the way to Halo, instead of everything at random."""


class Harness:
    """Everything that one run needs."""

    def __init__(self, folder: Path, database: Database, plan: Plan) -> None:
        self.plan = plan
        self.random = Random(plan.seed)
        self.findings = Findings()
        self.fired: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.late_s = plan.time_scale * 45  # later than the portal waits, earlier than it thinks possible
        self.stack = Stack(
            folder, database, time_scale=plan.time_scale, retry_scale=plan.retry_scale, mutation=plan.mutation
        )
        self._end = time.monotonic() + plan.minutes * 60
        self._trap_ids = itertools.count(1)
        self._last_pk = 0
        self._suspects: set[int] = set()
        self._without_work: set[int] = set()
        self._left_open: set[str] = set()

    def run(self) -> None:
        """Do all of it; the stack is stopped however it ends."""
        with Simulator() as simulator:
            self.simulator = simulator
            self.proxy = Proxy(int(simulator.url.rsplit(":", 1)[1]), late_s=self.late_s)
            try:
                self.stack.start()
                self.sender = Sender(simulator, self._integrate(), self.random)
                self.sales = Sales(simulator, self.random)
                self.monkey = Monkey(self.stack, simulator, self.proxy, self.random, only=self.plan.mischief)
                self.provoker = Provoker(self.stack, simulator, self.random)
                if self.plan.points is not None:
                    self._crash_points(self.plan.points)
                self._mischief()
                for stray in self.stack.strays:
                    self.findings.wrong("stray processes", stray)
            finally:
                self.stack.stop()
                self.proxy.close()

    def known_points(self) -> list[str]:
        """Return every crash point that was found so far and is asked for; deaths lead to further ones."""
        return [point for point in self.stack.points() if self.plan.only in point]

    def end_soon(self) -> None:
        """Begin no further batch; what is under way is still settled and checked."""
        self._end = 0.0

    @property
    def time_is_up(self) -> bool:
        """The cap on the run's time is reached."""
        return time.monotonic() > self._end

    def _integrate(self) -> str:
        """Join the portal to the simulator, through the proxy; return the webhook's address."""
        from integrations.models import Integration

        halo, quoter = self.simulator.halo, self.simulator.quoter
        made = Integration.objects.create(
            name="Chaos",
            halo_url=f"http://127.0.0.1:{self.proxy.port}/halo",
            halo_tenant=halo.credentials.tenant,
            halo_auth="client_credentials",
            halo_client_id=halo.credentials.client_id,
            halo_client_secret=halo.credentials.client_secret,
            quoter_hash_key=quoter.hash_key,
            default_product_group=halo.add_group("Other")["id"],
            create_missing_user=True,
            create_missing_opportunity=True,
            opportunity_type=61,
            status_pending=2,
            status_accepted=3,
            status_lost=4,
        )
        return f"{self.stack.url}/webhooks/quoter/{made.endpoint}/"

    # Random mischief

    def _mischief(self) -> None:
        begun = self.sender.acknowledged
        while self.sender.acknowledged - begun < self.plan.deliveries and not self.time_is_up:
            left = self.plan.deliveries - (self.sender.acknowledged - begun)
            # A slow Halo alone is about two states of a quote that meet, which a queue in between would prevent.
            size, each_s = (4, 0.8) if self.plan.mischief == "lag" else (max(3, min(40, left // 6)), 0.3)
            batch = self.sales.batch(size)
            self.monkey.start()
            self.sender.send(batch, within_s=len(batch) * each_s)
            end = time.monotonic() + len(batch) * 0.6
            while time.monotonic() < end and not (self.sender.idle and not inspection.unfinished()):
                time.sleep(_POLL_S)
            self.monkey.stop()
            self._settle_and_check(batch)
            self._say(f"{self.sender.acknowledged - begun} of {self.plan.deliveries} deliveries")

    # Crash points

    def _crash_points(self, wanted: int) -> None:
        """Kill at each point that is known by then; some random mischief comes first and finds the points."""
        for quiet in (True, False):
            batch = self.sales.batch(8)
            self.simulator.halo.expire_tokens()
            if not quiet:
                self.monkey.start()
            self.sender.send(batch, within_s=1.0 if quiet else 8.0, most=2)
            if not quiet:
                time.sleep(12.0)
                self.monkey.stop()
            self._settle_and_check(batch)
        todo: list[tuple[str, int]] = []
        tried: Counter[str] = Counter()
        while not self.time_is_up and ((done := sum(self.fired.values())) < wanted or not wanted):
            if not todo:
                todo = self._next_round(tried, again=bool(wanted))
                if not todo:
                    return
            group = [todo.pop() for _ in range(min(GROUP, len(todo), wanted - done if wanted else GROUP))]
            batches = [lineage for point, nth in group for lineage in self._kill_at(point, nth)]
            self.monkey.last_at = time.monotonic()
            self._settle_and_check(batches)
            self._say(f"{sum(self.fired.values())} crash points, {sum(self.missed.values())} not reached")

    def _next_round(self, tried: Counter[str], *, again: bool) -> list[tuple[str, int]]:
        """Return points in random order: first those that were never tried, then all of them at a later step."""
        known = self.known_points()
        fresh = [point for point in known if not tried[point]]
        chosen = fresh or ([point for point in known if tried[point] < 2] or ([*self.fired] if again else []))
        # Where few steps are made in one go, the later ones are waited for in vain.
        rare = {point for point in known if self.missed[point] >= self.fired[point]}
        found = [(point, 1 if point in fresh or point in rare else self.random.randint(2, 3)) for point in chosen]
        tried.update(chosen)
        self.random.shuffle(found)
        return found

    def _kill_at(self, point: str, nth: int) -> Sequence[Lineage]:
        """Arm one trap, send a few quotes, and wait until somebody stepped on it."""
        freeze = point.startswith("worker") and self.random.random() < 0.2
        trap = {"id": next(self._trap_ids), "point": point, "nth": nth, "freeze": freeze}
        batch = self.sales.batch(CROWD if self.provoker.needs_a_crowd(point) else 3, longest=3)
        if "auth" in point or "token" in point or self.random.random() < 0.1:
            self.simulator.halo.expire_tokens()
        self.stack.arm(trap)
        provoked = self.provoker.provoke(point)
        self.sender.send(batch, within_s=0.5, most=2)
        if point.startswith("supervisor") and self.stack.kill("busy worker", self.random):
            # What the supervisor writes, it writes about the dead.
            self.stack.kill("worker main", self.random)
        end = time.monotonic() + TRAP_S
        while (pid := self.stack.fired(trap)) is None and time.monotonic() < end:
            if not provoked and self.sender.idle and not inspection.unfinished():
                break
            time.sleep(0.05)
        if pid is None:
            self.stack.disarm()
            pid = self.stack.fired(trap)
        self._look_for_lost_work()
        if pid is None:
            self.missed[point] += 1
        else:
            self.fired[point] += 1
            if freeze:
                self.stack.thaw_later(pid)
        return batch

    # After the faults

    def _settle_and_check(self, batch: Sequence[Lineage]) -> None:
        """Wait until all is acknowledged and final, as far as it will be; then compare."""
        begun = self.monkey.last_at or time.monotonic()
        self._wait_until_final(begun)
        self.findings.recovery_s = max(self.findings.recovery_s, time.monotonic() - begun)
        stopped = inspection.waiting_for_a_person(self._last_pk)
        for _ in range(3):
            if not stopped:
                break
            self.findings.pressed.update(code for _, code in stopped)
            inspection.press_sync_again([pk for pk, _ in stopped])
            self._wait_until_final(time.monotonic())
            stopped = inspection.waiting_for_a_person(self._last_pk)
        rows = inspection.rows_after(self._last_pk)
        check_batch(batch, rows, self.simulator, self.findings, opportunities=self.sales.made)
        for text in set(inspection.open_intents()) - self._left_open:
            self._left_open.add(text)
            self.findings.wrong("writes left open", text)
        for _ in range(inspection.unclosed_attempts()):
            self.findings.wrong("attempts left open", "see the log")
        known = self.findings.bad["errors of the portal"]
        for text in inspection.errored()[known:]:
            self.findings.wrong("errors of the portal", text)
        self._last_pk = max([self._last_pk, *(row.pk for row in rows)])
        self.sales.forget()

    def _wait_until_final(self, begun: float) -> None:
        seen, since = None, time.monotonic()
        while time.monotonic() - begun < RECOVERY_S * 1.5:
            ended, step, due = inspection.progress()
            if (ended, step) != seen or not due:
                seen, since = (ended, step), time.monotonic()
            self.findings.longest_stall_s = max(self.findings.longest_stall_s, time.monotonic() - since)
            self._look_for_lost_work()
            if self.sender.idle and not inspection.unfinished():
                return
            time.sleep(_POLL_S)

    def _look_for_lost_work(self) -> None:
        """Count what was stored without its queue row, once it was seen at two looks."""
        again = inspection.stored_without_work()
        for pk in self._suspects & again - self._without_work:
            self.findings.wrong("stored without its work", f"delivery {pk}")
        self._without_work |= self._suspects & again
        self._suspects = again

    def _say(self, text: str) -> None:
        bad = {what: count for what, count in self.findings.bad.items() if count}
        print(f"  {time.strftime('%H:%M:%S')}  {text}; wrong: {bad or 'nothing'}", flush=True)  # noqa: T201
