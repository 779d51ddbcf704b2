"""A time limit on the whole of an answer: the socket's own limit starts again with every byte that drips in."""

import io
import socket
import time
from typing import Any


class TimedSocket:
    """A connected socket whose every answer must arrive whole within the socket's read timeout."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: str = "rb", *args: Any, **kwargs: Any) -> io.BufferedReader:
        """Return the reader of one answer; `http.client` asks for one per answer, once the request is out."""
        return io.BufferedReader(_Answer(self._sock))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Answer(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        limit = sock.gettimeout()
        self._end = None if limit is None else time.monotonic() + limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
