"""The server's front: both sides' APIs, the pages for people and the control API, each under its paths."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from integrations.simulator import spoiling
from integrations.simulator.control import Control
from integrations.simulator.faults import TOKEN
from integrations.simulator.halo import Halo, RecordedRequest
from integrations.simulator.halo.halo import Call
from integrations.simulator.halo.refusals import Refusal
from integrations.simulator.pages import Pages
from integrations.simulator.quoter import Quoter, api
from integrations.simulator.quoter.requests import DOWNLOAD, LEGACY, SCALEPAD, ApiRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADER_NAMES = "simulator.header_names"
"""Key of the WSGI environment under which the server gives the headers' names as they were spelled."""
_API, _TOKEN_PATH = "/halo/api", "/halo/auth/token"  # noqa: S105
_QUOTER = {
    "/scalepad/quoter/v1/": SCALEPAD,
    "/legacy/v1/": LEGACY,
    "/quoter/quote/download/": DOWNLOAD,
}
_SIGN_IN = "/auth/oauth/authorize"
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


class Web:
    """A WSGI application."""

    def __init__(self, halo: Halo, quoter: Quoter, *, reset: Callable[[], None], save: Callable[[], None]) -> None:
        self.halo = halo
        self.quoter = quoter
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
        for prefix, name in _QUOTER.items():
            if path.startswith(prefix):
                return self._quoter(request, name, path[len(prefix) - 1 :])
        if path.startswith("/control/"):
            return self._control.respond(request)
        return self._pages.respond(request)

    def _halo(self, request: Request) -> Response:
        record, call = _read(request)
        answer = self.halo.handle(record, call)
        if record.method != "GET":
            self._save()
        if answer.fault and answer.fault.kind in ("drop", "drop-after"):
            record.status = 0
        broken = {"Message": "An error has occurred."}
        return spoiling.send(request, answer, login_path="/halo/auth/login", broken=broken)

    def _quoter(self, request: Request, name: str, path: str) -> Response:
        record, call = _read_call(request, name, path)
        answer = api.handle(self.quoter, record, call)
        return spoiling.send(request, answer, login_path="/quoter/login", broken=api.broken(record))


def _read(request: Request) -> tuple[RecordedRequest, Call]:
    call = Call(f"{request.host_url}halo", request.headers.get("Authorization", ""))
    record = RecordedRequest(request.method, TOKEN, request.args.to_dict())
    if request.path.lower() == _TOKEN_PATH:
        call.form = request.form.to_dict()
        return record, call
    record.path = request.path[len(_API) :]
    if request.method == "POST":
        if not request.is_json:
            call.refusal = Refusal(415, {"Message": "The request entity's media type is not supported."})
        record.body, readable = _read_json(request)
        if not readable:
            call.refusal = call.refusal or Refusal(400, {"": ["The request body is no JSON."]})
    return record, call


def _read_call(request: Request, name: str, path: str) -> tuple[ApiRequest, api.Call]:
    call = api.Call(
        request.host_url.rstrip("/"),
        api_key=_header_as_spelled(request, "x-api-key"),
        authorization=request.headers.get("Authorization", ""),
    )
    record = ApiRequest(name, request.method, path, request.args.to_dict())
    if name == DOWNLOAD:
        record.path = f"/quote/download{path}"
    elif name == LEGACY and request.method == "POST" and path == _SIGN_IN:
        record.path, call.authorization = TOKEN, request.get_data(as_text=True)
    elif request.method in ("POST", "PATCH"):
        record.body, readable = _read_json(request)
        call.unreadable = not readable
    return record, call


def _header_as_spelled(request: Request, name: str) -> str | None:
    """Return a header only if its name was sent in exactly this spelling: Quoter answers X-Api-Key with a 401.

    WSGI cannot tell the spellings apart. This works because the simulator's own server hands the names over.
    """
    return request.headers.get(name) if name in request.environ.get(HEADER_NAMES, (name,)) else None


def _read_json(request: Request) -> tuple[Any, bool]:
    text = request.get_data(as_text=True)
    try:
        return (json.loads(text) if text else None), bool(text)
    except ValueError:
        return text, False
