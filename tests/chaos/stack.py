"""The portal's processes under the harness: started, watched, killed, and restarted as a service manager would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from random import Random
from typing import Any

import psutil

from tests.chaos.database import Database
from tests.system.stack import KEY, ROOT, command_line, free_port

RESTART_AFTER_S = 0.3
# What of a killed supervisor's processes may still be stopping; longer is a stray.
STRAY_AFTER_S = 45.0
# A worker that shows no sign of life for so long is replaced.
HUNG_AFTER_S = 8.0


class Stack:
    """One running portal."""

    def __init__(
        self, folder: Path, database: Database, *, time_scale: float, retry_scale: float, mutation: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.control = folder / "control"
        self.control.mkdir()
        self.log = folder / "log"
        self.database = database
        self.time_scale = time_scale
        self.starts = 0
        self._stopping = threading.Event()
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._known: dict[int, psutil.Process] = {}
        self._orphaned_at: dict[int, float] = {}
        self.strays: list[str] = []
        self.environment = {
            **os.environ,
            "ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "SECRET_KEY": "tests-only",
            "FIELD_ENCRYPTION_KEYS": KEY,
            "DATABASE_URL": database.url,
            "PUBLIC_URL": self.url,
            "ALLOW_PRIVATE_REMOTES": "on",
            "STATIC_ROOT": str(folder / "static"),
            "LOG_LEVEL": "WARNING",
            "WORKER_HUNG_AFTER_S": str(HUNG_AFTER_S),
            "RETRY_SCALE": str(retry_scale),
            "CHAOS_TIME_SCALE": str(time_scale),
            "CHAOS_CONTROL": str(self.control),
            "CHAOS_MUTATION": mutation,
        }

    # Life

    def start(self) -> None:
        """Prepare the database, start the supervisor and keep it running; return when the portal answers."""
        self.database.start()
        done = subprocess.run(
            [sys.executable, "manage.py", "prepare"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr.decode()
        self._start_supervisor()
        threading.Thread(target=self._manage, daemon=True).start()
        self.wait_until_up(90)

    def stop(self) -> None:
        """Stop everything, and kill what does not stop."""
        self._stopping.set()
        if self._supervisor is not None and self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._supervisor.wait(60)
            self._supervisor.kill()
        for process in self._known.values():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.database.stop()

    def wait_until_up(self, seconds: float) -> None:
        """Wait until the portal answers."""
        end = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310  our own address
                    if answer.status == 200:
                        return
            except OSError:
                assert time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.2)

    def _start_supervisor(self) -> None:
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{self.port}"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1

    def _manage(self) -> None:
        """Be the service manager: restart the supervisor, and note what its predecessors leave behind."""
        while not self._stopping.wait(0.25):
            assert self._supervisor is not None
            if self._supervisor.poll() is not None:
                time.sleep(RESTART_AFTER_S)
                self._start_supervisor()
            with contextlib.suppress(psutil.Error):
                self._look_for_strays()

    def _look_for_strays(self) -> None:
        assert self._supervisor is not None
        supervised = {child.pid: child for child in psutil.Process(self._supervisor.pid).children(recursive=True)}
        self._known = {pid: p for pid, p in (self._known | supervised).items() if _is_alive(p)}
        now = time.monotonic()
        for pid, process in self._known.items():
            if pid in supervised:
                self._orphaned_at.pop(pid, None)
                continue
            since = self._orphaned_at.setdefault(pid, now)
            text = f"{pid} {command_line(process)[:60]}"
            if now - since > STRAY_AFTER_S and text not in self.strays:
                self.strays.append(text)

    # Killing

    def kill(self, kind: str, random: Random) -> str:
        """Kill one process of a kind; say which, "" where there is none at the moment."""
        found = self._find(kind)
        if not found:
            return ""
        chosen = random.choice(found)
        with contextlib.suppress(psutil.Error):
            chosen.send_signal(signal.SIGKILL)
            return kind
        return ""

    def freeze(self, random: Random) -> str:
        """Stop a busy worker for longer than its lease, then let it go on; return at once."""
        found = self._find("busy worker")
        if not found:
            return ""
        chosen = random.choice(found)
        self.thaw_later(chosen.pid, freeze=True)
        return "frozen worker"

    def thaw_later(self, pid: int, *, freeze: bool = False) -> None:
        """Let a frozen process go on when its lease is over and another worker has taken its work."""
        if freeze:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

        def thaw() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        timer = threading.Timer(110 * self.time_scale * 1.4, thaw)
        timer.daemon = True
        timer.start()

    def _find(self, kind: str) -> list[psutil.Process]:
        assert self._supervisor is not None
        try:
            supervisor = psutil.Process(self._supervisor.pid)
            if kind == "supervisor":
                return [supervisor]
            children = supervisor.children()
            web = [child for child in children if "gunicorn" in command_line(child)]
            cluster = [child for child in children if "qcluster" in command_line(child)]
            if kind == "web":
                return [p for child in web for p in (child, *child.children())]
            if kind == "worker main":
                return cluster
            inside = [p for child in cluster for p in child.children(recursive=True)]
        except psutil.Error:
            return []
        words = {
            "busy worker": "processing delivery",
            "idle worker": " idle",
            "monitor": "monitor",
            "pusher": "pusher",
        }
        if kind == "sentinel":
            return [p for child in cluster for p in child.children()]
        return [p for p in inside if words[kind] in command_line(p)]

    # Crash points

    def arm(self, trap: dict[str, Any]) -> None:
        """Set a trap."""
        draft = self.control / "draft"
        draft.write_text(json.dumps(trap))
        draft.rename(self.control / "trap.json")

    def fired(self, trap: dict[str, Any]) -> int | None:
        """Return the pid of the process that stepped into a trap."""
        file = self.control / f"fired-{trap['id']}.pid"
        try:
            return int(file.read_text() or 0) or None
        except FileNotFoundError:
            return None

    def disarm(self) -> None:
        """Take the trap away."""
        (self.control / "trap.json").unlink(missing_ok=True)

    def points(self) -> list[str]:
        """Return every point that was stepped on so far."""
        try:
            return sorted(set((self.control / "seen").read_text().split("\n")) - {""})
        except FileNotFoundError:
            return []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
