"""What a person did in Halo is not written over unasked."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.domain.guard import Seen, seen_in
from integrations.domain.plan import Plan, build_plan
from integrations.domain.proof import open_differences
from integrations.domain.quote import StatedTotals, Tax
from integrations.domain.snapshot import HaloQuote, KnownLinks
from tests.domain.builders import (
    QUOTE_ID,
    TODAY,
    make_halo_line,
    make_halo_quote,
    make_line,
    make_quote,
    make_rules,
    make_sales_order,
    make_snapshot,
)

D = Decimal


def plan_over(
    now: HaloQuote,
    *,
    then: HaloQuote | None,
    overwrite: bool = False,
    seen: Seen | None = None,
    **snapshot: Any,
) -> Plan:
    """Plan a revision with quantity 5 over what Halo has now."""
    return build_plan(
        make_quote(make_line(quantity=D(5))),
        snapshot=make_snapshot(quote=now, **snapshot),
        rules=make_rules(),
        links=KnownLinks(quote_id=QUOTE_ID, last_written=then),
        last_status=None,
        today=TODAY,
        overwrite=overwrite,
        seen=seen,
    )


WRITTEN = make_halo_quote(make_halo_line(17))


@pytest.mark.parametrize(
    ("edit", "label"),
    [
        ({"quantity": D(4)}, "Line “Patch Cable”: quantity"),
        ({"quantity": D(4), "name": "Cable, patch"}, "Line “Patch Cable”"),
    ],
)
def test_edited_line_waits_with_all_three_states(edit: dict[str, Any], label: str) -> None:
    plan = plan_over(make_halo_quote(make_halo_line(17, **edit)), then=WRITTEN)
    assert [problem.code for problem in plan.problems] == ["halo_edited"]
    assert plan.actions == ()
    conflict = next(c for c in plan.conflicts if c.path == "lines[17].quantity")
    assert (conflict.ours, conflict.halo, conflict.quoter) == ("3", "4", "5")
    assert label in conflict.label


def test_line_that_somebody_added_is_not_dropped_unasked() -> None:
    now = make_halo_quote(make_halo_line(17), make_halo_line(18, name="Extra", quoter_id="", item_id=9))
    plan = plan_over(now, then=WRITTEN)
    assert [c.path for c in plan.conflicts] == ["lines[18]"]


def test_line_that_somebody_removed_is_not_put_back_unasked() -> None:
    plan = plan_over(make_halo_quote(title="Managed Network Refresh"), then=WRITTEN)
    assert [problem.code for problem in plan.problems] in (["halo_edited"], [])


def test_edit_that_the_update_does_not_touch_stands_in_no_way() -> None:
    now = make_halo_quote(make_halo_line(17), status=9)
    assert plan_over(now, then=WRITTEN).problems == ()


def test_unknown_base_is_no_conflict() -> None:
    assert plan_over(make_halo_quote(make_halo_line(17, quantity=D(4))), then=None).problems == ()


def test_decision_lets_quoter_win() -> None:
    plan = plan_over(make_halo_quote(make_halo_line(17, quantity=D(4))), then=WRITTEN, overwrite=True)
    assert plan.problems == ()
    assert len(plan.actions) == 1


def test_decision_covers_what_was_seen_and_no_more() -> None:
    four, six = (make_halo_quote(make_halo_line(17, quantity=D(n))) for n in (4, 6))
    seen = seen_in(plan_over(four, then=WRITTEN).conflicts)
    assert plan_over(four, then=WRITTEN, overwrite=True, seen=seen).problems == ()
    assert [p.code for p in plan_over(six, then=WRITTEN, overwrite=True, seen=seen).problems] == ["halo_edited"]
    # What Halo has put back since is no conflict any more.
    assert plan_over(WRITTEN, then=WRITTEN, overwrite=True, seen=seen).problems == ()


@pytest.mark.parametrize("state", ["invoiced", "delivered"])
def test_sold_quote_is_not_changed_unasked(state: str) -> None:
    order = make_sales_order(**{state: True})
    plan = plan_over(WRITTEN, then=WRITTEN, sales_orders=(order,))
    assert [problem.code for problem in plan.problems] == ["already_sold"]
    assert state in plan.problems[0].message


def test_taxes_and_stated_total_are_held_against_halo() -> None:
    quote = make_quote(taxes=(Tax(name="VAT", amount=D("15.00")),), stated=StatedTotals(upfront=D("70.00")))
    rows = open_differences(quote, make_halo_quote(tax=D("14.99")), make_rules())
    assert [(row.path, row.wanted, row.found) for row in rows] == [
        ("taxes", "15.00", "14.99"),
        ("total.upfront", "70.00", "75.00"),
    ]
    lenient = make_rules(policy={"compare_taxes": False, "stated_total_must_agree": False})
    assert open_differences(quote, make_halo_quote(tax=D("14.99")), lenient) == ()
    assert open_differences(make_quote(), make_halo_quote(tax=D("14.99")), make_rules()) == ()
