"""The one who breaks things: kills, freezes, and makes Halo and the way to it fail, at random."""

import threading
import time
from collections import Counter
from random import Random

from integrations.simulator import Fault, Simulator
from tests.chaos.proxy import Proxy
from tests.chaos.stack import Stack

KILLS = ("web", "worker main", "busy worker", "idle worker", "monitor", "pusher", "sentinel", "supervisor")
TRANSIENT = (
    "401",
    "429",
    "500",
    "500-after",
    "drop",
    "drop-after",
    "html",
    "html-after",
    "truncated",
    "shape",
    "redirect",
)
# Halo's clear no: the portal stops and asks a person, which the harness then is.
PERMANENT = ("403", "400")
_PATHS = ("", "", "/Quotation", "/Item", "/SalesOrder", "/Users", "/Opportunities", "auth")
_WAYS = ("refuse", "hang", "drip", "late")


class Monkey:
    """Does one bad thing after the other until it is told to stop."""

    def __init__(
        self, stack: Stack, simulator: Simulator, proxy: Proxy, random: Random, *, only: str = ""
    ) -> None:
        self._only = only
        self._stack = stack
        self._simulator = simulator
        self._proxy = proxy
        self._random = random
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.done: Counter[str] = Counter()
        self.last_at = 0.0

    def start(self) -> None:
        """Begin."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all mischief; what it broke stays broken until the portal repairs it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._proxy.set_mode("pass")
        with self._simulator.halo.lock:
            self._simulator.halo.faults.clear()
            self._simulator.halo.lag_s = 0
        self.last_at = time.monotonic()

    def _go_on(self) -> None:
        while not self._stopping.wait(self._random.uniform(0.2, 1.6)):
            weights = (0, 0, 1) if self._only else (4, 5, 2)
            what = self._random.choices((self._kill, self._fault, self._way), weights=weights)[0]()
            if what:
                self.done[what] += 1
                self.last_at = time.monotonic()

    def _kill(self) -> str:
        if self._random.random() < 0.15:
            return self._stack.freeze(self._random)
        if self._random.random() < 0.15:
            found = self._stack.database.kill(whole=self._random.random() < 0.5)
            return f"killed {found}" if found else ""
        kind = self._random.choice(KILLS)
        found = self._stack.kill(kind, self._random)
        return f"killed {found}" if found else ""

    def _fault(self) -> str:
        kind = self._random.choice(PERMANENT if self._random.random() < 0.1 else TRANSIENT)
        path = self._random.choice(_PATHS)
        method = self._random.choice(("*", "POST", "GET")) if path != "auth" else "*"
        wait = self._random.choice((None, 1, 2)) if kind == "429" else None
        halo = self._simulator.halo
        with halo.lock:
            halo.lag_s = self._random.choice((0, 0, 0, 0.2))
        halo.fail(Fault(kind, method=method, path=path, times=self._random.randint(1, 3), retry_after=wait))
        return f"Halo: {kind}"

    def _way(self) -> str:
        mode = self._only or self._random.choice(_WAYS)
        if mode == "lag":
            self._simulator.halo.lag_s = 0.25
            return "Halo: slow"
        self._proxy.set_mode(mode)
        self._stopping.wait(self._random.uniform(0.3, 2.0))
        self._proxy.set_mode("pass")
        return f"way to Halo: {mode}"
