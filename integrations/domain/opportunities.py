"""Which opportunity a quote belongs to: a link, an id that somebody wrote down, else a person decides."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from integrations.domain.choice import Ambiguous, Candidate, Choice, Match, NoMatch
from integrations.domain.quote import Quote
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloOpportunity, HaloUser
from integrations.domain.text import fold

# Staff write "[Halo #1051]" into the internal notes; drafts made by the portal carry it already.
_MARKER = re.compile(r"\[\s*halo\s*#?\s*(\d{1,10})\s*\]", re.IGNORECASE)
_BARE_ID = re.compile(r"\s*#?\s*(\d{1,10})\s*")


class NamedOpportunity(Record):
    """An opportunity id that somebody wrote on the quote, and where."""

    id: int
    where: str


def find_named(quote: Quote, *, custom_field: str = "") -> tuple[NamedOpportunity, ...]:
    """Return the opportunity ids written on the quote, without repeats; more than one is a contradiction."""
    found: dict[int, str] = {}
    if custom_field:
        for label, value in quote.custom_fields.items():
            if fold(label) != fold(custom_field):
                continue
            bare = _BARE_ID.fullmatch(value)
            for written in [bare] if bare else _MARKER.finditer(value):
                found.setdefault(int(written[1]), f"the quote's custom field “{label}”")
    for written in _MARKER.finditer(quote.internal_notes):
        found.setdefault(int(written[1]), f"“{written[0]}” in the quote's internal notes")
    return tuple(NamedOpportunity(id=id_, where=where) for id_, where in found.items() if id_ > 0)


def choose_opportunity(
    *,
    linked_id: int | None,
    linked_why: str,
    named: tuple[NamedOpportunity, ...],
    opportunity: HaloOpportunity | None,
    person: HaloUser | None,
    open_ones: Iterable[HaloOpportunity] = (),
    use_only_open: bool = False,
    quote_total: Decimal | None = None,
    quote_name: str = "",
) -> Choice:
    """Choose the opportunity; `opportunity` is what Halo has for the linked or the only named id."""
    if linked_id is not None:
        return _check(linked_id, opportunity, person, rule="link", why=linked_why or "This quote is linked to it.")
    if len(named) == 1:
        why = f"Its number stands in {named[0].where}."
        return _check(named[0].id, opportunity, person, rule="marker", why=why)
    if len(named) > 1:
        places = "; ".join(f"#{n.id} in {n.where}" for n in named)
        return Ambiguous(
            why=f"The quote names {len(named)} opportunities: {places}.",
            candidates=tuple(Candidate(id=n.id, name=f"#{n.id}", reason=n.where) for n in named),
        )
    candidates = rank(open_ones, person=person, quote_total=quote_total, quote_name=quote_name)
    own = [c for c in candidates if c.mine]
    if use_only_open and len(own) == 1:
        return Match(
            id=own[0].opportunity.id,
            rule="only open",
            why=f"It is the only open opportunity of {person.label if person else 'this person'}.",
        )
    if candidates:
        who = person.name if person else "this person"
        return Ambiguous(
            why=f"The quote names no opportunity; {who} has {len(candidates)} open in Halo.",
            candidates=tuple(_candidate(c.opportunity, c.reason) for c in candidates),
        )
    who = person.label if person else "this person"
    return NoMatch(why=f"The quote names no opportunity, and {who} has no open one in Halo.")


def _check(
    id_: int, opportunity: HaloOpportunity | None, person: HaloUser | None, *, rule: str, why: str
) -> Choice:
    if opportunity is None or opportunity.id != id_:
        return NoMatch(why=f"Opportunity #{id_} is not in Halo, or the API agent may not see it. {why}")
    if opportunity.deleted:
        return NoMatch(why=f"Opportunity {opportunity.label} was deleted in Halo. {why}")
    loser = (_candidate(opportunity, why),)
    if not opportunity.is_opportunity:
        return NoMatch(why=f"Halo's #{id_} “{opportunity.summary}” is a ticket, not an opportunity.", losers=loser)
    clients = (opportunity.client_id, person.client_id if person else None)
    if None not in clients and clients[0] != clients[1]:
        return NoMatch(
            why=(
                f"Opportunity {opportunity.label} belongs to {opportunity.client_name or clients[0]}, but "
                f"{person.label if person else 'the person'} does not."
            ),
            losers=loser,
        )
    return Match(id=id_, rule=rule, why=why)


class RankedOpportunity(Record):
    """A candidate with what speaks for it."""

    opportunity: HaloOpportunity
    score: int
    mine: bool
    reason: str


def rank(
    opportunities: Iterable[HaloOpportunity],
    *,
    person: HaloUser | None,
    quote_total: Decimal | None,
    quote_name: str,
) -> tuple[RankedOpportunity, ...]:
    """Order open opportunities by what speaks for them: own, same client, like name, like amount, recency."""
    ranked = []
    usable = [opp for opp in opportunities if not opp.closed and opp.is_opportunity]
    days = [day for day in (_last_day(opp) for opp in usable) if day is not None]
    # Where all are of one day, none is the latest.
    latest = max(days) if len(set(days)) > 1 else None
    for opp in usable:
        mine = person is not None and opp.user_id == person.id
        points = [
            (4, "the person's own", mine),
            (2, "the same client", person is not None and opp.client_id == person.client_id),
            (2, "the same name", bool(quote_name) and fold(quote_name) in fold(opp.summary)),
            (1, "the same value", quote_total is not None and opp.value == quote_total),
            (1, "worked on last", latest is not None and _last_day(opp) == latest),
        ]
        reasons = [text for _, text, holds in points if holds]
        ranked.append(
            RankedOpportunity(
                opportunity=opp,
                score=sum(weight for weight, _, holds in points if holds),
                mine=mine,
                reason=", ".join(reasons) or "open in Halo",
            )
        )
    return tuple(sorted(ranked, key=lambda r: (-r.score, -r.opportunity.id)))


def _last_day(opportunity: HaloOpportunity) -> date | None:
    return opportunity.last_activity or opportunity.created


def _candidate(opportunity: HaloOpportunity, reason: str) -> Candidate:
    value = f"{opportunity.value:,.2f}" if opportunity.value else ""
    parts = (opportunity.client_name, opportunity.user_name, opportunity.status_name, value)
    detail = " / ".join(part for part in parts if part)
    return Candidate(id=opportunity.id, name=opportunity.label, detail=detail, reason=reason)
