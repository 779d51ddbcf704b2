from collections.abc import Sequence
from decimal import Decimal

import pytest

from integrations.domain.choice import Problem
from integrations.domain.lines import LineMatch, line_key, match_lines, new_item_key
from integrations.domain.policy import ProductGroups
from integrations.domain.quote import Category, Line, Period
from integrations.domain.snapshot import HaloItem
from tests.domain.builders import make_item, make_line

GROUPS = ProductGroups(default=5, categories={"Firewalls": 6, "cat_9": 9})


def match(
    *lines: Line,
    items: Sequence[HaloItem] = (),
    links: dict[str, int] | None = None,
    groups: ProductGroups = GROUPS,
) -> list[LineMatch | Problem]:
    return list(match_lines(lines, items=items, links=links or {}, groups=groups))


def matched(*lines: Line, **changes: object) -> list[LineMatch]:
    found = match(*lines, **changes)  # type: ignore[arg-type]
    assert all(isinstance(one, LineMatch) for one in found), found
    return [one for one in found if isinstance(one, LineMatch)]


def problem(line: Line, **changes: object) -> Problem:
    found = match(line, **changes)[0]  # type: ignore[arg-type]
    assert isinstance(found, Problem), found
    return found


@pytest.mark.parametrize(
    ("line", "item", "rule"),
    [
        ({"sku": "cbl-c6-2m "}, {"name": "Else"}, "sku"),
        ({"sku": "ÄÖ-1"}, {"sku": "A\u0308O\u0308-1".lower(), "name": "Else"}, "sku"),
        ({"sku": ""}, {"sku": "X"}, "name"),
        ({"sku": "", "name": " PATCH   cable"}, {"sku": ""}, "name"),
        ({"sku": "other"}, {"sku": "X"}, "name"),
        ({"sku": "CBL-C6-2", "name": "B"}, {}, "new"),
        ({"sku": "CBL C6 2M", "name": "B"}, {}, "new"),
        ({"sku": "", "name": "Patch Cables"}, {"sku": ""}, "new"),
    ],
)
def test_match_lines_compares_exactly_after_folding(line: dict[str, str], item: dict[str, str], rule: str) -> None:
    (found,) = matched(make_line(**line), items=[make_item(**item)])
    assert found.rule == rule
    assert found.why


def test_match_lines_never_matches_empty_skus_with_each_other() -> None:
    (found,) = matched(make_line(sku=" ", name="A"), items=[make_item(sku="", name="B")])
    assert found.rule == "new"


def test_match_lines_follows_a_link_before_the_sku() -> None:
    line = make_line(item_id="item_1")
    (found,) = matched(line, items=[make_item(), make_item(9, sku="Z", name="Z")], links={line_key(line): 9})
    assert found.rule == "link"
    assert found.item is not None
    assert found.item.id == 9


@pytest.mark.parametrize("items", [[make_item()], [make_item(), make_item(9, inactive=True)]])
def test_match_lines_asks_when_the_link_is_broken(items: list[HaloItem]) -> None:
    line = make_line()
    assert problem(line, items=items, links={line_key(line): 9}).code == "line_link_broken"


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ({}, [make_item(1), make_item(2, name="Else")]),
        ({"sku": ""}, [make_item(1), make_item(2, sku="Z")]),
    ],
)
def test_match_lines_asks_when_several_fit(line: dict[str, str], items: list[HaloItem]) -> None:
    found = problem(make_line(**line), items=items)
    assert found.code == "line_ambiguous"
    assert {candidate.id for candidate in found.candidates} == {1, 2}


def test_match_lines_counts_one_product_once_when_lists_repeat_it() -> None:
    assert matched(make_line(), items=[make_item(), make_item()])[0].rule == "sku"


def test_match_lines_passes_over_inactive_products() -> None:
    assert matched(make_line(), items=[make_item(1, inactive=True), make_item(2)])[0].item_label.endswith("id 2")


def test_match_lines_shows_the_loser_when_the_sku_decides_against_a_name() -> None:
    (found,) = matched(make_line(), items=[make_item(1, name="Else"), make_item(2, sku="Z")])
    assert found.item is not None
    assert found.item.id == 1
    assert [loser.id for loser in found.losers] == [2]


