from typing import Any

import pytest

from integrations.errors import (
    CredentialsRejected,
    PortalError,
    RateLimited,
    RemoteBroken,
    SettingsError,
    Unreachable,
)
from integrations.halo.address import HaloAddress
from integrations.halo.auth import Credentials, HaloAuth, Token
from integrations.http import Http
from tests.halo.remote import PASSWORD, PERSON, SECRET, SERVICE, Clock, MemoryStore, halo
from tests.http.server import Answer, Received


def test_sign_in_with_a_client_secret() -> None:
    with halo() as remote:
        token = remote.auth().sign_in()
    assert token == Token(value="token-1", expires_at=remote.clock.now + 3600)
    (got,) = remote.tokens
    assert (got.method, got.query) == ("POST", {"tenant": "acme"})
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert got.form == {
        "grant_type": "client_credentials",
        "client_id": "id-1",
        "client_secret": SECRET,
        "scope": "all",
    }


def test_sign_in_with_a_password_sends_no_client_secret() -> None:
    with halo() as remote:
        remote.auth(PERSON.model_copy(update={"client_secret": SECRET})).sign_in()
    (got,) = remote.tokens
    assert got.query == {}
    assert got.form == {
        "grant_type": "password",
        "client_id": "id-1",
        "username": "api",
        "password": PASSWORD,
        "scope": "all",
    }


@pytest.mark.parametrize(("tenant", "sent"), [("acme", "acme"), ("", "found")])
def test_sign_in_goes_where_discovery_says(tenant: str, sent: str) -> None:
    def info(got: Received) -> dict[str, Any]:
        return {"auth_url": f"http://{got.headers['host']}/login/", "tenant_id": "found"}

    token = {"access_token": "t", "expires_in": 60}
    with halo({"/api/authinfo": info, "/login/token": token}) as remote:
        assert remote.auth(SERVICE.model_copy(update={"tenant": tenant})).sign_in().value == "t"
    assert [got.query for got in remote.asked("/login/token")] == [{"tenant": sent}]


@pytest.mark.parametrize(
    "info",
    [
        *(Answer(status=404), Answer(status=500), Answer(b"<html>"), Answer(status=302), Answer([]), Answer("x")),
        *(Answer({}), Answer({"auth_url": None}), Answer({"auth_url": ""}), Answer(None)),
    ],
)
def test_sign_in_falls_back_when_discovery_says_nothing(info: Answer) -> None:
    with halo({"/api/authinfo": info}) as remote:
        assert remote.auth().sign_in().value == "token-1"


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/auth", "http://127.0.0.1:1/auth", "http://evil.example\\.halopsa.com", "x", {"a": 1}],
)
def test_sign_in_gives_no_credentials_to_a_foreign_address(url: Any) -> None:
    with halo({"/api/authinfo": {"auth_url": url}}) as remote, pytest.raises(SettingsError):
        remote.auth().sign_in()
    assert [got.method for got in remote.server.received] == ["GET"]


def test_sign_in_stops_when_halo_asks_for_fewer_requests() -> None:
    with halo({"/api/authinfo": Answer(status=429)}) as remote, pytest.raises(RateLimited):
        remote.auth().sign_in()
    assert remote.tokens == []


def test_sign_in_is_unreachable_when_halo_is_down() -> None:
    http = Http(allow_private=True)
    auth = HaloAuth(http, HaloAddress(base="http://127.0.0.1:1"), SERVICE, MemoryStore())
    try:
        with pytest.raises(Unreachable):
            auth.sign_in()
    finally:
        http.close()


@pytest.mark.parametrize(
    ("credentials", "answer", "error", "says"),
    [
        (SERVICE, Answer({"error": "invalid_client"}, status=401), CredentialsRejected, "client ID or secret"),
        (SERVICE, Answer(status=400), CredentialsRejected, "client ID or secret"),
        (PERSON, Answer({"error": "invalid_grant"}, status=400), CredentialsRejected, "user name or password"),
        (PERSON, Answer({"error": "invalid_client"}, status=400), CredentialsRejected, "the client ID."),
        (
            PERSON,
            Answer({"error": "invalid_client", "error_description": "Nope"}, status=400),
            CredentialsRejected,
            "the client ID.",
        ),
        (SERVICE, Answer(status=404), SettingsError, "no Halo sign-in"),
        (SERVICE, Answer(status=500), RemoteBroken, "500"),  # a name that does not exist (halo.md 1)
        (SERVICE, Answer(status=204), RemoteBroken, "204"),
    ],
)
def test_sign_in_says_what_to_correct(
    credentials: Credentials, answer: Answer, error: type[PortalError], says: str
) -> None:
    with halo({"/auth/token": answer}) as remote, pytest.raises(error) as caught:
        remote.auth(credentials).sign_in()
    assert says in caught.value.user_message


