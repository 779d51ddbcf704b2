"""Files, notes, suppliers, agents, currencies, Halo's own automation, and large tenants."""

import base64
import time
from pathlib import Path
from typing import Any

import pytest

from integrations.simulator import Simulator
from integrations.simulator.halo.tables import ACCEPTED
from tests.simulator.conftest import Caller

PDF = b"%PDF-1.4\nx"


@pytest.fixture
def ticket(sim: Simulator) -> int:
    found: int = sim.halo.add_opportunity(sim.halo.add_user()["id"])["id"]
    return found


@pytest.mark.parametrize("prefix", ["", "data:application/pdf;base64,"])
def test_file_is_kept_with_its_size_and_opens(api: Caller, sim: Simulator, ticket: int, prefix: str) -> None:
    content = prefix + base64.b64encode(PDF).decode()
    body = {"ticket_id": ticket, "filename": "q.pdf", "data_base64": content, "showforusers": False}
    made = api.post("/Attachment", [{**body, "third_party_id": "quot_1"}])
    assert (made.status, made.json()["filesize"]) == (201, len(PDF))
    other = sim.halo.add_opportunity()["id"]
    assert api.get("/Attachment", ticket_id=other).json() == {"record_count": 0, "attachments": []}
    (row,) = api.get("/Attachment", ticket_id=ticket).json()["attachments"]
    assert (row["filename"], row["third_party_id"], "data_base64" in row) == ("q.pdf", "quot_1", False)
    link = api.get(f"/Attachment/{row['id']}", includedetails="true").json()["link"]
    file = api.send("GET", link)
    assert (file.headers["content-type"], file.body) == ("application/pdf", PDF)
    assert b"q.pdf" in api.send("GET", "/halo/").body


def test_file_that_is_no_base64_or_has_no_ticket(api: Caller, sim: Simulator, ticket: int) -> None:
    body = {"ticket_id": ticket, "filename": "q.pdf", "data_base64": "not base64!"}
    assert api.post("/Attachment", [body]).status == 400
    assert api.post("/Attachment", [{**body, "data_base64": "AAAA", "ticket_id": 5}]).status == 400
    assert not sim.halo.attachments


def test_other_files_are_saved_not_shown(api: Caller, sim: Simulator, ticket: int) -> None:
    content = base64.b64encode(b"<script>alert(1)</script>").decode()
    id_ = api.post("/Attachment", [{"ticket_id": ticket, "filename": "x.html", "data_base64": content}]).json()[
        "id"
    ]
    file = api.send("GET", f"/halo/attachments/{id_}")
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].startswith("attachment")
    assert api.send("GET", "/halo/attachments/1").status == 404


def test_private_note(api: Caller, sim: Simulator, ticket: int) -> None:
    body = {
        "ticket_id": ticket,
        "outcome": "Private Note",
        "note_html": "<b>Won</b> by A&amp;B",
        "hiddenfromuser": True,
    }
    made = api.post("/Actions", [body])
    assert (made.status, made.json()["note"], made.json()["who"]) == (201, "Won by A&B", "Portal API")
    other = sim.halo.add_opportunity()["id"]
    second = api.post("/Actions", [{"ticket_id": other, "outcome": "Note", "note": "Seen by all"}]).json()
    # Numbers count within a ticket.
    assert (made.json()["id"], second["id"], second["hiddenfromuser"]) == (1, 1, False)
    assert [row["note"] for row in api.get("/Actions", ticket_id=ticket).json()["actions"]] == ["Won by A&B"]
    assert api.get("/Actions/1", ticket_id=other).json()["note"] == "Seen by all"
    assert api.get("/Actions/1").status == 400
    assert api.get("/Actions/2", ticket_id=other).status == 404
    assert api.post("/Actions", [{"id": 1, "ticket_id": other, "note": "Changed"}]).json()["note"] == "Changed"
    page = api.send("GET", "/halo/").body
    assert b"does not see it" in page
    assert [request.path for request in sim.halo.writes].count("/Actions") == 3


