"""Where the calls of both APIs and of the PDF download come in: the record, the fault, the answer."""

import math
from dataclasses import dataclass

from integrations.simulator.answers import Answer
from integrations.simulator.faults import BEFORE, TOKEN, Fault, take
from integrations.simulator.quoter.api import legacy, pdf, scalepad
from integrations.simulator.quoter.api.refusals import Problem, Refusal, show_problems
from integrations.simulator.quoter.quoter import Quoter
from integrations.simulator.quoter.requests import DOWNLOAD, LEGACY, SCALEPAD, ApiRequest

PREFIXES = {SCALEPAD: "/scalepad/quoter/v1", LEGACY: "/legacy/v1", DOWNLOAD: ""}
_CODE_NAMES = {SCALEPAD: "code", LEGACY: "key"}
# Seconds of each API's window.
_WINDOWS = {SCALEPAD: 5.0, LEGACY: 1.0}
_KEPT_REQUESTS = 5_000
_SAID = {
    "400": Problem("ERR_REQUEST_FORMAT_INVALID", "Request format is invalid"),
    "401": Problem("UNAUTHORIZED", "Invalid API credentials"),
    "403": Problem("ERR_PERMISSION_DENIED", "User does not have permission for this action"),
    "404": Problem("ERR_NOT_FOUND", "Record not found"),
    "429": Problem("TOO_MANY_REQUESTS", "Too many requests"),
    "500": Problem("ERR_INTERNAL", "An error has occurred"),
}


@dataclass
class Call:
    """What of a call is not kept in its record: the secrets, the address it came to, a body that is no JSON."""

    base_url: str
    api_key: str | None = None
    authorization: str = ""
    unreadable: bool = False


def handle(quoter: Quoter, request: ApiRequest, call: Call) -> Answer:
    """Answer one call; its record is kept in `requests`. Nothing is locked while a webhook is under way."""
    request.at = quoter.now()
    with quoter.lock:
        quoter.requests.append(request)
        del quoter.requests[:-_KEPT_REQUESTS]
    if quoter.on_request is not None:
        quoter.on_request(request)
    fault = _fault(quoter, request)
    if fault and fault.kind in BEFORE:
        answer = _spoilt(request, fault)
    else:
        answer = _answer(quoter, request, call)
        answer.fault = fault
    if fault and fault.kind == "hang":
        quoter.sleep(fault.seconds)
    unanswered = bool(fault and fault.kind in ("drop", "drop-after"))
    request.status = 0 if unanswered else 500 if fault and fault.kind == "500-after" else answer.status
    return answer


def broken(request: ApiRequest) -> object:
    """Return what a server error says."""
    return show_problems((_SAID["500"],), name=_CODE_NAMES.get(request.api, "code"))


def _fault(quoter: Quoter, request: ApiRequest) -> Fault | None:
    """A fault's path may stand with or without the prefix of the API; without it, either API is meant."""
    with quoter.lock:
        full = request.path if request.path == TOKEN else PREFIXES[request.api] + request.path
        fault = take(quoter.faults, request.method, request.path, full)
    request.fault = fault.kind if fault else ""
    return fault


def _spoilt(request: ApiRequest, fault: Fault) -> Answer:
    status = int(fault.kind) if fault.kind.isdigit() else {"html": 200, "redirect": 302}.get(fault.kind, 0)
    said = _SAID.get(fault.kind)
    body = fault.body
    if body is None and said is not None:
        body = show_problems((said,), name=_CODE_NAMES.get(request.api, "code"))
    return Answer(status, body, fault=fault)


def _answer(quoter: Quoter, request: ApiRequest, call: Call) -> Answer:
    try:
        if request.api == DOWNLOAD:
            return pdf.download(quoter, request)
        if request.path == TOKEN:
            return legacy.sign_in(quoter, call.authorization)
        admit = scalepad.admit if request.api == SCALEPAD else legacy.admit
        admit(quoter, call.api_key if request.api == SCALEPAD else call.authorization)
        _keep_rate(quoter, request.api)
        if request.api == SCALEPAD:
            return scalepad.route(quoter, request, unreadable=call.unreadable)
        return legacy.route(quoter, request, base_url=call.base_url, unreadable=call.unreadable)
    except Refusal as refusal:
        body = show_problems(refusal.problems, name=_CODE_NAMES.get(request.api, "code"))
        return Answer(refusal.status, body, headers=refusal.headers)


def _keep_rate(quoter: Quoter, api: str) -> None:
    limit = quoter.rate_limit if api == SCALEPAD else quoter.legacy_rate_limit
    if limit is None:
        return
    now, span = quoter.now(), _WINDOWS[api]
    with quoter.lock:
        recent = [at for at in quoter.windows.get(api, []) if at > now - span]
        quoter.windows[api] = recent
        if len(recent) < limit:
            recent.append(now)
            return
        wait = max(math.ceil(recent[0] + span - now), 1)
    # Retry-After is documented for ScalePad's API only.
    headers = {"Retry-After": str(wait)} if api == SCALEPAD else {}
    raise Refusal(429, _SAID["429"], headers=headers)
