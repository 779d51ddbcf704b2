"""The server's front: Halo's API, the pages for people and the control API for scripts, each under its paths."""

import json
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from integrations.simulator.control import Control
from integrations.simulator.faults import TOKEN
from integrations.simulator.halo import Halo, RecordedRequest
from integrations.simulator.halo.halo import Answer, Call
from integrations.simulator.halo.refusals import Refusal
from integrations.simulator.pages import Pages
from integrations.simulator.quoter import Quoter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = "application/json; charset=utf-8"
_API, _TOKEN_PATH = "/halo/api", "/halo/auth/token"  # noqa: S105
_LOGIN_PAGE = "<!doctype html><title>Halo</title><h1>Sign in</h1><p>Your session has expired.</p>"
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


class Web:
    """A WSGI application."""

    def __init__(self, halo: Halo, quoter: Quoter, *, reset: Callable[[], None], save: Callable[[], None]) -> None:
        self.halo = halo
        self._save = save
        self._pages = Pages(halo, quoter)
        self._control = Control(halo, quoter, reset=reset, save=save)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        # A web page elsewhere must not reach this server through a name of its own, nor post to it.
        host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        origin = request.headers.get("Origin")
        if host not in _LOCAL or (origin and origin != request.host_url.rstrip("/")):
            return Response("The simulator answers this machine only.\n", 403, mimetype="text/plain")
        path = request.path
        if path.lower() == _TOKEN_PATH or path.lower().startswith(f"{_API}/"):
            return self._halo(request)
        if path.startswith("/control/"):
            return self._control.respond(request)
        return self._pages.respond(request)

    def _halo(self, request: Request) -> Response:
        record, call = _read(request)
        answer = self.halo.handle(record, call)
        if record.method != "GET":
            self._save()
        return _spoil(request, record, answer)


def _read(request: Request) -> tuple[RecordedRequest, Call]:
    call = Call(f"{request.host_url}halo", request.headers.get("Authorization", ""))
    record = RecordedRequest(request.method, TOKEN, request.args.to_dict())
    if request.path.lower() == _TOKEN_PATH:
        call.form = request.form.to_dict()
        return record, call
    record.path = request.path[len(_API) :]
    if request.method == "POST":
        text = request.get_data(as_text=True)
        if not request.is_json:
            call.refusal = Refusal(415, {"Message": "The request entity's media type is not supported."})
        try:
            record.body = json.loads(text)
        except ValueError:
            record.body = text
            call.refusal = call.refusal or Refusal(400, {"": ["The request body is no JSON."]})
    return record, call


def _spoil(request: Request, record: RecordedRequest, answer: Answer) -> Response:
    """Send the answer, or what the fault makes of it."""
    kind = answer.fault.kind if answer.fault else ""
    if kind in ("drop", "drop-after"):
        record.status = 0
        return _drop(request)
    if kind in ("html", "html-after"):
        return Response(_LOGIN_PAGE, 200, mimetype="text/html")
    if kind == "redirect":
        return Response(_LOGIN_PAGE, 302, {"Location": f"{request.host_url}halo/auth/login"}, mimetype="text/html")
    if kind == "shape":
        return _json(200, {"ok": True})
    if kind == "500-after":
        return _json(500, {"Message": "An error has occurred."})
    response = _json(answer.status, answer.body)
    if kind == "truncated":
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
        response.headers["Content-Length"] = str(len(body))
    if kind == "429" and answer.fault and answer.fault.retry_after is not None:
        response.headers["Retry-After"] = str(answer.fault.retry_after)
    return response


def _json(status: int, body: Any) -> Response:
    return Response("" if body is None else json.dumps(body), status, content_type=JSON)


def _drop(request: Request) -> Response:
    """Close the connection, so that the answer finds nobody."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=200)
