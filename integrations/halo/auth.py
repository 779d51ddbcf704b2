"""Signing in to Halo: both grants, discovery with a fallback, one token shared by all processes.

Source: halo.md 1. `expires_in` is used as returned, minus a margin.
"""

import re
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

from pydantic import ValidationError

from integrations.domain.record import Record
from integrations.errors import (
    CredentialsRejected,
    PortalError,
    RateLimited,
    RemoteBroken,
    RemoteError,
    SettingsError,
    Unreachable,
)
from integrations.halo.address import HaloAddress
from integrations.halo.faults import read_message
from integrations.http import Http, Request, Response
from integrations.redact import Redactor

MARGIN_S = 60
_TOKEN = re.compile(r"[\x21-\x7e]+")
_LONGEST_S = 400 * 86_400
_POLL_S = 0.2
_POLL_LIMIT_S = 10


class Credentials(Record):
    """How the portal signs in; `grant` is the application's authentication method in Halo."""

    grant: Literal["password", "client_credentials"]
    client_id: str
    client_secret: str = ""
    username: str = ""
    password: str = ""
    tenant: str = ""

    def form(self) -> dict[str, str]:
        """Return the token request's form. Raises SettingsError where a field is missing."""
        fields = {"grant_type": self.grant, "client_id": self.client_id, "scope": "all"}
        if self.grant == "password":
            # No client_secret with this grant (halo.md 1, TINES).
            fields |= {"username": self.username, "password": self.password}
        else:
            fields |= {"client_secret": self.client_secret}
        for name, value in fields.items():
            if not value:
                raise SettingsError(f"The Halo {name.replace('_', ' ')} is missing.", subject=name)
        return fields

    def __repr__(self) -> str:
        return f"Credentials(grant={self.grant!r})"

    __str__ = __repr__


class Token(Record):
    """An access token and when it ends, in seconds since 1970."""

    value: str
    expires_at: float

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at})"

    __str__ = __repr__


class TokenStore(Protocol):
    """Where all processes keep the one token."""

    def read(self) -> Token | None:
        """Return the stored token, whether still good or not."""

    def claim(self) -> bool:
        """Take the right to fetch a new one, for a short while; False where another process has it."""

    def save(self, token: Token) -> None:
        """Store a new token and give the right back."""

    def release(self) -> None:
        """Give the right back without a token."""

    def drop(self, token: Token) -> None:
        """Forget this token, unless it has been replaced already."""


class HaloAuth:
    """Hands out a good token; of many processes that need a new one, one fetches it."""

    def __init__(
        self,
        http: Http,
        address: HaloAddress,
        credentials: Credentials,
        store: TokenStore,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._address = address
        self._credentials = credentials
        self._store = store
        self._clock = clock
        self._sleep = sleep

    def token(self) -> Token:
        """Return a token that is good for at least a minute."""
        waited = 0.0
        while True:
            token = self._store.read()
            if token is not None and token.expires_at - self._clock() > MARGIN_S:
                return token
            if self._store.claim():
                # It may have been fetched between the two looks: whoever was first has given the right back.
                fresh = self._store.read()
                if fresh is not None and fresh.expires_at - self._clock() > MARGIN_S:
                    self._store.release()
                    return fresh
                return self._fetch()
            if waited >= _POLL_LIMIT_S:
                raise Unreachable("Another process is still signing in to Halo.", subject="token", wait=5)
            self._sleep(_POLL_S)
            waited += _POLL_S

    def reject(self, token: Token) -> None:
        """Tell that Halo no longer accepts this token, so that it is fetched anew once."""
        self._store.drop(token)

    def _fetch(self) -> Token:
        try:
            token = self.sign_in()
        except PortalError:
            self._store.release()
            raise
        self._store.save(token)
        return token

    def sign_in(self) -> Token:
        """Ask Halo for a new token, past the store."""
        form = self._credentials.form()
        url, discovered_tenant = self._discover()
        tenant = self._credentials.tenant or discovered_tenant
        request = Request("POST", url, params={"tenant": tenant} if tenant else {}, form=form)
        response = self._http.send(request, free=True)
        if response.status != 200:
            raise self._explain(response)
        body: Any = response.json()
        try:
            lifetime = float(body.get("expires_in") or 3600)
            # It becomes a header: a line break in it would also show it in the error of the HTTP library.
            if not _TOKEN.fullmatch(body["access_token"]) or not 0 < lifetime < _LONGEST_S:
                raise ValueError("unusable token")
            return Token(value=body["access_token"], expires_at=self._clock() + lifetime)
        except (AttributeError, KeyError, TypeError, ValueError, ValidationError) as exc:
            raise RemoteBroken("Halo's sign-in answered without a token.", subject="token") from exc

    def _discover(self) -> tuple[str, str]:
        """Return the token address and tenant; discovery that fails is no reason to stop."""
        try:
            response = self._http.send(Request("GET", f"{self._address.api}/authinfo"), free=True)
            info = response.json() if response.status == 200 else {}
        except RemoteError as exc:
            if isinstance(exc, Unreachable | RateLimited):
                raise
            info = {}
        auth_url = str(info.get("auth_url") or "").rstrip("/") if isinstance(info, dict) else ""
        tenant = str(info.get("tenant_id") or "") if isinstance(info, dict) else ""
        if not auth_url:
            return self._address.token_fallback, tenant
        if not self._address.trusts(auth_url):
            raise SettingsError(
                f"Halo at {self._address.base} sends sign-ins to {auth_url}, which is not its own address.",
                hint="Enter the instance's own address as the Halo domain.",
                subject="auth_url",
            )
        return f"{auth_url}/token", tenant

    def _explain(self, response: Response) -> PortalError:
        secrets = (self._credentials.client_secret, self._credentials.password)
        said = Redactor(secrets).text(read_message(response))
        if response.status in (400, 401, 403):
            which = "client ID or secret"
            if self._credentials.grant == "password":
                # The description of an error hides its code, so the code is looked for in the whole answer.
                which = "client ID" if b"invalid_client" in response.body else "user name or password"
            return CredentialsRejected(f"Halo does not accept the {which}. Halo said: “{said}”", subject="sign-in")
        if response.status == 404:
            return SettingsError("There is no Halo sign-in at this domain.", subject="domain")
        return RemoteBroken(f"Halo's sign-in answered {response.status}.", subject="sign-in")
