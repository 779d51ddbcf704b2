"""Keeps the portal's processes running: starts them, restarts a dead or hung one, stops all of them cleanly.

A killed idle worker can hang a django-q cluster for good, and a signal to its whole process group loses running
tasks (measured): so each child has a session of its own, SIGTERM goes to its main process only, and what is left
of its group after the grace period is killed.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

logger = logging.getLogger(__name__)

GRACE_S = 30.0
HUNG_GRACE_S = 3.0
TICK_S = 1.0
_LONGEST_BACKOFF_S = 30.0
_STEADY_S = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process to keep.

    `is_hung` is asked at each tick and is given the seconds since the start; `before_start` is called when no
    process of an earlier start is left.
    """

    name: str
    command: Sequence[str]
    is_hung: Callable[[float], bool] = lambda seconds: False
    before_start: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_after: float = 0.0
    backoff_s: float = 0.0


class Supervisor:
    """Runs children until it is told to stop."""

    def __init__(
        self, children: Sequence[Child], *, tick: Callable[[], None] = lambda: None, grace_s: float = GRACE_S
    ) -> None:
        self._children = list(children)
        self._tick = tick
        self._grace_s = grace_s
        self._stopping = False

    def run(self) -> None:
        """Start all children and keep them until SIGTERM or SIGINT, then stop them."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self._stopping:
                for child in self._children:
                    self._look_after(child)
                self._tick()
                time.sleep(TICK_S)
        finally:
            self._stop_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_after and not self._stopping:
                self._start(child)
        elif child.process.poll() is not None:
            logger.error("%s ended with %s", child.name, child.process.returncode)
            self._clear(child)
        elif child.is_hung(now - child.started_at):
            logger.error("%s does nothing any more: restarting it", child.name)
            # It works on nothing: there is nothing to wait for.
            self._end([child], grace_s=min(HUNG_GRACE_S, self._grace_s))

    def _start(self, child: Child) -> None:
        child.before_start()
        child.process = subprocess.Popen(  # noqa: S603  our own commands
            child.command,
            env={**os.environ, **child.environment},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        child.started_at = time.monotonic()
        logger.info("%s started, pid %s", child.name, child.process.pid)

    def _clear(self, child: Child) -> None:
        """Kill what a dead child left behind in its group, and plan its restart."""
        process = child.process
        assert process is not None  # noqa: S101  only called for a started child
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            logger.debug("%s left nothing behind", child.name)
        process.wait()
        steady = time.monotonic() - child.started_at > _STEADY_S
        child.backoff_s = 0.5 if steady or not child.backoff_s else min(child.backoff_s * 2, _LONGEST_BACKOFF_S)
        child.start_after = time.monotonic() + child.backoff_s
        child.process = None

    def _stop_all(self) -> None:
        self._end([child for child in self._children if child.process is not None], grace_s=self._grace_s)
        logger.info("all stopped")

    def _end(self, children: Sequence[Child], *, grace_s: float) -> None:
        running = [child.process for child in children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + grace_s
        for process in running:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("pid %s did not stop in time", process.pid)
        for child in children:
            self._clear(child)


def end_with_the_supervisor(*, grace_s: float = GRACE_S) -> None:
    """Make sure, in a child with processes of its own, that none of them outlives the supervisor or the child.

    The kernel's SIGTERM starts the end when the supervisor dies, but a cluster may hang on it, and whoever would
    have killed it is gone. Call this before anything is forked.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(TICK_S)
        time.sleep(grace_s)
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="supervisor watch", daemon=True).start()
    # Forked processes, and theirs: each is killed with the one that forked it.
    os.register_at_fork(after_in_child=lambda: _die_with_parent(signal.SIGKILL))


def _die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to end this process when its parent dies, so that nothing runs unwatched."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
