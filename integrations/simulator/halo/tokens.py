"""Halo's sign-in: who gets a token, and which tokens are still good."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.simulator.halo.refusals import Refusal


@dataclass
class Credentials:
    """The one API application and its agent. Fixed, well-known values: there is nothing to protect."""

    client_id: str = "00000000-0000-4000-8000-000000000001"
    client_secret: str = "00000000-0000-4000-8000-000000000002-00000000-0000-4000-8000-000000000003"  # noqa: S105
    username: str = "quoter.api"
    password: str = "not-a-real-password"  # noqa: S105
    tenant: str = "simulator"


class Tokens:
    """Hands out tokens and knows the good ones; lifetimes in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget every token and go back to the usual credentials."""
        self.credentials = Credentials()
        self.lifetime_s = 3600
        self._good: dict[str, float] = {}
        self._refresh: set[str] = set()

    def expire(self) -> None:
        """Make every token that was given out worthless."""
        self._good.clear()

    def accepts(self, authorization: str) -> bool:
        """Say whether an Authorization header holds a good token."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._good.get(token.strip(), 0) > self.clock()

    def grant(self, form: dict[str, str], query: dict[str, str], quirks: set[str]) -> dict[str, Any]:
        """Answer a token request. Raises Refusal with OAuth's error codes."""
        tenant = query.get("tenant") or form.get("tenant") or ""
        if tenant and "no-tenant" not in quirks and tenant != self.credentials.tenant:
            raise Refusal(400, {"error": "invalid_request", "error_description": f"Unknown tenant {tenant}."})
        if form.get("client_id") != self.credentials.client_id:
            raise Refusal(401, {"error": "invalid_client"})
        kind = form.get("grant_type", "")
        if kind == "client_credentials":
            if not secrets.compare_digest(
                form.get("client_secret", "").encode(), self.credentials.client_secret.encode()
            ):
                raise Refusal(401, {"error": "invalid_client"})
            return self._issue(refreshable=False)
        if kind == "password":
            self._check_password(form, quirks)
            return self._issue(refreshable=True)
        if kind == "refresh_token":
            if form.get("refresh_token") not in self._refresh:
                raise Refusal(400, {"error": "invalid_grant"})
            self._refresh.discard(form["refresh_token"])  # each is good once
            return self._issue(refreshable=True)
        raise Refusal(400, {"error": "unsupported_grant_type"})

    def _check_password(self, form: dict[str, str], quirks: set[str]) -> None:
        if "password-grant-off" in quirks:
            raise Refusal(400, {"error": "unauthorized_client"})
        given = (form.get("username"), form.get("password"))
        if given != (self.credentials.username, self.credentials.password):
            text = "The user name or password is incorrect."
            raise Refusal(400, {"error": "invalid_grant", "error_description": text})

    def _issue(self, *, refreshable: bool) -> dict[str, Any]:
        token = secrets.token_urlsafe(24)
        self._good[token] = self.clock() + self.lifetime_s
        refresh = secrets.token_urlsafe(24) if refreshable else None
        if refresh:
            self._refresh.add(refresh)
        return {
            "scope": "all offline_access" if refreshable else "all",
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": self.lifetime_s,
            "refresh_token": refresh,
            "id_token": None,
        }
