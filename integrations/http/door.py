"""Sending: time limits, no redirects, a size cap, a record of every call, a budget.

Nothing here repeats a request: whether a write may be repeated is for the caller to decide, after looking.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import SSLError

from integrations.errors import (
    AddressRefused,
    AnswerLost,
    OutOfTime,
    PortalError,
    RateLimited,
    ReadOnly,
    RemoteBroken,
    Unreachable,
)
from integrations.http.guard import UNSENT, PrivateAddress, check_address, new_session
from integrations.http.messages import Call, Deadline, Gate, Request, Response

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
# What a rate-limited service that names no time is given; Halo sends no Retry-After that anyone has seen.
DEFAULT_WAIT_S = 60.0


class Http:
    """Sends requests to one remote service and records each."""

    def __init__(
        self,
        *,
        allow_private: bool,
        record: Callable[[Call], None] = lambda call: None,
        gate: Gate | None = None,
        deadline: Deadline | None = None,
        clock: Callable[[], float] = time.time,
        read_timeout_s: float = READ_TIMEOUT_S,
        read_only: str = "",
    ) -> None:
        """`read_only` is the reason why this door lets no write through; "" lets them."""
        self._allow_private = allow_private
        self._record = record
        self._gate = gate
        self._deadline = deadline
        self._clock = clock
        self._read_timeout_s = read_timeout_s
        self._read_only = read_only
        self._session = new_session(allow_private)

    def send(self, request: Request, *, free: bool = False) -> Response:
        """Send one request; `free` requests (tokens) do not count against the budget.

        Raises Unreachable when nothing was sent, AnswerLost when it was and no whole answer came back,
        ReadOnly for a write where this door is for reading.
        """
        if request.writes and self._read_only:
            raise ReadOnly(self._read_only, subject="write")
        check_address(request.url, allow_private=self._allow_private)
        read_timeout = self._time_left()
        if self._gate is not None and not free:
            self._gate.take()
            read_timeout = self._time_left()  # the gate may have slept
        started_at, start = self._clock(), time.monotonic()
        # A kept connection may have been closed by the other side at the moment of use. A question is asked
        # again by the caller's next attempt; a write would be left unknown for nothing, so it gets a fresh one.
        session = new_session(self._allow_private) if request.writes else self._session
        sent: bytes | str | None = None
        try:
            prepared = _prepare(session, request)
            sent = prepared.body
            with session.send(
                prepared,
                timeout=(CONNECT_TIMEOUT_S, read_timeout),
                allow_redirects=False,
                stream=True,
                verify=True,
            ) as answer:
                body = _read(answer, request.max_bytes, give_up=start + CONNECT_TIMEOUT_S + read_timeout)
                response = Response(
                    status=answer.status_code,
                    headers={k.lower(): v for k, v in answer.headers.items()},
                    body=body,
                    elapsed_s=time.monotonic() - start,
                )
        except Exception as exc:
            elapsed = time.monotonic() - start
            self._record(_call(request, sent, None, b"", started_at, elapsed, error=type(exc).__name__))
            _translate(exc, urlsplit(request.url).hostname or "")
        finally:
            if request.writes:
                session.close()
        call = _call(request, sent, response.status, response.body, started_at, response.elapsed_s)
        self._record(replace(call, date=response.headers.get("date", "")))
        self._judge(response, request)
        return response

    def _time_left(self) -> float:
        if self._deadline is None:
            return self._read_timeout_s
        left = self._deadline.left() - CONNECT_TIMEOUT_S
        if left < 1:
            raise OutOfTime("This attempt used up its time.", wait=1)
        return min(self._read_timeout_s, left)

    def _judge(self, response: Response, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if response.status == 429:
            wait = retry_after(response.headers.get("retry-after", ""), now=self._clock())
            if self._gate is not None:
                self._gate.block(wait)
            raise RateLimited(f"{host} asks for fewer requests.", wait=wait, subject=host)
        if 300 <= response.status < 400:
            raise RemoteBroken(
                f"{host} answered with a redirect, which is not followed. Is this the right address?",
                hint="Check the Halo domain in the integration's settings.",
                subject=host,
            )
        if response.status >= 500 or response.status == 408:
            said = f"{host} answered with server error {response.status}."
            if request.writes:
                # 500 is the service's own end; a gateway's 502 to 504 may stand before one still at work.
                raise AnswerLost(said, subject=host, ended=response.status == 500)
            raise RemoteBroken(said, subject=host)

    def close(self) -> None:
        """Close kept connections."""
        self._session.close()


def _prepare(session: requests.Session, request: Request) -> requests.PreparedRequest:
    try:
        return session.prepare_request(_to_requests(request))
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as exc:
        raise AddressRefused("The address is not a web address.") from exc


def _to_requests(request: Request) -> requests.Request:
    return requests.Request(
        request.method,
        request.url,
        params=dict(request.params),
        headers={"Accept": "application/json", **request.headers},
        json=request.json,
        data=dict(request.form) if request.form is not None else None,
    )


def _call(
    request: Request, sent: Any, status: int | None, received: bytes, at: float, elapsed: float, error: str = ""
) -> Call:
    return Call(request.method, request.url, request.params, sent, status, received, at, elapsed, error)


def _read(answer: requests.Response, limit: int, *, give_up: float) -> bytes:
    """Read the body up to the cap; a server that drips is cut off, which the socket's own timeout cannot do."""
    parts: list[bytes] = []
    size = 0
    for chunk in answer.iter_content(65_536):
        size += len(chunk)
        if size > limit:
            raise _TooLarge
        if time.monotonic() > give_up:
            raise requests.exceptions.ReadTimeout
        parts.append(chunk)
    return b"".join(parts)


