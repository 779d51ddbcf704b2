"""The simulator as the portal meets it: over HTTP, and nothing else of it is touched."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from integrations.simulator import Simulator


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Clock:
    """A time that only moves when a test moves it."""

    def __init__(self) -> None:
        self.now = 1_755_306_343.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Caller:
    """A bare HTTP client with a token, for Halo's API and the pages."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self._token = ""
        self._legacy_token = ""

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        parts = urlsplit(self.sim.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def form(self, path: str, **fields: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urlencode(fields).encode(), kind)

    def json(self, path: str, body: Any) -> Answer:
        return self.send("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def sign_in(self, **changes: str) -> Answer:
        credentials = self.sim.halo.credentials
        fields = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "scope": "all",
            **changes,
        }
        return self.form(f"/halo/auth/token?tenant={credentials.tenant}", **fields)

    def token(self) -> str:
        if not self._token:
            self._token = self.sign_in().json()["access_token"]
        return self._token

    def get(self, path: str, **query: Any) -> Answer:
        target = f"/halo/api{path}" + (f"?{urlencode(query)}" if query else "")
        return self.send("GET", target, headers={"Authorization": f"Bearer {self.token()}"})

    def post(self, path: str, body: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        return self.send("POST", f"/halo/api{path}", json.dumps(body).encode(), headers)

    def scalepad(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **query: Any
    ) -> Answer:
        """Call Quoter's ScalePad API; a name such as `filter[name]` is passed as `**{"filter[name]": …}`."""
        headers = {"x-api-key": self.sim.quoter.api_key if key is None else key}
        return self._call(method, f"/scalepad/quoter/v1{path}", body, query, headers)

    def legacy(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """Call Quoter's legacy API, signing in first."""
        if not self._legacy_token:
            self._legacy_token = self.legacy_sign_in().json()["access_token"]
        headers = {"Authorization": f"Bearer {self._legacy_token}"}
        return self._call(method, f"/legacy/v1{path}", body, query, headers)

    def legacy_sign_in(self, **changes: str) -> Answer:
        quoter = self.sim.quoter
        keys = {"client_id": quoter.legacy_client_id, "client_secret": quoter.legacy_client_secret}
        return self.json(
            "/legacy/v1/auth/oauth/authorize", {**keys, "grant_type": "client_credentials", **changes}
        )

    def _call(self, method: str, path: str, body: Any, query: dict[str, Any], headers: dict[str, str]) -> Answer:
        target = path + (f"?{urlencode(query)}" if query else "")
        if body is None:
            return self.send(method, target, headers=headers)
        headers["Content-Type"] = "application/json"
        return self.send(method, target, json.dumps(body).encode(), headers)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> Iterator[Simulator]:
    with Simulator(clock=clock, sleep=clock.sleep) as simulator:
        yield simulator


@pytest.fixture
def api(sim: Simulator) -> Caller:
    return Caller(sim)


@pytest.fixture
def quote(sim: Simulator) -> dict[str, Any]:
    """A quote that Halo would take, with all that it names."""
    user = sim.halo.add_user()
    opportunity = sim.halo.add_opportunity(user["id"])
    cable = sim.halo.add_item("Patch Cable", "CBL-1", baseprice=25.0)
    care = sim.halo.add_item("Managed Care", "CARE", baseprice=89.0, isrecurringitem=True)
    return {
        "ticket_id": opportunity["id"],
        "user_id": user["id"],
        "title": "Network",
        "third_party_number": "7",
        "lines": [
            {"item_id": cable["id"], "name": "Cable", "quantity": 3, "price": 24.125, "costprice": 10},
            {"item_id": care["id"], "quantity": 2, "price": 80, "billingperiod": 2, "quoter_id": "50000002"},
        ],
    }
