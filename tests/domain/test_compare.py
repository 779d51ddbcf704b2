import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.domain.compare import compare_quote, compare_sales_order, pair_lines
from integrations.domain.lines import ItemRef
from integrations.domain.quote import Period
from tests.domain.builders import (
    make_content,
    make_halo_line,
    make_halo_quote,
    make_planned_line,
    make_sales_order,
)

D = Decimal


def test_compare_quote_finds_nothing_when_halo_agrees() -> None:
    assert compare_quote(make_content(), make_halo_quote()) == ()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"price": D("25.00")}, {"price": D("25")}),
        ({"price": D("3.3333")}, {"price": D("3.33330000000001")}),
        ({"quantity": D("100")}, {"quantity": D("1E+2"), "net": None}),
        ({"description": "A <b>bold</b>\n claim"}, {"description": "A bold claim"}),
        ({"description": "Fish & chips, 5 < 6"}, {"description": "<p>Fish &amp; chips,&nbsp;5 &lt; 6</p>"}),
        ({"name": "Patch  Cable "}, {"name": "Patch Cable"}),
        ({"cost": D(10)}, {"cost": None}),
    ],
)
def test_compare_quote_overlooks_what_is_only_written_otherwise(
    wanted: dict[str, Any], found: dict[str, Any]
) -> None:
    content = make_content(make_planned_line(**wanted))
    assert compare_quote(content, make_halo_quote(make_halo_line(**found))) == ()


@pytest.mark.parametrize(
    ("found", "path", "weighs"),
    [
        ({"title": "Else"}, "title", False),
        ({"user_id": 9}, "user_id", True),
        ({"user_id": None}, "user_id", True),
        ({"ticket_id": 9}, "ticket_id", True),
        ({"number": "8"}, "third_party_number", True),
        ({"expires": None}, "expiry_date", False),
        ({"expires": date(2026, 2, 15)}, "expiry_date", False),
    ],
)
def test_compare_quote_names_each_header_field(found: dict[str, Any], path: str, weighs: bool) -> None:
    assert [(d.path, d.weighs) for d in compare_quote(make_content(), make_halo_quote(**found))] == [
        (path, weighs)
    ]


@pytest.mark.parametrize(
    ("found", "fields"),
    [
        ({"item_id": 502}, {"product"}),
        ({"quantity": D(4)}, {"quantity", "total"}),
        ({"price": D("25.01")}, {"price", "total"}),
        ({"price": D("25.000002")}, {"price"}),
        ({"discount": D(1)}, {"total"}),
        ({"net": D("24.00")}, {"total"}),
        ({"optional": True}, {"optional"}),
    ],
)
def test_compare_quote_weighs_every_difference_in_money(found: dict[str, Any], fields: set[str]) -> None:
    differences = compare_quote(make_content(), make_halo_quote(make_halo_line(**found)))
    assert {d.path.rsplit(".", 1)[1] for d in differences if d.weighs} == fields


def test_compare_quote_weighs_the_period_only_when_the_line_recurs() -> None:
    found = make_halo_quote(make_halo_line(billing_period=3))
    once = make_content(make_planned_line())
    monthly = make_content(make_planned_line(period=Period.MONTHLY, billing_period=2))
    assert [d.weighs for d in compare_quote(once, found)] == [False]
    assert [d.weighs for d in compare_quote(monthly, found)] == [True]


def test_compare_quote_touches_the_status_only_when_one_is_wanted() -> None:
    assert compare_quote(make_content(status=None), make_halo_quote(status=9)) == ()
    assert compare_quote(make_content(status=0), make_halo_quote(status=0)) == ()
    assert [d.path for d in compare_quote(make_content(status=0), make_halo_quote(status=1))] == ["status"]
    assert [d.path for d in compare_quote(make_content(status=0), make_halo_quote(status=None))] == ["status"]


def test_compare_quote_tells_missing_and_extra_lines() -> None:
    extra = make_halo_line(2, item_id=9, name="Extra", quoter_id="")
    missing = make_planned_line("2", item=ItemRef(id=8), name="Missing")
    differences = compare_quote(
        make_content(make_planned_line(), missing), make_halo_quote(make_halo_line(), extra)
    )
    assert [(d.label, d.wanted, d.found) for d in differences] == [
        ("Line “Missing”", "3 × 25", "missing"),
        ("Line “Extra”", "no such line", "3 × 25"),
    ]
    assert all(d.weighs for d in differences)


def test_compare_quote_overlooks_header_lines() -> None:
    header = make_halo_line(9, item_id=None, name="Hardware", is_header=True, quantity=D(0))
    assert compare_quote(make_content(), make_halo_quote(header, make_halo_line())) == ()


def test_compare_quote_is_quick_when_a_text_is_full_of_brackets() -> None:
    text = "<" * 200_000
    start = time.monotonic()
    compare_quote(make_content(make_planned_line(description=text)), make_halo_quote())
    assert time.monotonic() - start < 2


def test_pair_lines_pairs_by_marker_then_by_product_then_alone() -> None:
    wanted = [
        make_planned_line("a", name="A", item=ItemRef(id=1)),
        make_planned_line("b", name="B", item=ItemRef(id=1)),
        make_planned_line("c", name="C", item=ItemRef(new="item:once:sku:c")),
    ]
    found = [
        make_halo_line(10, item_id=1, name="Z", quoter_id="old"),
        make_halo_line(11, item_id=1, name="B", quoter_id="older"),
        make_halo_line(12, item_id=7, name="X", quoter_id="c"),
    ]
    pairs = [(w.line_id if w else None, f.id if f else None) for w, f in pair_lines(wanted, found)]
    assert pairs == [("a", 10), ("b", 11), ("c", 12)]


def test_pair_lines_gives_each_line_away_once() -> None:
    wanted = [make_planned_line("a"), make_planned_line("b")]
    twin = make_halo_line(1, quoter_id="")
    pairs = pair_lines(wanted, [twin, twin])
    assert [(bool(w), bool(f)) for w, f in pairs] == [(True, True), (True, True)]
    assert len(pair_lines(wanted, [twin, twin, twin])) == 3


def test_compare_sales_order_tells_what_is_sold_otherwise() -> None:
    quote = make_halo_quote(make_halo_line(), make_halo_line(2, optional=True), make_halo_line(3, is_header=True))
    assert compare_sales_order(quote, make_sales_order(lines=(make_halo_line(quantity=D("3.0")),))) == ()
    short = make_sales_order(lines=(make_halo_line(quantity=D(2)),))
    assert [(d.wanted, d.found) for d in compare_sales_order(quote, short)] == [
        ("3 × 25", "no such line"),
        ("no such line", "2 × 25"),
    ]
    twice = make_sales_order(lines=(make_halo_line(), make_halo_line(9)))
    assert len(compare_sales_order(quote, twice)) == 1