@pytest.mark.parametrize(("period", "recurring"), [(Period.MONTHLY, False), (Period.ONCE, True)])
def test_match_lines_asks_when_the_product_is_of_the_other_kind(period: Period, recurring: bool) -> None:
    assert problem(make_line(period=period), items=[make_item(recurring=recurring)]).code == "line_period_mismatch"


@pytest.mark.parametrize(
    ("category", "group"),
    [
        (Category(name="firewalls "), 6),
        (Category(name="Else", public_id="cat_9"), 9),
        (Category(name="Firewalls", public_id="cat_9"), 9),
        (Category(name="Else"), 5),
        (Category(), 5),
    ],
)
def test_match_lines_puts_a_new_product_into_the_mapped_group(category: Category, group: int) -> None:
    (found,) = matched(make_line(category=category))
    assert (found.rule, found.group_id) == ("new", group)


def test_match_lines_asks_when_no_group_is_known() -> None:
    found = problem(make_line(), groups=ProductGroups(categories={"Firewalls": 6}))
    assert found.code == "line_without_group"
    assert "Cabling" in found.message


def test_match_lines_makes_one_product_for_lines_with_one_sku() -> None:
    one, two, three = matched(
        make_line("1"), make_line("2", sku="cbl-c6-2m", name="Else"), make_line("3", sku="", name="Patch  cable")
    )
    assert one.item == two.item == three.item


def test_match_lines_makes_two_products_when_one_sku_is_sold_once_and_monthly() -> None:
    once, monthly = matched(make_line("1"), make_line("2", period=Period.MONTHLY))
    assert once.item != monthly.item


def test_match_lines_is_the_same_after_a_crash_between_two_creations() -> None:
    lines = make_line("1", sku="A", name="Same"), make_line("2", sku="B", name="Same")
    first = matched(*lines)
    assert first[0].item != first[1].item
    # "A" was made, then the process died: "B" is still a product of its own, though the names agree.
    again = matched(*lines, items=[make_item(1, sku="A", name="Same")])
    assert again[0].rule == "sku"
    assert (again[1].rule, again[1].item) == ("new", first[1].item)
    assert [loser.id for loser in again[1].losers] == [1]


def test_match_lines_keeps_the_order_of_the_lines() -> None:
    lines = [make_line(str(n), sku=f"S{n}", quantity=Decimal(n)) for n in range(1, 6)]
    assert [found.line_id for found in matched(*lines)] == ["1", "2", "3", "4", "5"]


def test_line_key_outlives_a_revision() -> None:
    assert line_key(make_line("1", item_id="item_9")) == line_key(make_line("2", item_id="item_9", sku="Z"))
    assert line_key(make_line("1")) == line_key(make_line("2", sku=" cbl-C6-2m"))
    assert line_key(make_line("1", sku="")) != line_key(make_line("1", sku="Patch Cable"))
    assert new_item_key(make_line()) != new_item_key(make_line(period=Period.YEARLY))


def test_line_without_a_sku_shares_only_a_product_that_will_have_its_name() -> None:
    first = make_line("1", name="Rack", sku="R-1")
    second = make_line("2", name="Shelf", sku="R-1")
    bare = make_line("3", name="Shelf", sku="")
    found = match_lines([first, second, bare], items=(), links={}, groups=ProductGroups(default=5))
    keys = [match.item.new for match in found if isinstance(match, LineMatch) and match.item]
    assert keys == ["item:once:sku:r-1", "item:once:sku:r-1", "item:once:name:shelf"]


def test_line_without_a_sku_makes_no_second_product_of_a_sku_that_exists() -> None:
    known = make_item(501, name="Another name", sku="R-1")
    found = match_lines(
        [make_line("1", name="Rack", sku="R-1"), make_line("2", name="Rack", sku="")],
        items=(known,),
        links={},
        groups=ProductGroups(default=5),
    )
    assert [match.item.new for match in found if isinstance(match, LineMatch) and match.item] == [
        "",
        "item:once:name:rack",
    ]