@pytest.mark.parametrize("change", [{"outcome": ""}, {"ticket_id": 5}, {"note": ""}, {"colour": "red"}])
def test_note_that_halo_refuses(api: Caller, sim: Simulator, ticket: int, change: Any) -> None:
    answer = api.post("/Actions", [{"ticket_id": ticket, "outcome": "Note", "note": "x", **change}])
    assert answer.status == 400
    if "outcome" in change:
        assert answer.json()["Message"] == "An Outcome must be entered for this Action"
    assert not sim.halo.actions


def test_suppliers_and_their_terms(api: Caller, sim: Simulator) -> None:
    supplier = api.post("/Supplier", [{"name": "Contoso Distribution", "email_address": "s@example.com"}])
    assert supplier.status == 201
    assert api.post("/Supplier", [{"email_address": "x@example.com"}]).status == 400
    id_ = supplier.json()["id"]
    assert api.post("/Supplier", [{"id": id_, "phone_number": "1"}]).json()["name"] == "Contoso Distribution"
    found = api.get("/Supplier", search="contoso").json()
    assert (found["record_count"], found["suppliers"][0]["id"]) == (1, id_)
    terms = {"supplier_id": id_, "supplier_sku": "S-1", "cost": 5}
    item = {"name": "Cable", "assetgroup_id": sim.halo.add_group()["id"], "item_suppliers": [terms]}
    made = api.post("/Item", [item]).json()
    assert made["item_suppliers"][0]["supplier_name"] == "Contoso Distribution"
    assert "item_suppliers" not in api.get("/Item").json()["items"][0]
    (row,) = api.get("/itemsupplier").json()
    assert (row["item_id"], row["supplier_sku"], row["cost"]) == (made["id"], "S-1", 5.0)
    for bad in ({"supplier_id": 1}, {"sku": "x"}, {}):
        assert api.post("/Item", [{**item, "item_suppliers": [bad]}]).status == 400


def test_agents_and_currencies(api: Caller, sim: Simulator) -> None:
    kim = sim.halo.add_agent("Kim Agent", "kim.agent@example.com")
    sim.halo.add_agent("Gone Agent", "gone@example.com", isdisabled=True)
    assert [agent["email"] for agent in api.get("/Agent").json()] == ["api@example.com", "kim.agent@example.com"]
    assert len(api.get("/Agent", includedisabled="true").json()) == 3
    assert api.get(f"/Agent/{kim['id']}").json()["name"] == "Kim Agent"
    assert api.get("/Agent/99").status == 404
    assert [row["code"] for row in api.get("/Currency").json()] == ["USD", "EUR", "GBP"]


def test_quote_in_another_currency(api: Caller, quote: dict[str, Any]) -> None:
    row = api.post("/Quotation", [{**quote, "currency_code": 3}]).json()
    assert (row["currency"], row["currency_code_name"]) == ("£", "GBP")
    assert api.post("/Quotation", [{**quote, "currency_code": 9}]).status == 400


def test_order_of_the_automation_can_be_late(
    api: Caller, quote: dict[str, Any], sim: Simulator, clock: Any
) -> None:
    sim.halo.quirks.add("sales-order-on-accept")
    sim.halo.sales_order_delay_s = 20
    id_ = api.post("/Quotation", [quote]).json()["id"]
    assert api.post("/Quotation", [{"id": id_, "status": ACCEPTED}]).json()["salesorder_id"] == 0
    api.post("/Quotation", [{"id": id_, "title": "Again"}])
    clock.now += 19
    assert api.get("/SalesOrder").json()["record_count"] == 0
    clock.now += 1
    assert api.get(f"/Quotation/{id_}").json()["salesorder_id"] == 7001
    assert api.get("/SalesOrder").json()["record_count"] == 1


def test_late_order_is_not_a_second_one(api: Caller, quote: dict[str, Any], sim: Simulator, clock: Any) -> None:
    sim.halo.quirks.add("sales-order-on-accept")
    sim.halo.sales_order_delay_s = 20
    id_ = api.post("/Quotation", [{**quote, "status": ACCEPTED}]).json()["id"]
    api.post("/SalesOrder", [{"quotation_id": id_}])
    clock.now += 20
    sim.halo.catch_up()
    assert len(sim.halo.salesorders) == 1


