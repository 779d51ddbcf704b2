"""Halo's conventions: arrays, names, types, pages, searches."""

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.simulator import Simulator
from integrations.simulator.halo.fields import SCHEMAS
from integrations.simulator.halo.search import like
from tests.simulator.conftest import Caller

CONTRACT = Path(__file__).parents[2].parent / "shared" / "contracts" / "halo-openapi.json"


@pytest.mark.skipif(not CONTRACT.exists(), reason="Halo's schema document is not part of the project")
@pytest.mark.parametrize("schema", SCHEMAS)
def test_known_fields_are_in_halos_schema_with_their_types(schema: str) -> None:
    properties = json.loads(CONTRACT.read_text())["components"]["schemas"][schema]["properties"]
    kinds = {name: properties[name].get("type", "object") for name in SCHEMAS[schema] if name in properties}
    assert kinds == SCHEMAS[schema]


def test_object_instead_of_array_is_refused(api: Caller, sim: Simulator) -> None:
    answer = api.post("/Client", {"name": "Fabrikam"})
    assert answer.status == 400
    assert not sim.halo.clients


def test_unknown_field_is_named(api: Caller, quote: dict[str, Any], sim: Simulator) -> None:
    quote["lines"][1]["unit_price"] = 5
    answer = api.post("/Quotation", [quote])
    assert answer.status == 400
    assert list(answer.json()) == ["[0].lines[1].unit_price"]
    assert not sim.halo.quotes


@pytest.mark.parametrize("value", [95.0, True, "x", None, {}])
def test_id_that_is_no_integer_is_refused(api: Caller, quote: dict[str, Any], value: Any) -> None:
    answer = api.post("/Quotation", [{**quote, "user_id": value}])
    assert answer.status == 400
    assert "[0].user_id" in answer.json()


def test_one_bad_element_fails_the_whole_array(api: Caller, sim: Simulator) -> None:
    group = sim.halo.add_group()["id"]
    good = {"name": "A", "assetgroup_id": group}
    answer = api.post("/Item", [good, {"name": "B", "assetgroup_id": 999}])
    assert (answer.status, list(answer.json())) == (400, ["[1].assetgroup_id"])
    assert not sim.halo.items
    answer = api.post("/Item", [good, {"name": "B", "assetgroup_id": group}])
    assert answer.status == 201
    assert [row["name"] for row in answer.json()] == ["A", "B"]


def test_refusal_undoes_earlier_elements_in_place(api: Caller, sim: Simulator) -> None:
    item = sim.halo.add_item("Old name")
    answer = api.post("/Item", [{"id": item["id"], "name": "New name"}, {"id": 1, "name": "Nothing"}])
    assert answer.status == 404
    assert item["name"] == "Old name"
    assert sim.halo.items[item["id"]] is item


def test_partial_update_keeps_the_rest(api: Caller, sim: Simulator) -> None:
    item = sim.halo.add_item("Laptop", "OLD", baseprice=10.0)
    answer = api.post("/Item", [{"id": item["id"], "supplier_part_code": "LT-14"}])
    assert answer.status == 200
    assert (item["name"], item["supplier_part_code"], item["baseprice"]) == ("Laptop", "LT-14", 10.0)


def test_text_beyond_its_column_is_refused(api: Caller, quote: dict[str, Any]) -> None:
    assert api.post("/Quotation", [{**quote, "third_party_number": "7" * 101}]).status == 400


def test_page_is_capped_at_100(api: Caller, sim: Simulator) -> None:
    for number in range(130):
        sim.halo.add_item(f"Item {number}")
    answer = api.get("/Item", pageinate="true", page_size=999, page_no=1).json()
    assert (answer["record_count"], len(answer["items"])) == (130, 100)
    answer = api.get("/Item", pageinate="true", page_size=999, page_no=2).json()
    assert len(answer["items"]) == 30
    assert len(api.get("/Item", count=500).json()["items"]) == 100


def test_unknown_parameters_are_ignored(api: Caller, sim: Simulator) -> None:
    user = sim.halo.add_user()
    opened, closed = (sim.halo.add_opportunity(user["id"])["id"] for _ in "ab")
    sim.halo.close_opportunity(closed)
    answer = api.get("/Opportunities", domain="opps", user_id=user["id"], open_only="true", quotation_id=1).json()
    assert [row["id"] for row in answer["tickets"]] == [opened, closed]
    assert answer["tickets"][0]["dateclosed"] == "1899-12-30T00:00:00"


def test_exact_filters(api: Caller, sim: Simulator) -> None:
    first, second = sim.halo.add_user(), sim.halo.add_user("Kim Other", "kim@example.com")
    mine = sim.halo.add_opportunity(first["id"])
    sim.halo.add_opportunity(second["id"])
    assert [row["id"] for row in api.get("/Opportunities", user_id=first["id"]).json()["tickets"]] == [mine["id"]]
    names = [row["name"] for row in api.get("/Users", client_id=second["client_id"]).json()["users"]]
    assert names == ["General User", "Kim Other"]


def test_search_is_loose(api: Caller, sim: Simulator) -> None:
    client = sim.halo.add_client()["id"]
    sim.halo.add_user("Ann Lee", "ann@example.com", client_id=client)
    sim.halo.add_user("Joann", "joann@example.com", client_id=client)
    sim.halo.add_user("Ann Gone", "ann@example.com", client_id=client, inactive=True)
    assert len(api.get("/Users", search="ann@example.com").json()["users"]) == 2
    everyone = api.get("/Users", search="ANN@", includeinactive="true", exclude_generaluser="true").json()
    assert everyone["record_count"] == 3
    assert api.get("/Users", search="a_n@").json()["record_count"] == 2


