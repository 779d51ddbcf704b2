"""Quotes and sales orders, and the quirks that a check after writing must notice."""

from typing import Any

import pytest

from integrations.simulator import Simulator
from integrations.simulator.halo.tables import ACCEPTED
from tests.simulator.conftest import Caller

Body = dict[str, Any]


def save(api: Caller, body: Body) -> Body:
    answer = api.post("/Quotation", [body])
    assert answer.status in (200, 201), answer.body
    row: Body = answer.json()
    return row


def test_new_quote_gets_its_people_reference_ids_and_sums(api: Caller, quote: Body, sim: Simulator) -> None:
    row = save(api, {**quote, "client_id": 999, "site_id": 999})
    user = sim.halo.users[quote["user_id"]]
    assert (row["client_id"], row["site_id"]) == (user["client_id"], user["site_id"])
    assert row["po_ref"] == f"{quote['ticket_id']}-1"
    assert [line["id"] for line in row["lines"]] == [20001, 20002]
    assert [line["item_recurring"] for line in row["lines"]] == [False, True]
    assert row["lines"][0]["total_net_total"] == 72.375
    assert row["lines"][1]["name"] == "Managed Care"
    # 72.375 + 160: the header is rounded to the cent once, half to even.
    assert (row["revenue"], row["tax_total"], row["total"]) == (232.38, 0.0, 232.38)
    assert save(api, quote)["po_ref"] == f"{quote['ticket_id']}-2"


def test_lines_replace_the_whole_set_and_known_ids_stay(api: Caller, quote: Body, sim: Simulator) -> None:
    first = save(api, quote)
    held = sim.halo.quotes[first["id"]]
    kept = {"id": first["lines"][1]["id"], "quantity": 5}
    new = {"name": "Ad hoc", "quantity": 1, "price": 2.5}
    second = save(api, {"id": first["id"], "lines": [kept, new]})
    assert [line["id"] for line in second["lines"]] == [first["lines"][1]["id"], 20003]
    assert (second["lines"][0]["quantity"], second["lines"][0]["price"]) == (5.0, 80.0)
    assert second["lines"][0]["quoter_id"] == "50000002"
    assert held["title"] == "Network"
    assert len(held["lines"]) == 2


def test_header_update_leaves_lines(api: Caller, quote: Body) -> None:
    first = save(api, quote)
    second = save(api, {"id": first["id"], "title": "Other"})
    assert (second["title"], len(second["lines"])) == ("Other", 2)


@pytest.mark.parametrize(
    "change",
    [
        {"ticket_id": 1},
        {"user_id": 1},
        {"lines": [{"item_id": 1, "name": "X"}]},
        {"lines": [{"id": 20001, "name": "X"}]},
        {"lines": [{"quantity": 1}]},
    ],
)
def test_unknown_ids_are_refused(api: Caller, quote: Body, sim: Simulator, change: Body) -> None:
    assert api.post("/Quotation", [{**quote, **change}]).status == 400
    assert not sim.halo.quotes


def test_validate_only_saves_nothing(api: Caller, quote: Body, sim: Simulator) -> None:
    assert api.post("/Quotation", [{**quote, "_validateonly": True}]).status == 201
    assert not sim.halo.quotes


def test_list_is_short_and_filters_by_ticket(api: Caller, quote: Body, sim: Simulator) -> None:
    row = save(api, quote)
    listed = api.get("/Quotation", ticket_id=quote["ticket_id"]).json()["quotes"]
    assert [(r["id"], r["third_party_number"], "lines" in r) for r in listed] == [(row["id"], "7", False)]
    assert api.get("/Quotation", ticket_id=1).json() == {"record_count": 0, "quotes": []}
    assert "lines" in api.get("/Quotation", includelines="true").json()["quotes"][0]
    sim.halo.quirks.add("short-rows")
    assert "status" not in api.get("/Quotation").json()["quotes"][0]
    assert "status" in api.get("/Quotation", include_details="true").json()["quotes"][0]


