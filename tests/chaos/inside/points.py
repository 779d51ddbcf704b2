"""Crash points: every commit, every lone write and every remote call of the portal is a place to die at.

They are found, not listed: Django's transactions and statements, and the seams Http.send, Recorder.step and
Writer.write, call `hit` before and after, under the name of the portal's function they serve. The harness arms a
trap by a file; the process that steps on it kills or freezes itself.
"""

import functools
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connections
from django.db.backends.signals import connection_created
from django.db.transaction import Atomic, get_connection

TRAP, FIRED, STEPS, SEEN = "trap.json", "fired", "steps", "seen"
_WRITE = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(?:integrations_)?(\w+)', re.IGNORECASE)


class _Traps:
    """The trap that is armed at the moment, read again whenever its file changes."""

    def __init__(self) -> None:
        self.folder = Path("/nowhere")
        self.role = ""
        self._stamp = 0
        self._armed: dict[str, Any] | None = None
        self._seen: set[str] = set()

    def hit(self, name: str) -> None:
        """Step on a point."""
        point = f"{self.role}:{name}"
        if point not in self._seen:
            self._seen.add(point)
            with (self.folder / SEEN).open("a") as file:
                file.write(f"{point}\n")
        trap = self._read()
        if trap is None or trap["point"] != point or not self._is_nth(trap):
            return
        try:
            os.rename(self.folder / TRAP, self.folder / f"{FIRED}-{trap['id']}.json")
        except FileNotFoundError:
            return  # another process was first
        (self.folder / f"{FIRED}-{trap['id']}.pid").write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP if trap["freeze"] else signal.SIGKILL)

    def _read(self) -> dict[str, Any] | None:
        try:
            stamp = os.stat(self.folder / TRAP).st_mtime_ns
            if stamp != self._stamp:
                self._armed = json.loads((self.folder / TRAP).read_text())
                self._stamp = stamp
        except (FileNotFoundError, ValueError):
            return None
        return self._armed

    def _is_nth(self, trap: dict[str, Any]) -> bool:
        """Count steps over all processes, by the size of a file."""
        if trap["nth"] == 1:
            return True
        with (self.folder / f"{STEPS}-{trap['id']}").open("ab", buffering=0) as file:
            file.write(b".")
            return file.tell() >= int(trap["nth"])


traps = _Traps()


def install(folder: str) -> None:
    """Make every boundary of this process a point; preparing is over before anything can be lost."""
    if "prepare" in sys.argv:
        return
    traps.folder = Path(folder)
    traps.role = _role()
    _transactions()
    connection_created.connect(_watch_statements, dispatch_uid="chaos points")
    for connection in connections.all(initialized_only=True):
        _watch_statements(connection=connection)
    _seams()


def _role() -> str:
    if "gunicorn" in " ".join(sys.argv) or "gunicorn" in sys.modules:
        return "web"
    return "supervisor" if "serve" in sys.argv else "worker"


def _where() -> str:
    """Name the portal's function that is at work; "" where the framework works for itself."""
    frame = sys._getframe(2)
    for _ in range(40):
        file = frame.f_code.co_filename
        if "/integrations/" in file:
            module = file.rsplit("/integrations/", 1)[1].removesuffix(".py").replace("/", ".")
            return f"{module}.{frame.f_code.co_name}"
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return ""


def _transactions() -> None:
    leave = Atomic.__exit__

    def leave_watched(self: Atomic, kind: Any, error: Any, trace: Any) -> None:
        connection = get_connection(self.using)
        outermost = connection.in_atomic_block and not connection.savepoint_ids
        name = _where() if outermost and kind is None else ""
        if name:
            traps.hit(f"{name} commit:before")
        leave(self, kind, error, trace)
        if name:
            traps.hit(f"{name} commit:after")

    Atomic.__exit__ = leave_watched  # type: ignore[method-assign]


def _watch_statements(*, connection: Any, **kwargs: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    found = None if context["connection"].in_atomic_block else _WRITE.match(sql)
    where = _where() if found else ""
    if not found or not where:
        return execute(sql, params, many, context)
    name = f"{where} {found[1].split()[0].lower()} {found[2]}"
    traps.hit(f"{name}:before")
    result = execute(sql, params, many, context)
    traps.hit(f"{name}:after")
    return result


def _seams() -> None:
    from integrations.http.door import Http
    from integrations.sync.intents import Writer
    from integrations.sync.record import Recorder

    send, write, step = Http.send, Writer.write, Recorder.step

    @functools.wraps(send)
    def send_watched(self: Http, request: Any, **kwargs: Any) -> Any:
        path = re.sub(r"/\d+", "/#", urlsplit(request.url).path).removeprefix("/halo")
        name = f"send {request.method} {path}"
        traps.hit(f"{name}:before")
        response = send(self, request, **kwargs)
        traps.hit(f"{name}:after")
        return response

    @functools.wraps(write)
    def write_watched(self: Writer, keys: Sequence[str], *args: Any, **kwargs: Any) -> Any:
        kind = keys[0].partition(":")[0] if keys[0].startswith(("quote:", "sales order:")) else "products"
        traps.hit(f"write {kind}:before")
        result = write(self, keys, *args, **kwargs)
        traps.hit(f"write {kind}:after")
        return result

    @contextmanager
    def step_watched(self: Recorder, stage: Any) -> Iterator[Any]:
        traps.hit(f"step {stage}:before")
        with step(self, stage) as notes:
            traps.hit(f"step {stage}:begun")
            yield notes
            traps.hit(f"step {stage}:done")
        traps.hit(f"step {stage}:after")

    Http.send = send_watched  # type: ignore[assignment,method-assign]
    Writer.write = write_watched  # type: ignore[assignment,method-assign]
    Recorder.step = step_watched  # type: ignore[assignment,method-assign]
