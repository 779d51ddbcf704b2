"""A TCP proxy before the simulated Halo, for what no answer can do: no connection, no end, no hurry."""

import contextlib
import socket
import threading
import time

MODES = ("pass", "refuse", "hang", "drip", "late")
_CHUNK = 65_536


class Proxy:
    """Forwards connections in the mode of the moment.

    refuse: nobody listens · hang: the request is taken and never answered · drip: the answer comes byte by byte ·
    late: a write arrives `late_s` later, when its sender has long given up, and its answer finds nobody.
    """

    def __init__(self, target_port: int, *, late_s: float) -> None:
        self._target = ("127.0.0.1", target_port)
        self._late_s = late_s
        self.mode = "pass"
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def set_mode(self, mode: str) -> None:
        """Change how new connections are treated."""
        if mode == "refuse" and self.mode != "refuse":
            # A listener that another thread waits on is only closed for good by shutting it down.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        if mode != "refuse" and self.mode == "refuse":
            self._listener = self._listen(self.port)
            threading.Thread(target=self._accept, daemon=True).start()
        self.mode = mode

    def close(self) -> None:
        """Stop."""
        self._closing.set()
        self.set_mode("refuse")

    @staticmethod
    def _listen(port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port), backlog=64)

    def _accept(self) -> None:
        listener = self._listener
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, self.mode), daemon=True).start()

    def _serve(self, client: socket.socket, mode: str) -> None:
        with client, contextlib.suppress(OSError):
            if mode == "hang":
                self._closing.wait(self._late_s * 2)
                return
            first = _whole_request(client) if mode == "late" else b""
            if first.startswith(b"POST /halo/api"):
                self._closing.wait(self._late_s)
                with socket.create_connection(self._target) as server:
                    server.sendall(first)
                    server.recv(_CHUNK)
                return
            with socket.create_connection(self._target) as server:
                server.sendall(first)
                back = threading.Thread(target=_pump, args=(server, client, mode == "drip"), daemon=True)
                back.start()
                _pump(client, server, False)
                back.join()


def _pump(source: socket.socket, sink: socket.socket, slowly: bool) -> None:
    """Copy until the source ends, then end the sink."""
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            for part in [data[i : i + 1] for i in range(len(data))] if slowly else [data]:
                sink.sendall(part)
                if slowly:
                    time.sleep(0.02)
    for end in (sink, source):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR if end is source else socket.SHUT_WR)


def _whole_request(client: socket.socket) -> bytes:
    """Read one HTTP request to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(_CHUNK)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    left = int(lengths[0]) - len(body) if lengths else 0
    while left > 0 and (part := client.recv(_CHUNK)):
        data += part
        left -= len(part)
    return data