def test_refused_array_takes_everything_back(api: Caller, quote: dict[str, Any], sim: Simulator) -> None:
    sim.halo.quirks.add("sales-order-on-accept")
    before = sim.halo.dump()
    answer = api.post("/Quotation", [{**quote, "status": ACCEPTED}, {**quote, "user_id": 1}])
    assert answer.status == 400
    after = sim.halo.dump()
    counters = before.pop("counters"), after.pop("counters")
    assert before == after
    # Ids that were taken stay taken.
    assert counters[0]["quotes"] + 1 == counters[1]["quotes"]
    client = sim.halo.add_client(with_site=False)
    bad = api.post("/Site", [{"name": "A", "client_id": client["id"]}, {"name": "B", "client_id": 1}])
    assert (bad.status, client["main_site_id"]) == (400, 0)


def test_users_changed_since(api: Caller, sim: Simulator, clock: Any) -> None:
    old = sim.halo.add_user("Old One", "old@example.com")
    clock.now += 3_600
    new = sim.halo.add_user("New One", "new@example.com", client_id=old["client_id"])
    since = {"lastupdatefromdate": "2025-08-16T01:30:00", "exclude_generaluser": "true"}
    assert [row["id"] for row in api.get("/Users", **since).json()["users"]] == [new["id"]]
    api.post("/Users", [{"id": old["id"], "title": "Owner"}])
    assert api.get("/Users", **since).json()["record_count"] == 2
    assert api.get("/Users", lastupdatetodate="2025-08-16T01:30:00").json()["record_count"] == 1
    assert api.get("/Users", lastupdatefromdate="true").json()["record_count"] == 3
    assert api.get("/Users", lastupdatefromdate="soon").status == 400


def test_large_tenant_stays_quick(api: Caller, sim: Simulator) -> None:
    users, items = sim.halo.fill_users(50_000), sim.halo.fill_items(50_000)
    assert len(set(users)) == len(set(items)) == 50_000
    group = next(iter(sim.halo.groups))
    api.token()
    started = time.perf_counter()
    for number in (1, 2, 250, 500):
        page = api.get("/Item", pageinate="true", page_size=100, page_no=number).json()
        assert (page["record_count"], len(page["items"])) == (50_000, 100)
        page = api.get(
            "/Users", pageinate="true", page_size=100, page_no=number, exclude_generaluser="true"
        ).json()
        assert (page["record_count"], len(page["users"])) == (50_000, 100)
        assert api.post("/Item", [{"name": "One more", "assetgroup_id": 1}]).status == 400
    assert api.post("/Item", [{"name": "One more", "assetgroup_id": group}]).status == 201
    assert api.get("/Users", search=f"person{users[-1]:06d}@").json()["record_count"] == 1
    assert api.send("GET", "/halo/").status == 200
    # Copying all rows at each call took many seconds; the bound is wide, for slow machines.
    assert time.perf_counter() - started < 5


def test_new_state_survives_a_restart(tmp_path: Path, clock: Any) -> None:
    file = tmp_path / "state.json"
    with Simulator(state_file=file, clock=clock) as sim:
        ticket = sim.halo.add_opportunity()["id"]
        sim.halo.add_note(ticket, "Kept")
        sim.halo.pending_orders[3001] = {"id": 3001, "due": 5.0}
        sim.quoter.add_contact(email_address="kim@example.com")
        sim.quoter.add_item("Cable", code="C-1", category="Cabling")
        sim.quoter.publish(sim.quoter.create_quote(lines=[{"name": "Cable", "section": "Hardware"}]).id)
        sim.quoter.pay(next(iter(sim.quoter.quotes)), 5)
        before = (sim.halo.dump(), sim.quoter.dump())
    again = Simulator(state_file=file, clock=clock)
    assert (again.halo.dump(), again.quoter.dump()) == before
    assert again.quoter.find_contact(email="KIM@example.com")


def test_group_lines_are_headings_on_the_page(api: Caller, quote: dict[str, Any]) -> None:
    quote["lines"] = [{"name": "Hardware section", "isgroupdesc": True}, *quote["lines"]]
    assert api.post("/Quotation", [quote]).status == 201
    assert b'scope="rowgroup">Hardware section' in api.send("GET", "/halo/").body