class _TooLarge(Exception):
    pass


def _translate(exc: Exception, host: str) -> NoReturn:
    if isinstance(exc, PortalError):
        raise exc
    causes = list(_causes(exc))
    if any(isinstance(cause, PrivateAddress) for cause in causes):
        raise AddressRefused(f"{host} is a private address, and the portal does not call those.") from exc
    if isinstance(exc, _TooLarge):
        raise AnswerLost(f"The answer of {host} was too large.", subject=host) from exc
    # Only the connection itself knows whether it was made: TLS, for one, can break before and after.
    if any(getattr(cause, UNSENT, False) for cause in causes):
        if any(isinstance(cause, SSLError | ssl.SSLError) for cause in causes):
            message = f"No safe connection to {host}: its certificate or TLS set-up was not accepted."
        elif any(isinstance(cause, socket.gaierror) for cause in causes):
            message = f"There is no server named {host}, or this machine cannot look names up."
        else:
            message = f"No connection to {host}."
        raise Unreachable(message, subject=host) from exc
    if isinstance(exc, requests.RequestException | OSError):
        raise AnswerLost(f"{host} gave no complete answer.", subject=host) from exc
    raise exc


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exception and everything it wraps: requests and urllib3 nest the reason in args.

    Errors of the portal end the search: what they wrap is about an earlier request, one that is being handled.
    """
    todo: list[BaseException] = [exc]
    seen: set[int] = set()
    while todo:
        current = todo.pop()
        if id(current) in seen or isinstance(current, PortalError):
            continue
        seen.add(id(current))
        yield current
        inner = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        todo += [item for item in inner if isinstance(item, BaseException)]


def retry_after(value: str, *, now: float) -> float:
    """Return the seconds that a Retry-After header asks for, between a second and six hours; else the default."""
    text = value.strip()
    try:
        if text.isdecimal():
            seconds = float(text)
        else:
            moment = parsedate_to_datetime(text)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return DEFAULT_WAIT_S
    return min(max(seconds, 1.0), 21_600.0)
