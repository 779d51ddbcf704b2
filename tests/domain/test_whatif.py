"""Plans beside each other, and what cannot be answered from what was kept."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.domain.policy import Placement, ProductGroups, Revisions, Rules
from integrations.domain.quote import Owner, QuoteStatus
from integrations.domain.replanning import PlanInputs, unanswered
from integrations.domain.snapshot import KnownLinks
from integrations.domain.whatif import Answer, compare_plans, count_writes
from tests.domain.builders import TODAY, make_item, make_line, make_quote, make_rules, make_snapshot

RULES = make_rules()
NO_GROUP = Rules()
CABLE, RACK = make_line("1"), make_line("2", name="Rack", sku="RCK")


def inputs(**changes: Any) -> PlanInputs:
    """A quote of a cable that Halo has and a rack that it does not have."""
    fields: dict[str, Any] = {
        "quote": make_quote(CABLE, RACK),
        "snapshot": make_snapshot(),
        "links": KnownLinks(),
        "today": TODAY,
        **changes,
    }
    return PlanInputs(**fields)


def test_the_same_rules_plan_the_same() -> None:
    given = inputs()
    again = PlanInputs.model_validate(given.model_dump(mode="json", exclude_defaults=True))
    assert again == given
    found = compare_plans(given.plan(RULES), again.plan(RULES))
    assert (found.answer, found.changes) == (Answer.SAME, ())


def test_another_group_is_told_line_by_line() -> None:
    given = inputs()
    found = compare_plans(given.plan(RULES), given.plan(Rules(groups=ProductGroups(default=9))))
    assert found.answer is Answer.DIFFERS
    [change] = found.changes
    assert (change.label, change.then, change.now) == ("Line “Rack”: group", "group 5", "group 9")


def test_a_decision_that_comes_or_goes_is_the_answer() -> None:
    given = inputs()
    stuck, through = given.plan(NO_GROUP), given.plan(RULES)
    waits = compare_plans(through, stuck)
    assert waits.answer is Answer.WAITS
    assert any(change.label == "Decision" and change.then == "not needed" for change in waits.changes)
    passes = compare_plans(stuck, through)
    assert passes.answer is Answer.PASSES
    assert any(change.label == "Decision" and change.now == "not needed" for change in passes.changes)


def test_a_status_and_amounts_are_compared() -> None:
    given = inputs(quote=make_quote(CABLE, shipping=Decimal(10)))
    other = make_rules(policy={"quote_status": {QuoteStatus.PENDING: 3}, "shipping": Placement.LEAVE_OUT})
    labels = {change.label for change in compare_plans(given.plan(RULES), given.plan(other)).changes}
    assert {"Status", "Line “Shipping”", "One-time total"} <= labels


def test_what_was_made_since_is_no_difference() -> None:
    given = inputs()
    now = inputs(snapshot=make_snapshot(items=(make_item(), make_item(502, name="Rack", sku="RCK"))))
    assert compare_plans(given.plan(RULES), now.plan(RULES)).answer is Answer.DIFFERS
    assert compare_plans(given.plan(RULES), now.plan(RULES), made_since=True).answer is Answer.SAME


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"agent_by_owner": True}, "agent"),
        ({"send_suppliers": True}, "suppliers"),
        ({"revisions": Revisions.NEW}, "revision"),
        ({"send_optional_lines": True}, "“Optional”"),
        ({"shipping_item": 77}, "“Shipping”"),
        ({"opportunity_custom_field": "Opp"}, "opportunity"),
    ],
)
def test_what_halo_was_not_asked_is_said(change: dict[str, object], reason: str) -> None:
    given = inputs(
        quote=make_quote(
            make_line("1", supplier="Acme"),
            make_line("2", name="Optional", sku="OPT", optional=True),
            parent_id="1",
            owner=Owner(email="sam@example.com"),
            custom_fields={"Opp": "1234"},
            shipping=Decimal(10),
        )
    )
    after = RULES.model_copy(update={"policy": RULES.policy.model_copy(update=change)})
    [text] = unanswered(given, then=RULES, now=after)
    assert reason in text
    assert unanswered(given, then=after, now=after) == ()


def test_writes_are_counted_by_kind() -> None:
    given = inputs(quote=make_quote(RACK, status=QuoteStatus.ACCEPTED))
    assert count_writes(given.plan(RULES)) == {"product": 1, "quote created": 1, "create_sales_order": 1}
    assert count_writes(given.plan(NO_GROUP)) == {}
