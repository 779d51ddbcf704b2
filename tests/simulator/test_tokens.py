"""Signing in to the simulated Halo."""

from typing import Any

from integrations.simulator import Simulator
from tests.simulator.conftest import Caller


def test_discovery_names_sign_in_and_tenant(api: Caller, sim: Simulator) -> None:
    answer = api.send("GET", "/halo/api/authinfo")
    assert answer.json() == {"auth_url": f"{sim.halo_url}/auth", "tenant_id": "simulator"}
    assert answer.headers["content-type"].startswith("application/json")
    assert "date" in answer.headers
    sim.halo.quirks.add("no-tenant")
    assert api.send("GET", "/halo/api/authinfo").json()["tenant_id"] == ""


def test_client_credentials(api: Caller, sim: Simulator) -> None:
    token = api.sign_in().json()
    assert (token["token_type"], token["expires_in"], token["refresh_token"]) == ("Bearer", 3600, None)
    refused = api.sign_in(client_secret="wrong")
    assert (refused.status, refused.json()) == (401, {"error": "invalid_client"})
    assert api.sign_in(client_id="wrong").status == 401
    sim.halo.credentials.client_secret = "other"
    assert api.sign_in(client_secret="other").status == 200


def test_password_grant_needs_no_secret_and_refreshes_once(api: Caller, sim: Simulator) -> None:
    who = {"grant_type": "password", "username": "quoter.api", "password": "not-a-real-password"}
    token = api.sign_in(client_secret="", **who).json()
    again = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert api.sign_in(**again).status == 200
    assert api.sign_in(**again).json()["error"] == "invalid_grant"
    wrong = api.sign_in(**{**who, "password": "no"})
    assert (wrong.status, wrong.json()["error"]) == (400, "invalid_grant")
    sim.halo.quirks.add("password-grant-off")
    assert api.sign_in(**who).json()["error"] == "unauthorized_client"


def test_tenant_may_be_missing_but_not_wrong(api: Caller, sim: Simulator) -> None:
    form = {"grant_type": "client_credentials", "client_id": sim.halo.credentials.client_id}
    form["client_secret"] = sim.halo.credentials.client_secret
    assert api.form("/halo/auth/token", **form).status == 200
    assert api.form("/halo/auth/token?tenant=other", **form).status == 400
    sim.halo.quirks.add("no-tenant")
    assert api.form("/halo/auth/token?tenant=other", **form).status == 200


def test_unknown_grant_is_refused(api: Caller) -> None:
    assert api.sign_in(grant_type="implicit").json() == {"error": "unsupported_grant_type"}


def test_tokens_end(api: Caller, sim: Simulator, clock: Any) -> None:
    assert api.send("GET", "/halo/api/Item").status == 401
    assert api.send("GET", "/halo/api/Item", headers={"Authorization": "Bearer x"}).status == 401
    assert api.get("/Item").status == 200
    clock.now += 3601
    assert api.get("/Item").status == 401
    api._token = ""
    assert api.get("/Item").status == 200
    sim.halo.expire_tokens()
    assert api.get("/Item").status == 401


def test_sign_in_is_recorded_without_its_secrets(api: Caller, sim: Simulator) -> None:
    api.sign_in()
    record = sim.halo.requests[-1]
    assert (record.method, record.path, record.body, record.status) == ("POST", "auth", None, 200)
    assert not sim.halo.writes
