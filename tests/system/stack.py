"""The whole portal as a user runs it: supervisor, web server, worker and simulator, on a database of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="


class Stack:
    """A running portal with its simulator."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.port, self.simulator_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **os.environ,
            "ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "tests.system.settings",
            "SECRET_KEY": "tests-only",
            "FIELD_ENCRYPTION_KEYS": KEY,
            "DATABASE_URL": database_url,
            "PUBLIC_URL": self.url,
            "SIMULATOR": "on",
            "ALLOW_PRIVATE_REMOTES": "on",
            "SIMULATOR_URL": self.simulator_url,
            "SIMULATOR_STATE": str(folder / "simulator.json"),
            "STATIC_ROOT": str(folder / "static"),
            "RETRY_SCALE": "0.02",
            "WORKER_HUNG_AFTER_S": "10",
        }
        self.password = ""

    def manage(self, *words: str) -> str:
        """Run a management command; return what it printed."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Prepare and start everything; return when both sides answer."""
        printed = self.manage("prepare")
        if "password" in printed:
            self.password = printed.split("password ")[1].split()[0]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{self.port}"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(lambda: self._answers(f"{self.url}/healthz") and self._answers(self.simulator_url), seconds=40)

    def stop(self) -> int:
        """Stop everything as a service manager does; return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def _answers(self, url: str) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def press(self, path: str) -> None:
        """Press a button on the simulator's page."""
        request = urllib.request.Request(f"{self.simulator_url}{path}", data=b"", method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            assert answer.status == 200

    def publish(self, quote_id: int) -> None:
        """Press Publish."""
        self.press(f"/quoter/quotes/{quote_id}/publish")

    def control(self, path: str, /, **values: Any) -> Any:
        """Call the simulator's API for scripts; return its answer."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.simulator_url}/control/{path}",
            data=json.dumps(values).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)

    def state(self) -> dict[str, Any]:
        """Return what both simulated sides hold."""
        with urllib.request.urlopen(f"{self.simulator_url}/control/state", timeout=20) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def deliveries(self) -> list[dict[str, Any]]:
        """Return what `manage.py deliveries --json` prints."""
        found: list[dict[str, Any]] = json.loads(self.manage("deliveries", "--json"))
        return found

    def states(self) -> list[str]:
        """Return the states of all deliveries, oldest first."""
        return [delivery["state"] for delivery in reversed(self.deliveries())]

    def children(self, name: str) -> list[psutil.Process]:
        """Return the supervised processes whose command line holds a word, the main one first."""
        assert self.process is not None
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if name in command_line(child)]


def command_line(process: psutil.Process) -> str:
    """Return how a process was called; "" for one that is dead."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Run a stack on SQLite, or on a new database of the PostgreSQL that DATABASE_URL names."""
    with fresh_database(folder) as url:
        stack = Stack(folder, url)
        stack.start()
        try:
            yield stack
        finally:
            if stack.process is not None and stack.process.poll() is None:
                stack.stop()


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{folder / 'portal.sqlite3'}"
        return
    name = f"portal_system_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(given, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until a condition holds; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)
