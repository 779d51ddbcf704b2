import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.errors import (
    AnswerLost,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    PortalError,
    Refused,
    RemoteBroken,
)
from integrations.halo import wire
from integrations.halo.client import HaloClient
from tests.halo.remote import Remote, halo
from tests.http.server import Answer, Received

EMAIL = "ann@example.com"
BODY = {"name": "Laptop", "supplier_part_code": "LT-14", "isrecurringitem": False}


def users(count: int, first: int = 1) -> list[dict[str, Any]]:
    return [{"id": n, "name": f"U{n}", "emailaddress": EMAIL} for n in range(first, first + count)]


def paged(
    rows: list[dict[str, Any]], key: str, *, cap: int = 100, counted: bool = True
) -> Callable[[Received], Any]:
    """A list that pages as Halo does: never more than `cap` rows at a time."""

    def answer(got: Received) -> Any:
        page, size = int(got.query["page_no"]), min(int(got.query["page_size"]), cap)
        part = rows[(page - 1) * size : page * size]
        return {"record_count": len(rows), key: part} if counted else part

    return answer


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
@pytest.mark.parametrize("counted", [True, False])
def test_lists_are_read_to_their_end(count: int, counted: bool) -> None:
    with halo({"/api/Users": paged(users(count), "users", counted=counted)}, signed_in=True) as remote:
        found = remote.client.find_users(EMAIL)
    assert [user.id for user in found] == list(range(1, count + 1))
    assert all(got.query["page_size"] == "100" for got in remote.asked("/api/Users"))


def test_lists_are_read_to_their_end_when_the_server_caps_its_pages_lower() -> None:
    with halo({"/api/Users": paged(users(120), "users", cap=50)}, signed_in=True) as remote:
        assert len(remote.client.find_users(EMAIL)) == 120


@pytest.mark.parametrize("count", [5, 100, 250])
@pytest.mark.parametrize("record_count", [None, 0, 7, 1000])
def test_lists_that_ignore_paging_end(count: int, record_count: int | None) -> None:
    rows = users(count)
    body = rows if record_count is None else {"record_count": record_count, "users": rows}
    with halo({"/api/Users": body}, signed_in=True) as remote:
        assert len(remote.client.find_users(EMAIL)) == count
    assert len(remote.server.received) <= 2


def test_lists_that_never_end_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_MAX_PAGES", 5)

    def endless(got: Received) -> Any:
        return users(100, first=100 * int(got.query["page_no"]))

    with halo({"/api/Users": endless}, signed_in=True) as remote, pytest.raises(RemoteBroken):
        remote.client.find_users(EMAIL)


def test_lists_survive_odd_ids_without_a_crash() -> None:
    with (
        halo({"/api/Users": [{"id": {"a": 1}}, {"id": [1]}]}, signed_in=True) as remote,
        pytest.raises(RemoteBroken),
    ):
        remote.client.find_users(EMAIL)


@pytest.mark.parametrize(
    "shape",
    [
        lambda rows: rows,
        lambda rows: {"record_count": len(rows), "users": rows},
        lambda rows: {"record_count": len(rows), "Users": rows, "columns": []},
        lambda rows: {"page_no": 1, "page_size": 100, "record_count": len(rows), "people": rows},
    ],
)
def test_find_users_reads_every_list_shape(shape: Callable[[list[Any]], Any]) -> None:
    with halo({"/api/Users": shape(users(2))}, signed_in=True) as remote:
        assert [user.id for user in remote.client.find_users(EMAIL)] == [1, 2]
        remote_empty = remote
    assert remote_empty.server.received[0].query["search"] == EMAIL


def test_find_users_checks_each_row_again() -> None:
    rows = [
        {"id": 1, "emailaddress": "Ann@EXAMPLE.com "},
        {"id": 2, "emailaddress": "joann@example.com"},
        {"id": 3, "emailaddress": "else@example.com", "email2": EMAIL},
        {"id": 4, "emailaddress": EMAIL, "inactive": True},
        {"id": 5},
    ]
    with halo({"/api/Users": rows}, signed_in=True) as remote:
        assert [user.id for user in remote.client.find_users(f" {EMAIL}")] == [1, 3, 4]
    (got,) = remote.server.received
    assert got.query["includeinactive"] == "true"
    assert got.query["exclude_generaluser"] == "true"


@pytest.mark.parametrize("email", ["", "  "])
def test_find_users_finds_nobody_without_an_e_mail(email: str) -> None:
    rows = [{"id": 1, "emailaddress": ""}, {"id": 2, "emailaddress": None}]
    with halo({"/api/Users": rows}, signed_in=True) as remote:
        assert remote.client.find_users(email) == ()


def test_open_opportunities_checks_each_row_again() -> None:
    rows = [
        {"id": 1, "user_id": 41},
        {"id": 2, "user_id": 99},
        {"id": 3, "user_id": 41, "dateclosed": "2026-01-01T00:00:00"},
        {"id": 4, "user_id": 41, "is_opportunity": False},
        {"id": 5},
    ]
    with halo({"/api/Opportunities": {"record_count": 5, "tickets": rows}}, signed_in=True) as remote:
        assert [found.id for found in remote.client.open_opportunities(user_id=41)] == [1]


