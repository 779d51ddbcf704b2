"""Who a quote is for, and the opportunity that it belongs to."""

from dataclasses import dataclass

from integrations.domain.choice import Choice, Match
from integrations.domain.leads import lead_match
from integrations.domain.opportunities import NamedOpportunity, choose_opportunity, find_named
from integrations.domain.people import choose_person
from integrations.domain.policy import Rules
from integrations.domain.preparations import find_made
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloOpportunity, HaloUser, KnownLinks, Snapshot


@dataclass(frozen=True)
class Parties:
    """The two choices, and Halo's records of what was chosen: None where it is not settled."""

    person: Choice
    user: HaloUser | None
    opportunity: Choice | None
    """None while the person is not settled."""
    halo_opportunity: HaloOpportunity | None


def find_parties(quote: Quote, *, snapshot: Snapshot, rules: Rules, links: KnownLinks) -> Parties:
    """Choose person and opportunity, the latter only for a person that is settled, or as a lead without one."""
    person = choose_person(
        quote.contact.email, users=snapshot.users, linked_id=links.user_id, linked=snapshot.linked_user
    )
    user = find_user(person, snapshot)
    if user is None:
        return Parties(person, None, lead_match(quote, snapshot), None)
    opportunity = choose_for(quote, snapshot=snapshot, rules=rules, links=links, user=user)
    known = [o for o in (snapshot.opportunity, *snapshot.open_opportunities) if o is not None]
    chosen = (o for o in known if isinstance(opportunity, Match) and o.id == opportunity.id)
    return Parties(person, user, opportunity, next(chosen, None))


def find_user(person: Choice, snapshot: Snapshot) -> HaloUser | None:
    """Return the snapshot's record of the chosen person."""
    if not isinstance(person, Match):
        return None
    known = [*snapshot.users, *([snapshot.linked_user] if snapshot.linked_user else [])]
    return next(user for user in known if user.id == person.id)


def choose_for(quote: Quote, *, snapshot: Snapshot, rules: Rules, links: KnownLinks, user: HaloUser) -> Choice:
    """Choose the opportunity for a quote whose person is settled."""
    if rules.policy.create_missing_opportunity and links.opportunity_id is None:
        made = find_made(quote, snapshot.open_opportunities)
        if made is not None:
            return made
    return choose_opportunity(
        linked_id=links.opportunity_id,
        linked_why=links.opportunity_why,
        named=named_opportunities(quote, rules),
        opportunity=snapshot.opportunity,
        person=user,
        open_ones=snapshot.open_opportunities,
        use_only_open=rules.policy.use_only_open_opportunity,
        quote_total=quote.stated.upfront,
        quote_name=quote.name,
    )


def named_opportunities(quote: Quote, rules: Rules) -> tuple[NamedOpportunity, ...]:
    """Return the opportunity numbers that somebody wrote on the quote."""
    return find_named(quote, custom_field=rules.policy.opportunity_custom_field)
