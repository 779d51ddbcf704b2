"""What a policy lets the portal create before a quote can be planned: the missing user, the missing opportunity.

Every one of them is off until chosen. A plan that needs one holds nothing else: once it is there, Halo is looked
at and the quote planned afresh, so that a user or an opportunity that turned up meanwhile is used instead.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from integrations.domain.choice import Candidate, Choice, Match, NoMatch, Problem
from integrations.domain.opportunities import find_named
from integrations.domain.policy import OpportunityValue, Policy
from integrations.domain.quote import Contact, Period, Quote
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloClientName, HaloOpportunity, HaloUser, KnownLinks, Snapshot
from integrations.domain.text import fold

_MONTHS = {Period.MONTHLY: 12, Period.QUARTERLY: 4, Period.HALF_YEARLY: 2, Period.YEARLY: 1, Period.WEEKLY: 52}


class CreateClient(Record):
    """Create a client with its main site and the contact of the quote."""

    kind: Literal["create_client"] = "create_client"
    name: str
    contact: Contact


class CreateUser(Record):
    """Create the user of a contact at the main site of an existing client."""

    kind: Literal["create_user"] = "create_user"
    client_id: int
    client_name: str
    contact: Contact


class CreateOpportunity(Record):
    """Create the opportunity of a quote that names none."""

    kind: Literal["create_opportunity"] = "create_opportunity"
    user_id: int
    site_id: int | None = None
    client_id: int | None = None
    type_id: int
    summary: str
    value: Decimal | None = None
    target: date | None = None
    agent_id: int | None = None
    marker: str
    fields: dict[str, str | bool] = {}
    """Further fields under Halo's own names: what the ticket type requires."""
    custom_fields: dict[int, str | bool] = {}
    """The same, by the id of a custom field."""


def marker_of(quote: Quote) -> str:
    """Return what tells that an opportunity was made for this quote, through all its revisions."""
    return f"[Quoter {quote.number}]"


def find_made(quote: Quote, opportunities: tuple[HaloOpportunity, ...]) -> Choice | None:
    """Return the opportunity that the portal made for this quote, where it is among these."""
    marker = marker_of(quote)
    made = [o for o in opportunities if not o.closed and (marker in o.summary or o.third_party_url == marker)]
    if len(made) != 1:
        return None
    return Match(id=made[0].id, rule="made", why=f"The portal made it for this quote: it carries {marker}.")


def wants_user(person: Choice, quote: Quote, links: KnownLinks, policy: Policy) -> bool:
    """Say whether the policy lets the missing user be made.

    Not where a link leads nowhere, and not where an inactive user has the address: there a person decides.
    """
    missing = isinstance(person, NoMatch) and links.user_id is None and not person.losers
    wanted = policy.create_missing_user and not policy.create_lead_instead
    return wanted and missing and "@" in quote.contact.email


def prepare_user(quote: Quote, snapshot: Snapshot, links: KnownLinks) -> CreateClient | CreateUser | Problem:
    """Choose where the new user belongs: the linked client, the only one of that name, else a new one."""
    contact, name = quote.contact, quote.contact.organization.strip()
    if not name or not contact.name:
        what = "organization" if not name else "name"
        return Problem(
            code="person_unknown",
            message=f"{contact.email} is not in Halo, and the Quoter contact has no {what} to create one with.",
            hint=f"Enter the {what} in Quoter and publish again, or link this contact to a Halo user.",
            subject=f"contact {contact.email}",
        )
    clients = _clients(snapshot.clients, name, links)
    if len(clients) > 1:
        return Problem(
            code="client_ambiguous",
            message=f"{contact.name} is not in Halo, which has {len(clients)} clients named “{name}”.",
            hint="Choose the client below; the user is then created there, and the choice is remembered.",
            subject=f"client {fold(name)}",
            candidates=tuple(
                Candidate(
                    id=client.id,
                    name=client.name,
                    reason="has this name" + (", a prospect" if client.prospect else ""),
                )
                for client in clients
            ),
        )
    if clients:
        return CreateUser(client_id=clients[0].id, client_name=clients[0].name, contact=contact)
    return CreateClient(name=name, contact=contact)


def _clients(found: tuple[HaloClientName, ...], name: str, links: KnownLinks) -> tuple[HaloClientName, ...]:
    if links.client_id is not None:
        return (HaloClientName(id=links.client_id, name=name),)
    return tuple(client for client in found if fold(client.name) == fold(name) and not client.inactive)