def test_find_quotes_checks_each_row_again() -> None:
    rows = [
        {"id": 1, "ticket_id": 1051, "third_party_number": "7"},
        {"id": 2, "ticket_id": 1051, "third_party_number": "77"},
        {"id": 3, "ticket_id": 1052, "third_party_number": "7"},
        {"id": 4, "ticket_id": 1051},
    ]
    whole = {"id": 4, "ticket_id": 1051, "third_party_number": "7"}
    with halo({"/api/Quotation": {"quotes": rows}, "/api/Quotation/4": whole}, signed_in=True) as remote:
        # A short row is no answer: the quote itself is asked for.
        assert [quote.id for quote in remote.client.find_quotes(ticket_id=1051, number="7")] == [1, 4]


def test_find_sales_orders_checks_each_row_again() -> None:
    rows = [{"id": 1, "quotation_id": 301}, {"id": 2, "quotation_id": 302}, {"id": 3}]
    with halo({"/api/SalesOrder": {"salesorders": rows}}, signed_in=True) as remote:
        assert [order.id for order in remote.client.find_sales_orders(ticket_id=1051, quote_id=301)] == [1]


@pytest.mark.parametrize(("sku", "kind"), [("LT-14", 4), ("LT[14]", 2)])
def test_find_items_asks_for_the_sku_and_compares_exactly(sku: str, kind: int) -> None:
    rows = [
        {"id": 1, "name": "A", "supplier_part_code": sku.lower()},
        {"id": 2, "name": "B", "supplier_part_code": f"{sku}-X"},
        {"id": 3, "name": sku},
    ]
    with halo({"/api/Item": {"items": rows}}, signed_in=True) as remote:
        assert [item.id for item in remote.client.find_items(sku=f" {sku} ")] == [1]
    (asked,) = json.loads(remote.server.received[0].query["advanced_search"])
    assert asked == {"filter_name": "supplier_part_code", "filter_type": kind, "filter_value": sku}


def test_find_items_by_name_compares_exactly() -> None:
    rows = [{"id": 1, "name": "laptop  14"}, {"id": 2, "name": "Laptop 14 bag"}]
    with halo({"/api/Item": {"items": rows}}, signed_in=True) as remote:
        assert [item.id for item in remote.client.find_items(name="Laptop 14")] == [1]


GETTERS: list[tuple[str, Callable[[HaloClient], Any]]] = [
    ("/api/Users/5", lambda client: client.get_user(5)),
    ("/api/Opportunities/5", lambda client: client.get_opportunity(5)),
    ("/api/Quotation/5", lambda client: client.get_quote(5)),
    ("/api/SalesOrder/5", lambda client: client.get_sales_order(5)),
    ("/api/Item/5", lambda client: client.get_item(5)),
]


@pytest.mark.parametrize(("path", "get"), GETTERS)
def test_get_reads_one_object(path: str, get: Callable[[HaloClient], Any]) -> None:
    for body in ({"id": 5.0, "name": "X"}, [{"id": 5, "name": "X"}]):
        with halo({path: body}, signed_in=True) as remote:
            assert get(remote.client).id == 5
        assert remote.server.received[0].query == {"includedetails": "true"}


@pytest.mark.parametrize(("path", "get"), GETTERS)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(status=404), NotFound),
        (Answer({}), NotFound),
        (Answer({"id": 0}), NotFound),
        (Answer({"id": 6}), RemoteBroken),
        (Answer([{"id": 5}, {"id": 6}]), RemoteBroken),
        (Answer(b"<html>"), RemoteBroken),
        (Answer(status=403), PermissionMissing),
        (Answer(status=503), RemoteBroken),
    ],
)
def test_get_tells_gone_from_broken(
    path: str, get: Callable[[HaloClient], Any], answer: Answer, error: type[PortalError]
) -> None:
    with halo({path: answer}, signed_in=True) as remote, pytest.raises(error):
        get(remote.client)


SAVES: list[tuple[str, Callable[[HaloClient], Any]]] = [
    ("/api/Quotation", lambda client: client.save_quote({"title": "T"})),
    ("/api/SalesOrder", lambda client: client.create_sales_order({"title": "T"})),
    ("/api/Item", lambda client: client.create_items([BODY])[0].id),
]


@pytest.mark.parametrize(("path", "save"), SAVES)
@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("listed", [True, False])
def test_save_posts_an_array_and_returns_the_id(
    path: str, save: Callable[[HaloClient], Any], status: int, listed: bool
) -> None:
    row = {"id": 301.0, "name": "Laptop", "supplier_part_code": "LT-14"}
    with halo({path: Answer([row] if listed else row, status=status)}, signed_in=True) as remote:
        assert save(remote.client) == 301
    (got,) = remote.server.received
    assert got.method == "POST"
    assert isinstance(got.json, list)
    assert len(got.json) == 1


