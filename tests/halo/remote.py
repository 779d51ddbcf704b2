"""A Halo made of answers: each test says what it answers, and reads what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from integrations.halo.address import HaloAddress
from integrations.halo.auth import Credentials, HaloAuth, Token
from integrations.halo.client import HaloClient
from integrations.http import Http
from tests.http.server import Answer, Received, Server, serve

SECRET, PASSWORD = "0f0f-c1ient-s3cret", "pa55 w&rd"
SERVICE = Credentials(grant="client_credentials", client_id="id-1", client_secret=SECRET, tenant="acme")
PERSON = Credentials(grant="password", client_id="id-1", username="api", password=PASSWORD)


class MemoryStore:
    """A TokenStore for one process."""

    def __init__(self, token: Token | None = None) -> None:
        self.token = token
        self.claimed = False

    def read(self) -> Token | None:
        return self.token

    def claim(self) -> bool:
        if self.claimed:
            return False
        self.claimed = True
        return True

    def save(self, token: Token) -> None:
        self.token = token
        self.claimed = False

    def release(self) -> None:
        self.claimed = False

    def drop(self, token: Token) -> None:
        if self.token == token:
            self.token = None


@dataclass
class Clock:
    """Seconds that pass only when somebody sleeps."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Remote:
    """The running server with a client of it."""

    server: Server
    http: Http
    address: HaloAddress
    store: MemoryStore
    clock: Clock
    client: HaloClient

    def auth(self, credentials: Credentials = SERVICE, store: MemoryStore | None = None) -> HaloAuth:
        """Another process's sign-in, over the same store unless one is given."""
        return HaloAuth(
            self.http, self.address, credentials, store or self.store, clock=self.clock, sleep=self.clock.sleep
        )

    def asked(self, path: str) -> list[Received]:
        """What came in for one path."""
        return [got for got in self.server.received if got.path == path]

    @property
    def tokens(self) -> list[Received]:
        """The sign-ins."""
        return self.asked("/auth/token")


Answers = dict[str, Any]
"""Path → an Answer, a body, or a function of the request that gives one of them."""


@contextmanager
def halo(answers: Answers | None = None, *, signed_in: bool = False) -> Iterator[Remote]:
    """Run a Halo with these answers; sign-in works unless they say otherwise."""
    issued = 0

    def token(got: Received) -> dict[str, Any]:
        nonlocal issued
        issued += 1
        return {"access_token": f"token-{issued}", "expires_in": 3600, "token_type": "Bearer"}

    table: Answers = {"/api/authinfo": Answer(status=404), "/auth/token": token, **(answers or {})}

    def answer(got: Received) -> Answer:
        found = table.get(got.path, Answer("no such path", status=404))
        if isinstance(found, Callable):  # type: ignore[arg-type]
            found = found(got)
        return found if isinstance(found, Answer) else Answer(found)

    clock = Clock()
    with serve(answer) as server:
        http = Http(allow_private=True, clock=clock)
        address = HaloAddress(base=server.url)
        good = Token(value="stored", expires_at=clock.now + 3000)
        store = MemoryStore(good if signed_in else None)
        auth = HaloAuth(http, address, SERVICE, store, clock=clock, sleep=clock.sleep)
        try:
            yield Remote(server, http, address, store, clock, HaloClient(http, address, auth))
        finally:
            http.close()
