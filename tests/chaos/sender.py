"""Quoter's sending: each webhook one to five times in random order, and again until it is answered 200."""

import heapq
import itertools
import threading
import time
from collections.abc import Sequence
from random import Random

from integrations.simulator import Simulator
from integrations.simulator.quoter.delivery import post
from tests.chaos.sales import Lineage, Told

# Quoter repeats after about 5 min, 30 min, 2 h; scaled, and going on for ever, so that all is acknowledged.
RETRY_AFTER_S = (0.3, 1.0, 2.0)
TIMEOUT_S = 6.0
_THREADS = 4


class Sender:
    """Sends webhooks from a few threads, and counts."""

    def __init__(self, simulator: Simulator, address: str, random: Random) -> None:
        self._simulator = simulator
        self._address = address
        self._random = random
        self._ready = threading.Condition()
        self._queue: list[tuple[float, int, int, Told]] = []
        self._order = itertools.count()
        self._under_way = 0
        self.sent = self.acknowledged = self.not_stored = 0
        for _ in range(_THREADS):
            threading.Thread(target=self._work, daemon=True).start()

    def send(self, lineages: Sequence[Lineage], *, within_s: float, most: int = 5) -> int:
        """Send every webhook of these quotes in any order, spread over a time; return how many sendings."""
        copies = [
            told for lineage in lineages for told in lineage.told for _ in range(self._random.randint(1, most))
        ]
        self._random.shuffle(copies)
        now = time.monotonic()
        with self._ready:
            for told in copies:
                due = now + self._random.random() * within_s
                heapq.heappush(self._queue, (due, next(self._order), 0, told))
            self._ready.notify_all()
        return len(copies)

    @property
    def idle(self) -> bool:
        """Everything was acknowledged."""
        with self._ready:
            return not self._queue and not self._under_way

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._queue or self._queue[0][0] > time.monotonic():
                    self._ready.wait(self._queue[0][0] - time.monotonic() if self._queue else None)
                _, _, tries, told = heapq.heappop(self._queue)
                self._under_way += 1
            # Signed at each sending, as Quoter does: the text is the one of the event.
            result = post(self._address, self._simulator.quoter.form(told.text), timeout_s=TIMEOUT_S)
            with self._ready:
                self._under_way -= 1
                self.sent += 1
                if result.status == 200:
                    self.acknowledged += 1
                    told.acknowledged_at = told.acknowledged_at or time.monotonic()
                else:
                    self.not_stored += 1
                    wait = RETRY_AFTER_S[min(tries, len(RETRY_AFTER_S) - 1)]
                    heapq.heappush(self._queue, (time.monotonic() + wait, next(self._order), tries + 1, told))
                self._ready.notify()
