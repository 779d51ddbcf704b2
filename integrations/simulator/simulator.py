"""One server on 127.0.0.1 that is both a Quoter and a Halo."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from integrations.simulator.halo import Halo
from integrations.simulator.quoter import Quoter
from integrations.simulator.web import HEADER_NAMES, Web

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HOST = "127.0.0.1"
_POLL_S = 0.02


class QuietHandler(WSGIRequestHandler):
    """Writes no line for each request: the Halo page lists them."""

    def make_environ(self) -> "WSGIEnvironment":
        """Add the headers' names as they were spelled: WSGI itself loses that, and Quoter minds it."""
        return {**super().make_environ(), HEADER_NAMES: tuple(self.headers)}

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class Simulator:
    """Both sides, their state file and their server; usable as a context manager."""

    def __init__(
        self,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        state_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._port = port
        self._stopping = threading.Event()
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._saving = threading.Lock()
        self._state_file = Path(state_file) if state_file else None
        # A real sleep ends early when the server stops.
        self.halo = Halo(clock, self._wait if sleep is time.sleep else sleep)
        self.quoter = Quoter(clock)
        self.quoter.sleep = self.halo.sleep
        self.quoter.on_change = self.save
        self.loaded = self._load()
        """Whether the state file held something."""

    @property
    def url(self) -> str:
        """Address of the Quoter page; the port is known from the first start on."""
        if not self._port:
            raise RuntimeError("The simulator has no port before it was started.")
        return f"http://{HOST}:{self._port}"

    @property
    def scalepad_url(self) -> str:
        """Base address of Quoter's ScalePad API; the API itself is below it, at /quoter/v1."""
        return f"{self.url}/scalepad"

    @property
    def legacy_url(self) -> str:
        """Base address of Quoter's legacy API; the API itself is below it, at /v1."""
        return f"{self.url}/legacy"

    @property
    def quoter_url(self) -> str:
        """What stands for https://SUBDOMAIN.quoter.com: web views, drafts and PDFs are below it."""
        return f"{self.url}/quoter"

    @property
    def halo_url(self) -> str:
        """What the portal takes as the Halo domain."""
        return f"{self.url}/halo"

    def start(self) -> None:
        """Serve in a thread; after a stop, on the same port again."""
        server = self._open()
        self._thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
        self._thread.start()

    def serve_forever(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop` is called from another thread or a signal handler raises KeyboardInterrupt."""
        server = self._open()
        try:
            # A signal may come as soon as `ready` has said that all is up.
            ready()
            self.quoter.resume_retries()
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self._close()

    def stop(self) -> None:
        """Close the port; calls to it are refused from then on. The state stays."""
        if self._server is not None:
            self._stopping.set()
            self._server.shutdown()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._close()

    def _open(self) -> BaseWSGIServer:
        if self._server is not None:
            raise RuntimeError("The simulator is running already.")
        self._stopping.clear()
        self._server = make_server(
            HOST,
            self._port,
            Web(self.halo, self.quoter, reset=self.reset, save=self.save),
            threaded=True,
            request_handler=QuietHandler,
        )
        self._port = self._server.port
        return self._server

    def _close(self) -> None:
        self._stopping.set()
        self.quoter.cancel_retries()
        if self._server is not None:
            self._server.server_close()
            self._server = None
        self.save()

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def __enter__(self) -> "Simulator":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Go back to an empty state: no data, no faults, no quirks, no request log, no webhook."""
        with self.halo.lock:
            self.halo.clear()
        self.quoter.clear()
        self.save()

    def save(self) -> None:
        """Write the state file, whole or not at all."""
        if self._state_file is None:
            return
        with self._saving:
            with self.halo.lock:
                halo = json.dumps(self.halo.kept())
            # In one line: indenting takes ten times as long, which a large tenant would feel at every write.
            text = f'{{"halo": {halo}, "quoter": {json.dumps(self.quoter.dump())}}}\n'
            self._state_file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._state_file.with_name(f"{self._state_file.name}.{os.getpid()}.new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._state_file)

    def _load(self) -> bool:
        if self._state_file is None or not self._state_file.exists():
            return False
        text = self._state_file.read_text(encoding="utf-8")
        if not text.strip():
            return False
        state = json.loads(text)
        self.halo.load(state["halo"])
        self.quoter.load(state["quoter"])
        return True