@pytest.mark.parametrize(("path", "save"), SAVES)
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", "saved", None, True, 5, [], {}, {"id": 0}, {"id": -1}, {"id": "x"}, {"id": None}, [1],
     [{"id": 1}, {"id": 2}], {"id": 1.5}],
)  # fmt: skip
def test_save_has_lost_the_answer_when_its_shape_is_odd(
    path: str, save: Callable[[HaloClient], Any], body: Any
) -> None:
    with halo({path: Answer(body)}, signed_in=True) as remote, pytest.raises(AnswerLost) as caught:
        save(remote.client)
    assert len(remote.server.received) == 1
    assert caught.value.ended  # Halo is done with it: looking may begin at once


@pytest.mark.parametrize(("path", "save"), SAVES)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (403, PermissionMissing),
        (404, NotFound),
        (500, AnswerLost),
        (503, AnswerLost),
        (408, AnswerLost),
    ],
)
def test_save_is_never_repeated(
    path: str, save: Callable[[HaloClient], Any], status: int, error: type[PortalError]
) -> None:
    with halo({path: Answer({"Message": "no"}, status=status)}, signed_in=True) as remote, pytest.raises(error):
        save(remote.client)
    assert len(remote.server.received) == 1


def test_create_items_gives_each_body_its_own_product_in_any_order() -> None:
    bodies = [
        {**BODY, "name": "A", "supplier_part_code": "1"},
        {**BODY, "name": "B", "supplier_part_code": ""},
        {**BODY, "name": "B", "supplier_part_code": "", "isrecurringitem": True},
    ]

    def answer(got: Received) -> Any:
        return [{"id": 10 + n, **body} for n, body in reversed(list(enumerate(got.json)))]

    with halo({"/api/Item": answer}, signed_in=True) as remote:
        assert [item.id for item in remote.client.create_items(bodies)] == [10, 11, 12]


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": 1, "name": "Laptop", "supplier_part_code": "LT-14"}],
        [{"id": 1, "name": "X"}, {"id": 2, "name": "Y"}],
    ],
)
def test_create_items_never_guesses_which_product_is_whose(rows: list[dict[str, Any]]) -> None:
    other = {**BODY, "name": "Bag", "supplier_part_code": "BG"}
    with halo({"/api/Item": rows}, signed_in=True) as remote, pytest.raises(AnswerLost):
        remote.client.create_items([BODY, other])


def guarded(remote_token: str, body: Any) -> Callable[[Received], Answer]:
    """A path that accepts one token only."""

    def answer(got: Received) -> Answer:
        good = got.headers.get("authorization") == f"Bearer {remote_token}"
        return Answer(body) if good else Answer(status=401)

    return answer


@pytest.mark.parametrize(
    ("path", "call"),
    [("/api/Quotation/5", lambda c: c.get_quote(5)), ("/api/Quotation", lambda c: c.save_quote({}))],
)
def test_calls_sign_in_once_more_when_the_token_was_revoked(path: str, call: Callable[[HaloClient], Any]) -> None:
    with halo({path: guarded("token-1", {"id": 5})}, signed_in=True) as remote:
        call(remote.client)
        call(remote.client)
    assert len(remote.tokens) == 1
    assert [got.headers["authorization"] for got in remote.asked(path)] == [
        *("Bearer stored", "Bearer token-1", "Bearer token-1"),
    ]


def test_calls_give_up_when_the_new_token_is_refused_too() -> None:
    with halo({"/api/Item/5": Answer(status=401)}, signed_in=True) as remote, pytest.raises(CredentialsRejected):
        remote.client.get_item(5)
    assert len(remote.asked("/api/Item/5")) == 2
    assert len(remote.tokens) == 1


def test_settings_are_read_from_bare_arrays_and_objects() -> None:
    groups = [{"id": 5, "name": "Hardware"}]
    answers = {
        "/api/AssetGroup": {"groups": groups},
        "/api/Lookup": [{"lookupid": 39, "id": 0, "name": "Draft"}, {"id": 4, "name": "Accepted"}],
        "/api/Agent/me": {"id": 3, "name": "API Agent"},
    }
    with halo(answers, signed_in=True) as remote:
        assert remote.client.product_groups() == ((5, "Hardware"),)
        assert remote.client.quote_statuses() == ((0, "Draft"), (4, "Accepted"))
        assert remote.client.who_am_i() == "API Agent"
    assert remote.asked("/api/Lookup")[0].query == {"lookupid": "39"}


def test_errors_show_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(remote: Remote) -> str:
        with pytest.raises(PortalError) as caught:
            remote.client.get_item(5)
        return f"{caught.value!r} {caught.value.user_message} {caught.value.way_out}"

    for status in (400, 401, 403, 404, 429, 500):
        with halo({"/api/Item/5": Answer(status=status)}, signed_in=True) as remote:
            said = refuse(remote)
        assert "stored" not in said
        assert "token-1" not in said
