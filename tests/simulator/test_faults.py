"""Every kind of failure, as a client sees it, and whether the work was done."""

import http.client
from typing import Any

import pytest

from integrations.simulator import Fault, Simulator
from integrations.simulator.halo import RecordedRequest
from tests.simulator.conftest import Caller


@pytest.fixture
def body(sim: Simulator) -> list[dict[str, Any]]:
    return [{"name": "Laptop", "assetgroup_id": sim.halo.add_group()["id"]}]


@pytest.mark.parametrize("kind", ["400", "401", "403", "404", "429", "500"])
def test_status_without_the_work(api: Caller, sim: Simulator, body: Any, kind: str) -> None:
    sim.halo.fail(Fault(kind, method="POST", path="/Item"))
    assert api.post("/Item", body).status == int(kind)
    assert not sim.halo.items
    assert api.post("/Item", body).status == 201


def test_500_after_the_work(api: Caller, sim: Simulator, body: Any) -> None:
    sim.halo.fail(Fault("500-after"))
    assert api.post("/Item", body).status == 500
    assert len(sim.halo.items) == 1
    assert (sim.halo.writes[0].status, sim.halo.writes[0].fault) == (500, "500-after")


@pytest.mark.parametrize(("kind", "done"), [("drop", 0), ("drop-after", 1)])
def test_connection_closed_without_an_answer(api: Caller, sim: Simulator, body: Any, kind: str, done: int) -> None:
    sim.halo.fail(Fault(kind, path="/Item"))
    with pytest.raises(http.client.RemoteDisconnected):
        api.post("/Item", body)
    assert len(sim.halo.items) == done
    assert sim.halo.writes[0].status == 0


@pytest.mark.parametrize(("kind", "done"), [("html", 0), ("html-after", 1)])
def test_html_instead_of_data(api: Caller, sim: Simulator, body: Any, kind: str, done: int) -> None:
    sim.halo.fail(Fault(kind))
    answer = api.post("/Item", body)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(sim.halo.items) == done


def test_truncated_answer(api: Caller, sim: Simulator, body: Any) -> None:
    sim.halo.fail(Fault("truncated"))
    with pytest.raises(http.client.IncompleteRead):
        api.post("/Item", body)
    assert len(sim.halo.items) == 1


def test_unknown_shape(api: Caller, sim: Simulator, body: Any) -> None:
    sim.halo.fail(Fault("shape"))
    assert api.post("/Item", body).json() == {"ok": True}
    assert len(sim.halo.items) == 1


def test_redirect(api: Caller, sim: Simulator, body: Any) -> None:
    sim.halo.fail(Fault("redirect"))
    answer = api.post("/Item", body)
    assert (answer.status, answer.headers["location"]) == (302, f"{sim.halo_url}/auth/login")
    assert not sim.halo.items


def test_hang_works_first_and_answers_late(api: Caller, sim: Simulator, body: Any, clock: Any) -> None:
    sim.halo.fail(Fault("hang", seconds=30))
    assert api.post("/Item", body).status == 201
    assert clock.slept == [30]


def test_lag_comes_before_every_answer(api: Caller, sim: Simulator, clock: Any) -> None:
    api.token()
    sim.halo.lag_s = 0.5
    api.get("/Item")
    api.get("/Item")
    assert clock.slept == [0.5, 0.5]


def test_retry_after_and_text_of_429(api: Caller, sim: Simulator) -> None:
    sim.halo.fail(Fault("429", retry_after=17))
    answer = api.get("/Item")
    assert answer.headers["retry-after"] == "17"
    assert answer.json() == "Rate Limit Reached - 300 Requests per rolling 5 minute window"
    sim.halo.fail(Fault("429"))
    assert "retry-after" not in api.get("/Item").headers


def test_times_order_and_place(api: Caller, sim: Simulator) -> None:
    sim.halo.fail(Fault("500", path="quotation", times=2))
    sim.halo.fail(Fault("403", method="GET"))
    assert api.get("/Item").status == 403
    assert [api.get("/Quotation").status for _ in range(3)] == [500, 500, 200]
    assert not sim.halo.faults


def test_body_of_a_refusal_can_be_given(api: Caller, sim: Simulator) -> None:
    sim.halo.fail(Fault("400", body="Please populate main contact name"))
    assert api.get("/Item").json() == "Please populate main contact name"


def test_sign_in_fails_only_when_named(api: Caller, sim: Simulator) -> None:
    sim.halo.fail(Fault("500"))
    assert api.sign_in().status == 200
    sim.halo.fail(Fault("401", path="auth"))
    assert api.sign_in().json() == {"error": "invalid_client"}
    sim.halo.fail(Fault("html", path="/authinfo"))
    assert api.send("GET", "/halo/api/authinfo").body.startswith(b"<!doctype")
    assert api.get("/Item").status == 500


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no fault"):
        Fault("explode")


def test_hook_runs_before_the_work_and_may_call_in(api: Caller, sim: Simulator, body: Any) -> None:
    seen: list[tuple[str, int]] = []

    def hook(request: RecordedRequest) -> None:
        sim.halo.on_request = None
        seen.append((request.path, len(sim.halo.items)))
        api.post("/Item", [{**body[0], "name": "From the hook"}])

    api.token()
    sim.halo.on_request = hook
    api.post("/Item", body)
    assert seen == [("/Item", 0)]
    assert [item["name"] for item in sim.halo.items.values()] == ["From the hook", "Laptop"]


def test_body_that_is_no_json(api: Caller) -> None:
    headers = {"Authorization": f"Bearer {api.token()}"}
    assert api.send("POST", "/halo/api/Item", b"name=x", headers).status == 415
    headers["Content-Type"] = "application/json"
    assert api.send("POST", "/halo/api/Item", b"[{", headers).status == 400
    assert api.send("DELETE", "/halo/api/Item/1", None, headers).status == 405


def test_record_keeps_what_was_sent(api: Caller, sim: Simulator, body: Any) -> None:
    api.post("/Item", [{**body[0], "baseprice": 5}])
    record = sim.halo.writes[-1]
    assert record.body == [{**body[0], "baseprice": 5}]
    assert type(record.body[0]["baseprice"]) is int
    assert (record.method, record.path, record.status) == ("POST", "/Item", 201)
    api.get("/Item", search="x")
    assert sim.halo.requests[-1].query == {"search": "x"}


def test_stopped_simulator_refuses_and_keeps_its_state(api: Caller, sim: Simulator, body: Any) -> None:
    api.post("/Item", body)
    url = sim.url
    sim.stop()
    with pytest.raises(ConnectionRefusedError):
        api.get("/Item")
    sim.start()
    assert sim.url == url
    assert api.get("/Item").json()["record_count"] == 1


def test_reset_leaves_nothing(api: Caller, sim: Simulator, body: Any) -> None:
    api.post("/Item", body)
    sim.halo.fail(Fault("500"))
    sim.halo.quirks.add("drop-line")
    sim.quoter.create_quote()
    sim.reset()
    assert not (sim.halo.items or sim.halo.faults or sim.halo.quirks or sim.halo.requests or sim.quoter.quotes)
    assert sim.halo.add_item()["id"] == 501
