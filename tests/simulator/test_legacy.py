"""Quoter's legacy API."""

from typing import Any

import pytest

from integrations.simulator import Fault, Simulator
from tests.simulator.conftest import Answer, Caller


def key(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["errors"][0]["key"]


def test_sign_in_and_the_end_of_a_token(api: Caller, sim: Simulator, clock: Any) -> None:
    token = api.legacy_sign_in().json()
    assert token["access_token"]
    assert token["refresh_token"]
    assert api.legacy_sign_in(client_secret="wrong").status == 401
    assert api.legacy_sign_in(grant_type="password").status == 400
    assert api.send("POST", "/legacy/v1/auth/oauth/authorize", b"x").status == 400
    assert api.legacy("GET", "/quotes").status == 200
    clock.now += 3_600
    assert key(api.legacy("GET", "/quotes")) == (401, "ERR_AUTHORIZATION_TOKEN_INVALID")
    assert all(record.body is None for record in sim.quoter.requests)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ({}, "ERR_AUTHORIZATION_ACCESS_TOKEN_REQUIRED"),
        ({"Authorization": "Basic x"}, "ERR_AUTHORIZATION_BEARER_REQUIRED"),
        ({"Authorization": "Bearer x"}, "ERR_AUTHORIZATION_TOKEN_INVALID"),
    ],
)
def test_without_a_good_token(api: Caller, header: dict[str, str], wanted: str) -> None:
    assert key(api.send("GET", "/legacy/v1/quotes", headers=header)) == (401, wanted)


def test_list_of_quotes(api: Caller, sim: Simulator, clock: Any) -> None:
    sim.quoter.create_quote(
        "Old", lines=[{"name": "Cable", "unit_price": 1200, "unit_cost": 200, "discount": 100}]
    )
    clock.now += 60
    sim.quoter.accept(sim.quoter.publish(sim.quoter.create_quote("New", internal_notes="[Halo #1]").id).id)
    rows = api.legacy("GET", "/quotes").json()["data"]
    assert [(row["number"], row["draft"], row["status"]) for row in rows] == [
        ("0", True, "pending"),
        ("2", False, "accepted"),
    ]
    assert (rows[0]["one_time_margin"], rows[0]["one_time_total"]) == ("900.00", "1100.00")
    assert (rows[1]["internal_notes"], rows[1]["won_at"]) == ("[Halo #1]", "2025-08-16T01:06:43Z")
    assert "line_items" not in rows[0]
    since = {"modified_at[gt]": "2025-08-16T01:06:00.000Z"}
    assert [row["name"] for row in api.legacy("GET", "/quotes", **since).json()["data"]] == ["New"]
    assert [row["name"] for row in api.legacy("GET", "/quotes", **{"name[cont]": "ol"}).json()["data"]] == ["Old"]
    assert api.legacy("GET", "/quotes", status="accepted").json()["total_count"] == 1
    assert api.legacy("GET", "/quotes", number="2", anything="x").json()["total_count"] == 2
    assert api.legacy("GET", "/quotes", fields="name", sort_by="-name").json()["data"] == [
        {"name": "Old"},
        {"name": "New"},
    ]


def test_pages(api: Caller, sim: Simulator) -> None:
    assert api.legacy("GET", "/quotes").json() == {"data": [], "has_more": False, "total_count": 0}
    for number in range(103):
        sim.quoter.create_quote(f"Q{number:03d}")
    first = api.legacy("GET", "/quotes", limit=500).json()
    assert (len(first["data"]), first["has_more"], first["total_count"]) == (100, True, 103)
    second = api.legacy("GET", "/quotes", page=2).json()
    assert (len(second["data"]), second["has_more"]) == (3, False)
    beyond = api.legacy("GET", "/quotes", page=3)
    assert beyond.status == 400
    assert beyond.json()["errors"][0]["title"] == "Pagination page requested too high"


def test_draft_answers_with_id_and_address_only(api: Caller, sim: Simulator) -> None:
    contact = sim.quoter.add_contact()
    template = api.legacy("GET", "/quote_templates").json()["data"][0]["id"]
    body = {"contact_id": contact.public_id, "template_id": template, "currency_abbr": "GBP", "number": "77"}
    answer = api.legacy("POST", "/quotes", body)
    made = answer.json()
    assert set(made) == {"id", "url"}
    assert made["url"] == f"{sim.quoter_url}/admin/quotes/draft_by_public_id/{made['id']}"
    assert api.send("GET", made["url"].removeprefix(sim.url)).status == 302
    quote = next(iter(sim.quoter.quotes.values()))
    assert (quote.is_draft, quote.currency, quote.contact.id) == (True, "GBP", contact.id)
    assert api.legacy("POST", "/quotes", {**body, "contact_id": "cont_x"}).status == 404
    assert api.legacy("POST", "/quotes", {**body, "template_id": None}).status == 404


def test_contacts(api: Caller, sim: Simulator) -> None:
    body = {
        "first_name": "Kim",
        "last_name": "Example",
        "email": "kim@example.com",
        "billing_city": "Town",
        "billing_country_iso": "US",
        "colour": "red",
    }
    made = api.legacy("POST", "/contacts", body).json()
    assert made["id"].startswith("cont_")
    assert (made["billing_city"], made["billing_country_iso"], made["organization"]) == ("Town", "US", None)
    changed = api.legacy("PATCH", f"/contacts/{made['id']}", {"billing_city": "City", "work_phone": "1"}).json()
    assert (changed["billing_city"], changed["billing_country_iso"], changed["work_phone"]) == ("City", "US", "1")
    assert api.legacy("GET", f"/contacts/{made['id']}").json() == changed
    assert api.legacy("GET", "/contacts", email="kim@example.com").json()["total_count"] == 1
    assert len(api.legacy("POST", "/contacts", {}).json()["errors"]) == 4
    assert api.legacy("PATCH", f"/contacts/{made['id']}", {"email": ""}).status == 400
    assert api.legacy("PATCH", "/contacts/cont_x", {}).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/quotes/x"), ("GET", "/quotes/x"), ("GET", "/nothing"), ("DELETE", "/contacts/x")],
)
def test_what_is_not_offered_is_forbidden(api: Caller, method: str, path: str) -> None:
    answer = api.legacy(method, path, {})
    assert key(answer) == (403, "ERR_PERMISSION_DENIED")
    assert answer.json()["errors"][0]["title"] == "User does not have permission for this action"


def test_rate_limit_and_faults(api: Caller, sim: Simulator) -> None:
    api.legacy("GET", "/quotes")
    sim.quoter.legacy_rate_limit = 2
    assert [api.legacy("GET", "/quotes").status for _ in range(3)] == [200, 200, 429]
    sim.quoter.legacy_rate_limit = None
    sim.quoter.fail(Fault("401", path="auth"))
    assert api.legacy("GET", "/quotes").status == 200
    assert api.legacy_sign_in().status == 401
    sim.quoter.expire_tokens()
    assert api.legacy("GET", "/quotes").status == 401
