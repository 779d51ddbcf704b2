"""What a person did in Halo since our last write is not written over without being asked."""

from collections.abc import Iterable

from integrations.domain.choice import Problem
from integrations.domain.compare import Difference, compare_halo
from integrations.domain.quote import Quote
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloQuote, HaloSalesOrder

Seen = tuple[tuple[str, str], ...]
"""Path and value in Halo of each conflict that a person was shown."""


class Conflict(Record):
    """One field in three states: as the portal wrote it, as it is in Halo now, as Quoter has it now."""

    path: str
    label: str
    ours: str
    halo: str
    quoter: str


def find_conflicts(
    changes: Iterable[Difference], *, last_written: HaloQuote | None, now: HaloQuote
) -> tuple[Conflict, ...]:
    """Return the changes that would undo what somebody changed in Halo since our last write."""
    if last_written is None:
        return ()
    edits = {edit.path: edit for edit in compare_halo(last_written, now)}
    # An edited line whose price changes is the same conflict, whichever of its fields was edited.
    found = []
    for change in changes:
        edit = edits.get(change.path)
        if edit is not None:
            found.append(
                Conflict(
                    path=change.path, label=change.label, ours=edit.wanted, halo=edit.found, quoter=change.wanted
                )
            )
    return tuple(found)


def seen_in(conflicts: Iterable[Conflict]) -> Seen:
    """Return what a person who is shown these conflicts sees in Halo."""
    return tuple((conflict.path, conflict.halo) for conflict in conflicts)


def all_seen(conflicts: Iterable[Conflict], seen: Seen | None) -> bool:
    """Say whether a decision covers them: a person decides on what was shown, not on an edit made after it.

    None: decided before it was kept what was shown.
    """
    return seen is None or set(seen_in(conflicts)) <= set(seen)


def guard(
    quote: Quote,
    changes: tuple[Difference, ...],
    *,
    last_written: HaloQuote | None,
    now: HaloQuote | None,
    orders: Iterable[HaloSalesOrder],
) -> tuple[Problem | None, tuple[Conflict, ...]]:
    """Say why the changes must not be written before a person has decided, if there is such a reason."""
    if now is None or not changes:
        return None, ()
    subject = f"quote {quote.number}"
    sold = next((order for order in orders if order.invoiced or order.delivered), None)
    if sold is not None and any(change.weighs and change.path != "status" for change in changes):
        state = "invoiced" if sold.invoiced else "delivered"
        return (
            Problem(
                code="already_sold",
                message=f"Sales order {sold.id} of quote {quote.number} is already {state} in part or whole, "
                "and the quote has changed in Quoter since.",
                hint="Keep what Halo has, or let Quoter's version be written over it.",
                subject=subject,
            ),
            tuple(
                Conflict(path=c.path, label=c.label, ours=c.found, halo=c.found, quoter=c.wanted) for c in changes
            ),
        )
    conflicts = find_conflicts(changes, last_written=last_written, now=now)
    if not conflicts:
        return None, ()
    first = conflicts[0]
    more = f", and {len(conflicts) - 1} more" if len(conflicts) > 1 else ""
    return (
        Problem(
            code="halo_edited",
            message=f"Halo quote {now.id} was changed in Halo since the portal wrote it: {first.label} was "
            f"{first.ours}, is {first.halo} in Halo and {first.quoter} in Quoter{more}.",
            hint="Keep what Halo has, or let Quoter's version be written over it.",
            subject=subject,
        ),
        conflicts,
    )
