"""An answer as it goes out, or what a fault makes of it."""

import json
import socket

from werkzeug.wrappers import Request, Response

from integrations.simulator.answers import Answer

_LOGIN_PAGE = "<!doctype html><title>Sign in</title><h1>Sign in</h1><p>Your session has expired.</p>"
HTML = "text/html"


def send(request: Request, answer: Answer, *, login_path: str, broken: object) -> Response:
    """Make the response; `broken` is the body of a "500-after", `login_path` where a "redirect" leads."""
    fault = answer.fault
    kind = fault.kind if fault else ""
    if kind in ("drop", "drop-after"):
        return _drop(request)
    if kind in ("html", "html-after"):
        return Response(_LOGIN_PAGE, 200, mimetype=HTML)
    if kind == "redirect":
        target = f"{request.host_url.rstrip('/')}{login_path}"
        return Response(_LOGIN_PAGE, 302, {"Location": target}, mimetype=HTML)
    if kind == "shape":
        return _respond(Answer(200, {"ok": True}))
    if kind == "500-after":
        return _respond(Answer(500, broken))
    response = _respond(answer)
    if kind == "truncated":
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
        response.headers["Content-Length"] = str(len(body))
    if kind == "429" and fault and fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _respond(answer: Answer) -> Response:
    body: bytes | str = "" if answer.body is None else json.dumps(answer.body) if _is_json(answer) else answer.body
    return Response(body, answer.status, answer.headers, content_type=answer.content_type)


def _is_json(answer: Answer) -> bool:
    return not isinstance(answer.body, bytes)


def _drop(request: Request) -> Response:
    """Close the connection, so that the answer finds nobody."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=200)
