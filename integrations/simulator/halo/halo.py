"""A Halo: its rows, and how it answers."""

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.simulator.answers import Answer
from integrations.simulator.faults import BEFORE, TOKEN, Fault, take
from integrations.simulator.halo import fields, filling, goods, reading, saving, selling
from integrations.simulator.halo.checking import Element, read_elements
from integrations.simulator.halo.refusals import Refusal
from integrations.simulator.halo.requests import RecordedRequest
from integrations.simulator.halo.rows import Journal
from integrations.simulator.halo.showing import show
from integrations.simulator.halo.tables import SAVED, Row, Table, Tables
from integrations.simulator.halo.tokens import Credentials, Tokens

RATE_LIMIT_TEXT = "Rate Limit Reached - 300 Requests per rolling 5 minute window"
_WINDOW_S = 300
_KEPT_REQUESTS = 20_000

Saver = Callable[[Tables, Element, str], Row]
_SAVERS: dict[str, tuple[str, dict[str, str], dict[str, str], Saver]] = {
    "client": ("clients", fields.CLIENT, {}, saving.save_client),
    "site": ("sites", fields.SITE, {}, saving.save_site),
    "users": ("users", fields.USER, {}, saving.save_user),
    "opportunities": ("opportunities", fields.OPPORTUNITY, {}, saving.save_opportunity),
    "tickets": ("opportunities", fields.OPPORTUNITY, {}, saving.save_opportunity),
    "item": ("items", fields.ITEM, {}, goods.save_item),
    "assetgroup": ("groups", fields.GROUP, {}, goods.save_group),
    "attachment": ("attachments", fields.ATTACHMENT, {}, goods.save_attachment),
    "supplier": ("suppliers", fields.SUPPLIER, {}, goods.save_supplier),
    "actions": ("actions", fields.ACTION, {}, goods.save_action),
    "quotation": ("quotes", fields.QUOTE, fields.QUOTE_LINE, selling.save_quote),
    "quotation/approval": ("quotes", fields.APPROVAL, {}, selling.approve_quote),
    "salesorder": ("salesorders", fields.ORDER, fields.ORDER_LINE, selling.save_order),
}