def test_change_by_a_person_shows_in_the_sums(api: Caller, quote: Body, sim: Simulator) -> None:
    row = save(api, quote)
    sim.halo.quotes[row["id"]]["lines"][1]["price"] = 10.0
    assert api.get(f"/Quotation/{row['id']}", includedetails="true").json()["revenue"] == 92.38


def test_sales_order_belongs_to_its_quote(api: Caller, quote: Body, sim: Simulator) -> None:
    row = save(api, quote)
    line = row["lines"][0]
    body = {
        "quotation_id": row["id"],
        "lines": [{"quotation_line_id": line["id"], "quantity": 3, "price": 24.125}],
    }
    order = api.post("/SalesOrder", [body]).json()
    assert (order["id"], order["quotation_id"], order["revenue"]) == (7001, row["id"], 72.38)
    assert sim.halo.quotes[row["id"]]["salesorder_id"] == 7001
    assert order["ticket_id"] == quote["ticket_id"]
    assert api.get("/SalesOrder", ticket_id=quote["ticket_id"]).json()["record_count"] == 1
    assert api.post("/SalesOrder", [{"quotation_id": 1}]).status == 400
    assert api.post("/SalesOrder", [{**body, "lines": [{"quotation_line_id": 5}]}]).status == 400
    # A sales order's lines have no description in Halo's schema.
    assert api.post("/SalesOrder", [{**body, "lines": [{"description": "x"}]}]).status == 400


def test_order_can_be_asked_for_with_the_quote(api: Caller, quote: Body, sim: Simulator) -> None:
    row = save(api, {**quote, "_create_so": True})
    assert sim.halo.salesorders[row["salesorder_id"]]["quotation_id"] == row["id"]
    assert len(sim.halo.salesorders[row["salesorder_id"]]["lines"]) == 2


def test_approval_accepts_the_quote(api: Caller, quote: Body, sim: Simulator) -> None:
    row = save(api, quote)
    answer = api.post("/Quotation/Approval", [{"id": row["id"], "result": True, "ponumber": "PO-1"}])
    assert answer.status == 200
    stored = sim.halo.quotes[row["id"]]
    assert (stored["status"], stored["approvalstate"], stored["ponumber"]) == (ACCEPTED, 2, "PO-1")


def test_quirk_drop_line(api: Caller, quote: Body, sim: Simulator) -> None:
    sim.halo.quirks.add("drop-line")
    assert len(save(api, quote)["lines"]) == 1


def test_quirk_round_price(api: Caller, quote: Body, sim: Simulator) -> None:
    sim.halo.quirks.add("round-price")
    assert save(api, quote)["lines"][0]["price"] == 24.12


def test_quirk_ignore_quantity(api: Caller, quote: Body, sim: Simulator) -> None:
    sim.halo.quirks.add("ignore-quantity")
    assert [line["quantity"] for line in save(api, quote)["lines"]] == [1.0, 1.0]


def test_quirk_recalculate_tax(api: Caller, quote: Body, sim: Simulator) -> None:
    sim.halo.quirks.add("recalculate-tax")
    row = save(api, quote)
    assert (row["revenue"], row["tax_total"]) == (232.38, 46.48)
    sim.halo.users[quote["user_id"]]["site_id"] = 0
    assert save(api, quote)["tax_total"] == 0.0


def test_quirk_ignore_field(api: Caller, quote: Body, sim: Simulator) -> None:
    sim.halo.quirks |= {"ignore:quoter_id", "ignore:title"}
    row = save(api, quote)
    assert (row["title"], row["lines"][1]["quoter_id"]) == ("", "")


def test_quirk_sales_order_on_accept(api: Caller, quote: Body, sim: Simulator) -> None:
    sim.halo.quirks.add("sales-order-on-accept")
    row = save(api, quote)
    assert row["salesorder_id"] == 0
    assert save(api, {"id": row["id"], "status": ACCEPTED})["salesorder_id"] == 7001
    assert save(api, {"id": row["id"], "status": ACCEPTED})["salesorder_id"] == 7001
    assert len(sim.halo.salesorders) == 1