@pytest.mark.parametrize("credentials", [SERVICE, PERSON])
def test_sign_in_shows_no_secret_that_halo_repeats(credentials: Credentials) -> None:
    def echo(got: Received) -> Answer:
        return Answer({"error_description": f"bad: {got.form} {got.body.decode()}"}, status=401)

    with halo({"/auth/token": echo}) as remote, pytest.raises(CredentialsRejected) as caught:
        remote.auth(credentials).sign_in()
    for secret in (SECRET, PASSWORD, "pa55+w%26rd"):
        assert secret not in caught.value.user_message


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b'"x"', b"null", b"{}"),
        *({"access_token": None}, {"access_token": ""}, {"access_token": 5}, {"access_token": "a\nb"}),
        *(
            {"access_token": "töken"},
            {"access_token": "a", "expires_in": "soon"},
            {"access_token": "a", "expires_in": -1},
        ),
        *(b'{"access_token": "a", "expires_in": NaN}', b'{"access_token": "a", "expires_in": 1e999}'),
    ],
)
def test_sign_in_takes_no_unusable_token(body: Any) -> None:
    with halo({"/auth/token": Answer(body)}) as remote, pytest.raises(RemoteBroken):
        remote.auth().sign_in()


@pytest.mark.parametrize(
    ("said", "lifetime"), [({}, 3600), ({"expires_in": None}, 3600), ({"expires_in": "900"}, 900)]
)
def test_sign_in_takes_the_lifetime_that_halo_gives(said: dict[str, Any], lifetime: int) -> None:
    with halo({"/auth/token": {"access_token": "a", **said}}) as remote:
        assert remote.auth().sign_in().expires_at == remote.clock.now + lifetime


@pytest.mark.parametrize(
    ("credentials", "missing"),
    [
        (SERVICE, "client_id"),
        (SERVICE, "client_secret"),
        (PERSON, "username"),
        (PERSON, "password"),
    ],
)
def test_sign_in_names_a_missing_setting(credentials: Credentials, missing: str) -> None:
    with halo() as remote, pytest.raises(SettingsError) as caught:
        remote.auth(credentials.model_copy(update={missing: ""})).sign_in()
    assert caught.value.subject == missing
    assert remote.server.received == []


def test_token_is_fetched_once_for_all() -> None:
    with halo() as remote:
        one, two = remote.auth(), remote.auth()
        assert one.token() == two.token() == one.token()
    assert len(remote.tokens) == 1


def test_token_is_fetched_anew_only_in_its_last_minute() -> None:
    with halo() as remote:
        auth = remote.auth()
        first = auth.token()
        remote.clock.now += 3539
        assert auth.token() == first
        remote.clock.now += 1
        assert auth.token() != first
    assert len(remote.tokens) == 2


def test_token_waits_for_the_process_that_is_fetching() -> None:
    with halo() as remote:
        fresh = Token(value="theirs", expires_at=remote.clock.now + 3600)
        remote.store.claimed = True

        def sleep(seconds: float) -> None:
            remote.store.save(fresh)

        auth = HaloAuth(remote.http, remote.address, SERVICE, remote.store, clock=remote.clock, sleep=sleep)
        assert auth.token() == fresh
    assert remote.server.received == []


def test_token_gives_up_waiting_after_a_while() -> None:
    with halo() as remote:
        remote.store.claimed = True
        with pytest.raises(Unreachable) as caught:
            remote.auth().token()
    assert caught.value.retryable
    assert 5 < sum(remote.clock.slept) < 15


def test_token_is_not_fetched_again_when_another_was_just_first() -> None:
    class Late(MemoryStore):
        """The other process saves between this one's look and its claim."""

        def claim(self) -> bool:
            self.token = Token(value="theirs", expires_at=Clock().now + 3600)
            return super().claim()

    with halo() as remote:
        store = Late()
        assert remote.auth(store=store).token().value == "theirs"
    assert remote.server.received == []
    assert not store.claimed


def test_token_gives_the_right_back_when_signing_in_fails() -> None:
    with halo({"/auth/token": Answer(status=401)}) as remote:
        with pytest.raises(CredentialsRejected):
            remote.auth().token()
        assert not remote.store.claimed


def test_reject_forgets_only_the_token_that_failed() -> None:
    with halo(signed_in=True) as remote:
        auth = remote.auth()
        old = auth.token()
        auth.reject(old)
        new = auth.token()
        auth.reject(old)
        assert auth.token() == new


def test_secrets_are_in_no_repr() -> None:
    shown = f"{SERVICE!r} {PERSON} {Token(value='t0ken', expires_at=1)!r} {Token(value='t0ken', expires_at=1)}"
    for secret in (SECRET, PASSWORD, "t0ken"):
        assert secret not in shown
