"""A lead for a person whom Halo does not know: an opportunity with a contact's words, and neither client nor user.

The names of a lead's fields stand in Halo's document (halo.md 3.3) [V]; what Halo makes of them is unverified [U],
and so is a Halo quote without a user. So the quote waits until somebody has turned the lead into a user.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from integrations.domain.choice import Choice, Match, NoMatch, Problem
from integrations.domain.policy import Policy
from integrations.domain.preparations import fill_summary, marker_of, target_of, value_of
from integrations.domain.quote import Contact, Quote
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloOpportunity, KnownLinks, Snapshot


class CreateLead(Record):
    """Create a lead with the contact of a quote."""

    kind: Literal["create_lead"] = "create_lead"
    type_id: int
    summary: str
    contact: Contact
    value: Decimal | None = None
    target: date | None = None
    agent_id: int | None = None
    marker: str


def wants_lead(person: Choice, quote: Quote, links: KnownLinks, policy: Policy) -> bool:
    """Say whether the policy lets a lead stand for the missing person; see `preparations.wants_user`."""
    missing = isinstance(person, NoMatch) and links.user_id is None and not person.losers
    return policy.create_lead_instead and missing and "@" in quote.contact.email


def lead_of(quote: Quote, snapshot: Snapshot) -> HaloOpportunity | None:
    """Return the open lead that the portal made for this quote."""
    marker = marker_of(quote)
    known = (snapshot.opportunity, *snapshot.leads)
    mine = [o for o in known if o and not o.closed and (marker in o.summary or o.third_party_url == marker)]
    return mine[0] if mine else None


def lead_match(quote: Quote, snapshot: Snapshot) -> Match | None:
    """Return that lead as the quote's opportunity: it stays so once the lead is a user's."""
    lead = lead_of(quote, snapshot)
    if lead is None:
        return None
    return Match(id=lead.id, rule="lead", why="The portal made it as a lead for this quote.")


def prepare_lead(
    quote: Quote, snapshot: Snapshot, links: KnownLinks, policy: Policy, *, today: date
) -> CreateLead | Problem | None:
    """Return the lead to make, or what has to be done with the one that is there; None where neither is due."""
    if lead := lead_of(quote, snapshot):
        return _waits(quote, (lead,))
    if links.opportunity_id is not None:
        return None  # somebody chose an opportunity: then the person is missing, not a lead
    if snapshot.leads:
        return _waits(quote, snapshot.leads)
    if policy.lead_type is None:
        return Problem(
            code="person_unknown",
            message=f"{quote.contact.email} is not in Halo, and the ticket type of new leads is not chosen.",
            hint="Choose the ticket type of new leads in the settings, or link this contact to a Halo user.",
            subject=f"contact {quote.contact.email}",
        )
    return CreateLead(
        type_id=policy.lead_type,
        summary=f"{fill_summary(policy.opportunity_summary, quote)} {marker_of(quote)}",
        contact=quote.contact,
        value=value_of(quote, policy.opportunity_value),
        target=target_of(quote, policy, today),
        agent_id=snapshot.agent.id if snapshot.agent else None,
        marker=marker_of(quote),
    )


def _waits(quote: Quote, leads: tuple[HaloOpportunity, ...]) -> Problem:
    # No candidates: a lead is no user, and nothing of it can be chosen as one.
    named = ", ".join(lead.label for lead in leads)
    return Problem(
        code="person_is_lead",
        message=f"{quote.contact.email} is no user in Halo yet, but stands there as lead {named}.",
        hint="Turn the lead into a client with a user in Halo, then press Sync again. Or link this contact to the "
        "Halo user that it has become.",
        subject=f"contact {quote.contact.email}",
    )
