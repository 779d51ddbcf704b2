"""Two plans for the same quote, beside each other: what other settings would have decided."""

from enum import StrEnum

from integrations.domain.actions import CreateItem, CreateSalesOrder, SaveQuote
from integrations.domain.choice import Choice, Match
from integrations.domain.content import PlannedLine, QuoteContent
from integrations.domain.lines import LineMatch
from integrations.domain.money import round_money
from integrations.domain.plan import Plan
from integrations.domain.record import Record

_NOTHING = "–"
_HEADER = (
    ("title", "Title"),
    ("number", "Quoter number"),
    ("url", "Quoter link"),
    ("status", "Status"),
    ("expires", "Expiry date"),
    ("agent_id", "Agent"),
    ("po_number", "PO number"),
    ("note", "Note"),
    ("address", "Address"),
    ("delivery_address", "Delivery address"),
)


class Answer(StrEnum):
    """What the other settings would have come to."""

    SAME = "same"
    DIFFERS = "differs"
    PASSES = "passes"
    """It needed a decision then, and would not now."""
    WAITS = "waits"
    """It went through then, and would need a decision now."""


class PlanChange(Record):
    """One thing that would be otherwise."""

    label: str
    then: str
    now: str


class Comparison(Record):
    """The answer and what it rests on."""

    answer: Answer
    changes: tuple[PlanChange, ...] = ()


def compare_plans(then: Plan, now: Plan, *, made_since: bool = False) -> Comparison:
    """Compare what was planned with what would be.

    `made_since`: the new plan saw Halo as it is by now, so a product that was new then and is there now, and a
    quote or sales order that exists by now, are no difference.
    """
    changes = [
        *_choice("User", then.person, now.person),
        *_choice("Opportunity", then.opportunity, now.opportunity),
        *_matches(then, now, made_since=made_since),
        *_problems(then, now),
    ]
    if then.content is not None and now.content is not None:
        changes += _contents(then.content, now.content, made_since=made_since)
        changes += _totals(then, now)
    if not made_since and then.content is not None and now.content is not None:
        changes += _change("Sales order", _sells(then), _sells(now))
        changes += _change("Preparations", _prepares(then), _prepares(now))
    elif _prepares(then) != _prepares(now) and not made_since:
        changes += _change("Preparations", _prepares(then), _prepares(now))
    if then.problems and not now.problems:
        answer = Answer.PASSES
    elif now.problems and not then.problems:
        answer = Answer.WAITS
    else:
        answer = Answer.DIFFERS if changes else Answer.SAME
    return Comparison(answer=answer, changes=tuple(changes))


def _change(label: str, then: str, now: str) -> list[PlanChange]:
    return [] if then == now else [PlanChange(label=label, then=then, now=now)]


def _choice(label: str, then: Choice | None, now: Choice | None) -> list[PlanChange]:
    return [] if _chosen(then) == _chosen(now) else _change(label, _say(then), _say(now))


def _chosen(choice: Choice | None) -> object:
    return choice.id if isinstance(choice, Match) else type(choice)


def _say(choice: Choice | None) -> str:
    if choice is None:
        return "not looked for"
    return f"{choice.id}, by {choice.rule}" if isinstance(choice, Match) else choice.why


def _matches(then: Plan, now: Plan, *, made_since: bool) -> list[PlanChange]:
    before, after = ({match.line_id: match for match in plan.lines} for plan in (then, now))
    changes = []
    # A line that stands on one side only waits there for a person, which its problem tells, or is not sent.
    for line_id in dict.fromkeys([*before, *after]):
        one, other = before.get(line_id), after.get(line_id)
        if one is not None and other is not None:
            if made_since and one.rule == "new" and other.rule != "new":
                continue
            changes += _change(f"Line “{one.name}”: product", _product(one), _product(other))
            if one.rule == other.rule == "new":
                changes += _change(f"Line “{one.name}”: group", _group(one), _group(other))
        else:
            match = one or other
            assert match is not None  # noqa: S101  the id came from one of the two
            held = _product(match)
            changes += _change(
                f"Line “{match.name}”: product", held if one else "undecided", held if other else "undecided"
            )
    return changes


def _product(match: LineMatch) -> str:
    return "a new product" if match.rule == "new" else match.item_label or _NOTHING


def _group(match: LineMatch) -> str:
    return f"group {match.group_id}"


def _problems(then: Plan, now: Plan) -> list[PlanChange]:
    before, after = ({(p.code, p.line_id): p.message for p in plan.problems} for plan in (then, now))
    gone = [PlanChange(label="Decision", then=before[key], now="not needed") for key in before if key not in after]
    new = [PlanChange(label="Decision", then="not needed", now=after[key]) for key in after if key not in before]
    return [*gone, *new]


def _contents(then: QuoteContent, now: QuoteContent, *, made_since: bool) -> list[PlanChange]:
    changes = []
    for name, label in _HEADER:
        if made_since and name == "status":
            continue  # sent only when Quoter's has moved since the last write
        changes += _change(label, _show(getattr(then, name)), _show(getattr(now, name)))
    before, after = ({line.line_id: line for line in content.lines} for content in (then, now))
    for line_id in dict.fromkeys([*before, *after]):
        changes += _lines(before.get(line_id), after.get(line_id))
    return changes


def _lines(then: PlannedLine | None, now: PlannedLine | None) -> list[PlanChange]:
    line = then or now
    assert line is not None  # noqa: S101  the id came from one of the two
    if then is None or now is None:
        return _change(f"Line “{line.name}”", _amount(then), _amount(now))
    return [
        *_change(f"Line “{line.name}”: amount", _amount(then), _amount(now)),
        *_change(f"Line “{line.name}”: billing period", str(then.billing_period), str(now.billing_period)),
        *_change(f"Line “{line.name}”: optional", _yes(then.optional), _yes(now.optional)),
    ]


def _amount(line: PlannedLine | None) -> str:
    if line is None:
        return "no such line"
    if line.header:
        return "section"
    total = round_money(line.quantity * line.price)
    return f"{line.quantity.normalize():f} × {line.price.normalize():f} = {total}"


def _totals(then: Plan, now: Plan) -> list[PlanChange]:
    before, after = ({row.label: row.halo for row in plan.totals} for plan in (then, now))
    rows = [_change(label, before.get(label, "0.00"), after.get(label, "0.00")) for label in {**before, **after}]
    return [change for row in rows for change in row]


def _sells(plan: Plan) -> str:
    made = next((action for action in plan.actions if isinstance(action, CreateSalesOrder)), None)
    return f"made by {made.by}" if made else "none"


def _prepares(plan: Plan) -> str:
    return ", ".join(action.kind.replace("_", " ") for action in plan.preparations) or "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value if part) or _NOTHING
    return _NOTHING if value in (None, "") else str(value)


def count_writes(plan: Plan) -> dict[str, int]:
    """Return how many objects of each kind a plan writes; a plan that waits for a person writes none."""
    if plan.problems:
        return {}
    counts: dict[str, int] = {}
    for action in plan.actions:
        kind: str = "product" if isinstance(action, CreateItem) else action.kind
        if isinstance(action, SaveQuote):
            kind = "quote updated" if action.quote_id else "quote created"
        counts[kind] = counts.get(kind, 0) + 1
    return counts