def wants_opportunity(opportunity: Choice, quote: Quote, links: KnownLinks, policy: Policy) -> bool:
    """Say whether the policy lets the missing opportunity be made: nothing names one and none is open."""
    missing = isinstance(opportunity, NoMatch) and not opportunity.losers and links.opportunity_id is None
    named = find_named(quote, custom_field=policy.opportunity_custom_field)
    return policy.create_missing_opportunity and missing and not named


def prepare_opportunity(
    quote: Quote, user: HaloUser, snapshot: Snapshot, policy: Policy, *, today: date
) -> CreateOpportunity | Problem:
    """Return the new opportunity as the settings want it."""
    if policy.opportunity_type is None:
        return Problem(
            code="opportunity_missing",
            message=f"Quote {quote.number} needs a new opportunity, but its ticket type is not chosen.",
            hint="Choose the ticket type of new opportunities in the settings, or choose an opportunity here.",
            subject=f"quote {quote.number}",
        )
    summary = fill_summary(policy.opportunity_summary, quote)
    return CreateOpportunity(
        user_id=user.id,
        site_id=user.site_id,
        client_id=user.client_id,
        type_id=policy.opportunity_type,
        summary=f"{summary} {marker_of(quote)}",
        value=value_of(quote, policy.opportunity_value),
        target=target_of(quote, policy, today),
        agent_id=snapshot.agent.id if snapshot.agent else None,
        marker=marker_of(quote),
    )


def fill_summary(pattern: str, quote: Quote) -> str:
    """Fill {name}, {number} and {client} in; anything else in braces stays as it is."""
    filled = pattern
    texts = {"name": quote.name, "number": quote.number, "client": quote.contact.organization}
    for key, text in texts.items():
        filled = filled.replace(f"{{{key}}}", text)
    return " ".join(filled.split())[:200] or f"Quote {quote.number}"


def value_of(quote: Quote, rule: OpportunityValue) -> Decimal | None:
    """Return what the opportunity is worth by the rule; None leaves it to Halo."""
    if rule is OpportunityValue.NONE:
        return None
    once = quote.total(Period.ONCE)
    if rule is OpportunityValue.UPFRONT:
        return once
    return once + sum((quote.total(period) * times for period, times in _MONTHS.items()), Decimal(0))


def target_of(quote: Quote, policy: Policy, today: date) -> date:
    """Return the quote's expiry, else the day that the settings count to."""
    if quote.expires_at is not None and quote.expires_at.date() > today:
        return quote.expires_at.date()
    return today + timedelta(days=policy.opportunity_target_days)


class UpdateOpportunity(Record):
    """Bring an opportunity in line with its quote; None leaves a field as it is."""

    kind: Literal["update_opportunity"] = "update_opportunity"
    id: int
    value: Decimal | None = None
    probability: int | None = None
    status_id: int | None = None


def follow_quote(
    quote: Quote, opportunity: HaloOpportunity, *, policy: Policy, links: KnownLinks, status_moved: bool
) -> tuple[UpdateOpportunity | None, str]:
    """Return what changes on the opportunity, and a warning where somebody's own value stands in the way.

    Status and probability go over when Quoter's status has moved: Halo's own later steps are left alone.
    """
    value, warning = _value_to_write(quote, opportunity, policy, links)
    status = policy.opportunity_status.get(_stage(quote)) if status_moved else None
    probability = policy.opportunity_probability.get(_stage(quote)) if status_moved else None
    if status == opportunity.status_id:
        status = None
    if probability is not None and opportunity.probability == probability:
        probability = None
    if value is None and status is None and probability is None:
        return None, warning
    update = UpdateOpportunity(id=opportunity.id, value=value, probability=probability, status_id=status)
    return update, warning


def _stage(quote: Quote) -> str:
    return "accepted" if quote.status.won else quote.status.value


def _value_to_write(
    quote: Quote, opportunity: HaloOpportunity, policy: Policy, links: KnownLinks
) -> tuple[Decimal | None, str]:
    wanted = value_of(quote, policy.opportunity_value) if policy.update_opportunity_value else None
    if wanted is None or opportunity.value == wanted:
        return None, ""
    ours = links.opportunity_value
    if ours is not None and opportunity.value != ours:
        return None, (
            f"The value of opportunity {opportunity.label} was set to {opportunity.value} in Halo, so it stays."
        )
    return wanted, ""
