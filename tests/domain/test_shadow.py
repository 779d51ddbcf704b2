"""Another connector's quote beside the one that the portal would have made."""

from decimal import Decimal

import pytest

from integrations.domain.lines import ItemRef
from integrations.domain.shadow import compare_with, find_counterpart
from integrations.domain.snapshot import HaloQuote
from tests.domain.builders import make_content, make_halo_line, make_halo_quote, make_planned_line, make_quote

QUOTE = make_quote(name="Network Refresh", number="7", uuid="u-7")
OTHER = {"title": "Something else", "number": "", "url": ""}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"number": "7"}, "carries the Quoter number"),
        ({"url": "https://example.quoter.com/quote/webview/u-7"}, "links to the quote"),
        ({"title": "Quote #7 for Fabrikam"}, "title names"),
        ({"title": " network  refresh"}, "same title"),
    ],
)
def test_counterpart_is_found_by_its_sign(values: dict[str, str], why: str) -> None:
    there = [make_halo_quote(id=1, **OTHER), make_halo_quote(id=2, **{**OTHER, **values})]
    found = find_counterpart(QUOTE, there)
    assert found.quote_id == 2 and why in found.why


def test_the_surest_sign_wins() -> None:
    there = [
        make_halo_quote(id=1, **{**OTHER, "title": "Network Refresh"}),
        make_halo_quote(id=2, **{**OTHER, "number": "7"}),
    ]
    assert find_counterpart(QUOTE, there).quote_id == 2


@pytest.mark.parametrize("title", ["Quote 77", "Phase 7", "Quote 17"])
def test_another_number_is_no_sign(title: str) -> None:
    there = [make_halo_quote(id=n, **{**OTHER, "title": title}) for n in (1, 2)]
    assert find_counterpart(QUOTE, there).candidates == (1, 2)


def test_several_are_never_the_first() -> None:
    there = [make_halo_quote(id=n, **{**OTHER, "title": "Network Refresh"}) for n in (1, 2)]
    found = find_counterpart(QUOTE, there)
    assert (found.quote_id, found.candidates) == (None, (1, 2))


def test_even_the_only_one_is_not_guessed() -> None:
    found = find_counterpart(QUOTE, [make_halo_quote(id=9, **OTHER)])
    assert (found.quote_id, found.candidates) == (None, (9,))
    assert find_counterpart(QUOTE, []).candidates == ()


def test_what_is_anothers_is_no_candidate() -> None:
    numbered = make_halo_quote(id=1, **{**OTHER, "title": "Network Refresh", "number": "8"})
    linked = make_halo_quote(id=2, **{**OTHER, "title": "Network Refresh"})
    assert find_counterpart(QUOTE, [numbered, linked], taken={2}).candidates == ()


def differing(found: HaloQuote, *, sells: bool = False, sold: bool = False) -> dict[str, tuple[str, str, bool]]:
    rows = compare_with(make_content(), found, sells=sells, sold=sold)
    return {row.label: (row.portal, row.halo, row.weighs) for row in rows}


def test_the_same_by_other_means_agrees() -> None:
    native = make_halo_line(quoter_id="", name="Cable, patch", price=Decimal("30"), discount=Decimal("5"))
    assert differing(make_halo_quote(native, number="", url="")) == {}


def test_amounts_lines_and_orders_weigh() -> None:
    native = make_halo_line(quoter_id="", price=Decimal("24.00"))
    extra = make_halo_line(2, quoter_id="", item_id=9, name="Freight", sku="", quantity=Decimal(1))
    rows = differing(make_halo_quote(native, extra), sells=True)
    assert rows["Line “Patch Cable”: amount"] == ("3 × 25 = 75.00", "3 × 24 = 72.00", True)
    assert rows["Line “Freight”"] == ("no such line", "1 × 25 = 25.00", True)
    assert rows["Total of all lines"] == ("75.00", "97.00", True)
    assert rows["Sales order"] == ("one", "none", True)


def test_a_missing_line_weighs() -> None:
    content = make_content(make_planned_line(), make_planned_line("2", item=ItemRef(id=9), name="Rack", sku="RCK"))
    rows = {row.label: row.halo for row in compare_with(content, make_halo_quote(), sells=False, sold=False)}
    assert rows["Line “Rack”"] == "missing"


def test_a_product_that_the_portal_would_make_is_a_small_difference() -> None:
    content = make_content(make_planned_line(item=ItemRef(new="item:once:sku:x")))
    [row] = compare_with(content, make_halo_quote(make_halo_line(quoter_id="")), sells=False, sold=False)
    assert (row.portal, row.halo, row.weighs) == ("a new one", "501", False)