@dataclass
class Call:
    """What of a call is not kept in its record: the secrets, and a body that cannot be read."""

    base_url: str
    authorization: str = ""
    form: dict[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None


class Halo(Tables):
    """The state of one Halo tenant and its behaviour; thread-safe where it is called over HTTP."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self.tokens = Tokens(clock)
        self.sleep = sleep
        self.lock = threading.RLock()
        super().__init__(clock)

    def clear(self) -> None:
        """Go back to a new tenant; faults, quirks and the request log are gone as well."""
        super().clear()
        self.tokens.clear()
        self.faults: list[Fault] = []
        self.permissions: set[tuple[str, str]] = set()
        """Denied calls: method (or *) and the beginning of the path."""
        self.requests: list[RecordedRequest] = []
        self.rate_limit: int | None = None
        self._window: list[float] = []
        self.lag_s: float = 0
        self.on_request: Callable[[RecordedRequest], None] | None = None

    @property
    def credentials(self) -> Credentials:
        """The credentials that are accepted; assign to its fields to change them."""
        return self.tokens.credentials

    @property
    def token_lifetime_s(self) -> int:
        """How long a new token is good."""
        return self.tokens.lifetime_s

    @token_lifetime_s.setter
    def token_lifetime_s(self, seconds: int) -> None:
        self.tokens.lifetime_s = seconds

    @property
    def writes(self) -> list[RecordedRequest]:
        """The recorded requests that asked for a change of an entity."""
        return [request for request in self.requests if request.is_write]

    def expire_tokens(self) -> None:
        """Make every token that was given out worthless."""
        self.tokens.expire()

    def fail(self, fault: Fault) -> None:
        """Let the next matching calls go wrong."""
        with self.lock:
            self.faults.append(fault)

    def handle(self, request: RecordedRequest, call: Call) -> Answer:
        """Answer one call; its record is kept in `requests`."""
        request.at = self._clock()
        with self.lock:
            self.requests.append(request)
            del self.requests[:-_KEPT_REQUESTS]
        # Outside the lock: a test may call this Halo from inside the hook.
        if self.on_request is not None:
            self.on_request(request)
        if self.lag_s:
            self.sleep(self.lag_s)
        with self.lock:
            self.catch_up()
            fault = take(self.faults, request.method, request.path)
            request.fault = fault.kind if fault else ""
            answer = self._spoilt(request, fault) if fault and fault.kind in BEFORE else None
            if answer is None:
                answer = self._answer(request, call)
                answer.fault = fault
        if fault and fault.kind == "hang":
            self.sleep(fault.seconds)
        request.status = 500 if fault and fault.kind == "500-after" else answer.status
        return answer

    def _spoilt(self, request: RecordedRequest, fault: Fault) -> Answer:
        said = {"401": {"error": "invalid_client"} if request.path == TOKEN else None, "429": RATE_LIMIT_TEXT}
        said |= {"500": {"Message": "An error has occurred."}}
        status = int(fault.kind) if fault.kind.isdigit() else {"html": 200, "redirect": 302}.get(fault.kind, 0)
        body = fault.body if fault.body is not None else said.get(fault.kind)
        return Answer(status, body, fault=fault)

    def _answer(self, request: RecordedRequest, call: Call) -> Answer:
        try:
            if request.path == TOKEN:
                return Answer(200, self.tokens.grant(call.form, request.query, self.quirks))
            if request.path.lower() == "/authinfo":
                tenant = "" if "no-tenant" in self.quirks else self.credentials.tenant
                return Answer(200, {"auth_url": f"{call.base_url}/auth", "tenant_id": tenant})
            self._admit(request, call.authorization)
            if call.refusal is not None:
                raise call.refusal
            return self._route(request)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body)

    def _admit(self, request: RecordedRequest, authorization: str) -> None:
        """Let a call in: a good token, within the rate, and allowed."""
        if not self.tokens.accepts(authorization):
            raise Refusal(401)
        if self.rate_limit is not None:
            now = self._clock()
            self._window = [at for at in self._window if at > now - _WINDOW_S]
            if len(self._window) >= self.rate_limit:
                raise Refusal(429, RATE_LIMIT_TEXT)
            self._window.append(now)
        for method, path in self.permissions:
            if method in ("*", request.method) and request.path.lower().startswith(path.lower()):
                raise Refusal(403)

    def _route(self, request: RecordedRequest) -> Answer:
        kind, _, rest = request.path.strip("/").lower().partition("/")
        if request.method == "POST":
            return self._save(f"{kind}/{rest}" if rest else kind, request.body)
        if request.method != "GET":
            raise Refusal(405, {"Message": f"The requested resource does not support {request.method}."})
        if kind == "agent" and rest:
            return Answer(200, reading.read_agent(self, rest))
        if kind == "tickettype" and rest:
            return Answer(200, reading.read_ticket_type(self, rest, request.query))
        if kind in reading.LISTS:
            if rest:
                return Answer(200, reading.read_one(self, kind, rest, request.query))
            return Answer(200, reading.read_list(self, kind, request.query))
        return Answer(200, reading.read_settings(self, kind, request.query))

    def _save(self, kind: str, body: Any) -> Answer:
        """Save the posted elements, all of them or none."""
        if kind not in _SAVERS:
            raise Refusal(403 if kind == "report" else 404, {"Message": f"No resource matches {kind}."})
        entity, names, lines, save = _SAVERS[kind]
        elements = read_elements(copy.deepcopy(body), names, lines=lines)
        created = all(not element.get("id") for element in elements)
        self.journal = Journal()
        try:
            rows = [save(self, element, f"[{number}]") for number, element in enumerate(elements)]
        except Refusal:
            # Ids that were taken stay taken, as in SQL Server.
            self.journal.undo()
            raise
        finally:
            self.journal = None
        shown = [show(self, entity, row) for row in rows]
        return Answer(201 if created and rows else 200, shown[0] if len(shown) == 1 else shown)

    def save_directly(self, kind: str, element: Row) -> Row:
        """Save one element as a POST would, for another system than the portal: it is on no record of requests."""
        with self.lock:
            saved: Row = self._save(kind, [element]).body
        return saved

    def catch_up(self) -> None:
        """Let Halo's own automation do what is due; every request and page does so first."""
        with self.lock:
            selling.sell_due(self)

    def fill_users(self, count: int, *, client_id: int | None = None) -> list[int]:
        """Add many users quickly, a thousand to a client (or all to one); returns their ids."""
        with self.lock:
            return filling.fill_users(self, count, client_id=client_id)

    def fill_items(self, count: int, *, assetgroup_id: int | None = None) -> list[int]:
        """Add many products quickly; returns their ids."""
        with self.lock:
            return filling.fill_items(self, count, assetgroup_id=assetgroup_id)

    def count_rows(self) -> dict[str, int]:
        """Return how many rows each entity has."""
        with self.lock:
            return {name: len(getattr(self, name)) for name in SAVED}

    def kept(self) -> dict[str, Any]:
        """Return all rows themselves, for writing them down while the lock is held."""
        return {name: getattr(self, name) for name in (*SAVED, "counters")}

    def dump(self) -> dict[str, Any]:
        """Return a copy of all rows, for keeping."""
        with self.lock:
            return copy.deepcopy(self.kept())

    def load(self, state: dict[str, Any]) -> None:
        """Take over rows that `dump` returned and JSON kept."""
        with self.lock:
            self.counters.update(state["counters"])
            for name in SAVED:
                table: Table = getattr(self, name)
                table.clear()
                table.update({int(key): row for key, row in state.get(name, {}).items()})
