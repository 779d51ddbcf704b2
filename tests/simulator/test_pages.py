"""The pages for people, the control API, the demo data and the state file."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integrations.simulator import Simulator, demo
from tests.simulator.conftest import Caller

LINE = {
    "name": "Cable",
    "sku": "C-1",
    "category": "Cabling",
    "quantity": "2",
    "unit_price": "25",
    "unit_cost": "5",
}


def _form(lines: list[dict[str, str]], **fields: str) -> dict[str, str]:
    values = {f"line-{i}-{key}": value for i, line in enumerate(lines) for key, value in line.items()}
    return {"count": str(len(lines)), **values, **fields}


def test_every_page_answers_and_says_what_it_is(api: Caller, sim: Simulator) -> None:
    demo.fill(sim)
    quote = next(iter(sim.quoter.quotes.values()))
    for path in (
        "/",
        f"/quoter/quotes/{quote.id}",
        f"/quoter/quote/webview/{quote.uuid}",
        "/halo/",
        "/halo/orders?mainview=quotes&quoteid=3001",
    ):
        answer = api.send("GET", path)
        assert answer.status == 200, path
        assert b"This is a simulator" in answer.body
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert b"Managed Network Refresh" in api.send("GET", "/").body
    assert b"Managed Firewall" in api.send("GET", "/halo/").body
    assert api.send("GET", "/style.css").headers["content-type"].startswith("text/css")
    assert api.send("GET", "/lines.js").status == 200


def test_empty_pages_and_missing_things(api: Caller) -> None:
    assert b"No quotes yet" in api.send("GET", "/").body
    assert b"No sales orders yet" in api.send("GET", "/halo/").body
    for path in ("/quoter/quotes/1", "/quoter/quote/webview/x", "/nothing", "/pages.py"):
        assert api.send("GET", path).status == 404
    assert api.send("GET", "/halo").headers["location"].endswith("/halo/")


def test_output_is_escaped(api: Caller, sim: Simulator) -> None:
    evil = "<script>alert(1)</script>"
    quote = sim.quoter.create_quote(evil, {"organization": evil}, [{"name": evil, "sku": '"><b>'}])
    user = sim.halo.add_user(evil)
    sim.halo.add_opportunity(user["id"], evil)
    sim.halo.add_item(evil, evil)
    for path in ("/", f"/quoter/quotes/{quote.id}", f"/quoter/quote/webview/{quote.uuid}", "/halo/"):
        body = api.send("GET", path).body
        assert b"<script>alert" not in body
        assert b"<b>" not in body
        assert b"&lt;script&gt;" in body


def test_draft_is_edited_and_published_in_the_browser(api: Caller, sim: Simulator) -> None:
    new = api.form("/quoter/quotes")
    assert new.status == 303
    quote_id = next(iter(sim.quoter.quotes))
    assert new.headers["location"] == f"/quoter/quotes/{quote_id}"
    lines = [LINE, {**LINE, "name": "Care", "recurring": "on", "discount": "1.5"}, {"name": "", "quantity": "1"}]
    api.form(f"/quoter/quotes/{quote_id}/save", **_form(lines, name="Wi-Fi", internal_notes="[Halo #1051]"))
    quote = sim.quoter.quotes[quote_id]
    assert (quote.name, quote.internal_notes, len(quote.lines)) == ("Wi-Fi", "[Halo #1051]", 2)
    assert (quote.lines[1].recurring, str(quote.lines[1].net)) == (True, "48.5")
    assert api.form(f"/quoter/quotes/{quote_id}/publish").status == 303
    assert quote.status == "pending"
    assert b"Accept" in api.send("GET", "/").body


def test_editing_a_published_quote_makes_a_revision(api: Caller, sim: Simulator) -> None:
    first = sim.quoter.publish(sim.quoter.create_quote(lines=[{**LINE, "is_optional": True}, LINE]).id)
    lines = [{**LINE, "quantity": "7"}, {**LINE, "remove": "on"}]
    api.form(f"/quoter/quotes/{first.id}/save", **_form(lines, name="Larger"))
    second = sim.quoter.quotes[first.superseded_by or 0]
    assert (second.name, second.parent_quote_id, len(second.lines)) == ("Larger", first.id, 1)
    # What the form does not show stays.
    assert (str(second.lines[0].quantity), second.lines[0].is_optional) == ("7", True)
    page = api.send("GET", f"/quoter/quotes/{first.id}").body
    assert b"A newer revision stands" in page


def test_wrong_input_is_told_in_a_sentence(api: Caller, sim: Simulator) -> None:
    quote = sim.quoter.create_quote()
    answer = api.form(f"/quoter/quotes/{quote.id}/save", **_form([{**LINE, "quantity": "many"}], name="X"))
    assert answer.status == 400
    assert "“many” is no number".encode() in answer.body
    assert api.form(f"/quoter/quotes/{quote.id}/accept").status == 400
    assert api.form(f"/quoter/quotes/{quote.id}/explode").status == 404


def test_deliveries_are_listed_and_sent_again(api: Caller, sim: Simulator) -> None:
    sim.quoter.webhook_url = "http://127.0.0.1:9/"
    sim.quoter.publish(sim.quoter.create_quote().id)
    assert b"No answer" in api.send("GET", "/").body
    assert api.form("/quoter/deliveries/1/resend").status == 303
    assert len(sim.quoter.requests_status[0].tries) == 2


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("429", 429), ("slow", 200)])
def test_trouble_reaches_the_next_request(api: Caller, sim: Simulator, kind: str, status: int) -> None:
    api.form("/halo/trouble", kind=kind)
    assert b"The next request" in api.send("GET", "/halo/").body
    assert api.get("/Item").status == status
    api.form("/halo/trouble", kind=kind)
    api.form("/halo/trouble", kind="none")
    assert not sim.halo.faults


def test_other_sites_cannot_reach_in(api: Caller, sim: Simulator) -> None:
    assert api.send("GET", "/", headers={"Host": "evil.example.com"}).status == 403
    assert api.send("POST", "/control/reset", b"{}", {"Origin": "https://evil.example.com"}).status == 403
    assert api.send("POST", "/control/reset", b"{}", {"Origin": sim.url}).status == 200


def test_control_api(api: Caller, sim: Simulator) -> None:
    assert api.json("/control/fault", {"kind": "500", "times": 2}).json()["faults"][0]["times"] == 2
    assert api.json("/control/fault", {"clear": True}).json() == {"faults": []}
    assert api.json("/control/quirk", {"quirk": "drop-line"}).json() == {"quirks": ["drop-line"]}
    assert api.json("/control/quirk", {"quirk": "drop-line", "on": False}).json() == {"quirks": []}
    sim.quoter.webhook_url = "http://127.0.0.1:9/"
    api.json("/control/settings", {"lag_s": 0, "rate_limit": 300, "hash_key": "k"})
    counts = api.json("/control/reset", {"demo": True}).json()["counts"]
    assert (counts["clients"], counts["opportunities"], counts["quoter_quotes"]) == (3, 5, 5)
    assert (sim.quoter.webhook_url, sim.quoter.hash_key, sim.halo.rate_limit) == ("http://127.0.0.1:9/", "k", 300)
    quote = api.json("/control/quotes", {"name": "X", "lines": [LINE]}).json()
    assert api.json(f"/control/quotes/{quote['id']}/publish", {}).json()["status"] == "pending"
    assert api.json(f"/control/quotes/{quote['id']}/revise", {"name": "Y"}).json()["name"] == "Y"
    assert api.json("/control/deliveries/1/resend", {}).json()["status"] is None
    assert api.json("/control/halo/item", {"name": "Z"}).json()["name"] == "Z"
    api.token()
    api.json("/control/expire-tokens", {})
    assert api.get("/Item").status == 401
    state = api.send("GET", "/control/state").json()
    assert state["counts"]["quoter_quotes"] == 7
    assert {"users", "quotes", "items"} <= set(state["halo"])
    assert state["requests"][-1]["path"] == "/Item"


@pytest.mark.parametrize(
    ("path", "body"),
    [("fault", {"kind": "x"}), ("quirk", {}), ("nothing", {}), ("settings", {"x": 1}), ("reset", [])],
)
def test_control_refuses_what_it_does_not_know(api: Caller, path: str, body: Any) -> None:
    answer = api.json(f"/control/{path}", body)
    assert answer.status == 400
    assert answer.json()["error"]


def test_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.json"
    with Simulator(state_file=file) as sim:
        assert not sim.loaded
        demo.fill(sim)
        Caller(sim).post("/Client", [{"name": "Kept Ltd"}])
        quote_id = next(iter(sim.quoter.quotes))
        sim.quoter.publish(quote_id)
        before = (sim.halo.dump(), sim.quoter.dump())
    again = Simulator(state_file=file)
    assert again.loaded
    assert (again.halo.dump(), again.quoter.dump()) == before
    assert again.quoter.quotes[quote_id].status == "pending"
    assert again.halo.add_client("Next")["id"] not in before[0]["clients"]
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


def test_empty_state_file_counts_as_new(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.touch()
    assert not Simulator(state_file=file).loaded


def test_simulator_knows_nothing_of_the_portal() -> None:
    code = (
        "import sys; import integrations.simulator.demo; "
        "print([m for m in sys.modules if m.startswith('integrations.') and 'simulator' not in m])"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_command_serves_and_stops_cleanly(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    # Port 0: whichever is free.
    command = [sys.executable, "manage.py", "simulator", "--port", "0", "--state", str(state)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "SIMULATOR_HASH_KEY": "k"}
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Quoter (simulator): http://127.0.0.1:")
        assert "/halo/" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read().strip() == "Stopped."
    assert process.returncode == 0
    assert len(json.loads(state.read_text())["quoter"]["quotes"]) == 5
