"""Did a webhook tell of this? What changed in Quoter, held against what arrived."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from integrations.domain.quote import Line, Quote, QuoteStatus
from integrations.domain.text import fold

# How far Quoter's clock and the time on its records may be apart.
SKEW = timedelta(minutes=2)


class State(NamedTuple):
    """One state of a quote that arrived: by webhook, or recovered earlier."""

    uuid: str
    status: str
    sequence: int
    at: datetime


class Change(NamedTuple):
    """A quote as it now stands in Quoter; `uuid` and `status` are "" where Quoter's API does not tell them."""

    uuid: str
    status: str
    at: datetime


def was_told(change: Change, states: Sequence[State]) -> bool:
    """Say whether one of the arrived states is this one, or one that comes after it."""
    same = [state for state in states if not change.uuid or state.uuid in ("", change.uuid)]
    others = [state for state in states if state not in same]
    if same and others and max(s.sequence for s in others) > max(s.sequence for s in same):
        return True  # a later revision has arrived: the list is behind
    if any(_rank(state.status) > _rank(change.status) for state in same):
        return True
    since = change.at - SKEW
    return any(state.at >= since and change.status in ("", state.status) for state in same)


def _rank(status: str) -> int:
    # A status that is not told comes after none.
    return QuoteStatus(status).rank if status else 9


def same_content(one: Quote, other: Quote) -> bool:
    """Say whether two texts say the same of a quote, as far as both APIs and webhooks tell it."""
    return _content(one) == _content(other)


def _content(quote: Quote) -> tuple[object, ...]:
    return (
        quote.number,
        fold(quote.name),
        quote.status,
        fold(quote.contact.email),
        quote.currency,
        quote.internal_notes.split(),
        quote.shipping,
        quote.discount.amount if quote.discount else None,
        quote.expires_at.date() if quote.expires_at else None,
        sorted(map(_line, quote.lines)),
    )


def _line(line: Line) -> tuple[object, ...]:
    return (
        *(fold(line.name), fold(line.sku), line.quantity, line.unit_price, line.net),
        *(line.period.value, line.optional, line.selected),
    )
