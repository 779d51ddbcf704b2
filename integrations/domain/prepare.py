"""What has to be there before a quote can be planned, as far as the policy lets the portal make it."""

from datetime import date

from integrations.domain.choice import Choice, Problem
from integrations.domain.leads import CreateLead, prepare_lead, wants_lead
from integrations.domain.policy import Policy
from integrations.domain.preparations import (
    CreateClient,
    CreateOpportunity,
    CreateUser,
    prepare_opportunity,
    prepare_user,
    wants_opportunity,
    wants_user,
)
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloUser, KnownLinks, Snapshot

Preparation = CreateClient | CreateUser | CreateLead | CreateOpportunity


def prepare(
    quote: Quote,
    *,
    person: Choice,
    user: HaloUser | None,
    opportunity: Choice | None,
    snapshot: Snapshot,
    policy: Policy,
    links: KnownLinks,
    today: date,
) -> Preparation | Problem | None:
    """Return what the policy lets the portal create first; None where nothing is missing or nothing is allowed."""
    if user is None:
        if wants_lead(person, quote, links, policy):
            return prepare_lead(quote, snapshot, links, policy, today=today)
        return prepare_user(quote, snapshot, links) if wants_user(person, quote, links, policy) else None
    if opportunity is not None and wants_opportunity(opportunity, quote, links, policy):
        return prepare_opportunity(quote, user, snapshot, policy, today=today)
    return None