def test_advanced_search(api: Caller, sim: Simulator) -> None:
    for sku in ("LT-14", "LT-140", "lt-14 ", "LT_14"):
        sim.halo.add_item(f"Item {sku}", sku)

    def find(kind: int, value: str, name: str = "supplier_part_code") -> Any:
        text = json.dumps([{"filter_name": name, "filter_type": kind, "filter_value": value}])
        return api.get("/Item", advanced_search=text)

    assert [r["supplier_part_code"] for r in find(2, "lt-14").json()["items"]] == ["LT-14", "lt-14 "]
    assert find(4, "LT-14%").json()["record_count"] == 3
    assert find(4, "LT_14").json()["record_count"] == 2
    for unknown in (find(2, "x", name="nothing"), find(9, "x"), api.get("/Item", advanced_search="[{")):
        assert unknown.status == 400
        assert unknown.json()["Message"] == "Invalid advanced search parameter"


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a%c", "ABBC", True),
        ("a_c", "abbc", False),
        ("[ab]x", "bx", True),
        ("[^ab]x", "bx", False),
        ("a.c", "abc", False),
        ("[", "[", True),
        ("100\\%", "100\\", True),
    ],
)
def test_like_follows_sql(pattern: str, text: str, fits: bool) -> None:
    assert like(pattern, text) is fits


def test_shapes_of_lists_and_ids(api: Caller, sim: Simulator) -> None:
    user = sim.halo.add_user()
    row = api.get(f"/Users/{user['id']}", includedetails="true").json()
    assert isinstance(row["site_id"], float)
    assert isinstance(api.get("/Site").json()["sites"][0]["client_id"], float)
    assert row["primary_address"]["line1"] == "1 Example Street"
    assert "primary_address" not in api.get(f"/Users/{user['id']}").json()
    sim.halo.add_group("Hardware")
    sim.halo.add_group("Rooms", showasitem=False)
    assert [g["name"] for g in api.get("/AssetGroup", type="items").json()] == ["Hardware"]
    statuses = api.get("/Lookup", lookupid=39).json()
    assert [(s["name"], s["value3_bool"]) for s in statuses][-1] == ("Rejected", True)
    for path in ("/Agent", "/TicketType", "/Status", "/Tax", "/Currency"):
        assert isinstance(api.get(path).json(), list)
    assert api.get("/Agent/me").json()["isapiagent"] is True
    assert "agents" in api.get("/Agent", pageinate="true").json()


@pytest.mark.parametrize("path", ["/Users/9", "/Quotation/9", "/Item/x", "/Nothing"])
def test_unknown_id_or_path_is_404(api: Caller, path: str) -> None:
    assert api.get(path).status == 404


def test_denied_permission_is_403(api: Caller, sim: Simulator) -> None:
    sim.halo.permissions.add(("POST", "/Item"))
    assert api.post("/Item", []).status == 403
    assert api.get("/Item").status == 200


def test_rate_limit_rolls(api: Caller, sim: Simulator, clock: Any) -> None:
    sim.halo.rate_limit = 2
    assert [api.get("/Item").status for _ in range(3)] == [200, 200, 429]
    clock.now += 301
    assert api.get("/Item").status == 200


def test_people_are_created_in_order(api: Caller, sim: Simulator) -> None:
    client = api.post(
        "/Client",
        [
            {
                "name": "New Ltd",
                "newclient_contactname": "Robin S",
                "newclient_delivery_address": {"line1": "1 Way"},
            }
        ],
    ).json()
    site = sim.halo.sites[client["main_site_id"]]
    assert site["delivery_address"]["line1"] == "1 Way"
    assert [u["name"] for u in sim.halo.users.values()] == ["General User", "Robin S"]
    assert api.post("/Users", [{"name": "Kim"}]).status == 400
    user = api.post("/Users", [{"firstname": "Kim", "surname": "Z", "site_id": site["id"]}]).json()
    assert (user["name"], user["client_id"]) == ("Kim Z", client["id"])
    body = {"summary": "Deal", "tickettype_id": 61, "user_id": user["id"]}
    assert api.post("/Opportunities", [body]).status == 400
    saved = api.post("/Opportunities", [{**body, "site_id": site["id"], "_novalidate": True}])
    assert saved.status == 201
    assert "_novalidate" not in saved.json()
    assert api.post("/Site", [{"name": "Second", "client_id": client["id"]}]).status == 201


def test_required_fields_and_contacts_can_be_made_compulsory(api: Caller, sim: Simulator) -> None:
    sim.halo.quirks |= {"main-contact-compulsory", "mandatory:targetdate"}
    assert api.post("/Client", [{"name": "X"}]).json()["Message"] == "Please populate main contact name"
    assert "targetdate" in api.post("/Opportunities", [{"summary": "X"}]).json()["Message"]
    assert api.post("/Opportunities", [{"summary": "X", "_novalidate": True}]).status == 201


def test_attachment_is_kept_and_listed(api: Caller, sim: Simulator) -> None:
    ticket = sim.halo.add_opportunity()["id"]
    assert (
        api.post("/Attachment", [{"ticket_id": ticket, "filename": "q.pdf", "data_base64": "AAAA"}]).status == 201
    )
    listed = api.get("/Attachment", ticket_id=ticket).json()["attachments"]
    assert [(row["filename"], "data_base64" in row) for row in listed] == [("q.pdf", False)]
