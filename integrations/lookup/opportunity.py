"""A new opportunity in Halo for a person: one for one form, whatever is pressed twice or lost on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser

from integrations.domain.directory import HaloPerson
from integrations.domain.preparations import CreateOpportunity
from integrations.domain.snapshot import HaloOpportunity
from integrations.domain.text import fold
from integrations.domain.ticket_types import RequiredField, TicketType, opportunity_types
from integrations.errors import AnswerLost, PortalError
from integrations.halo.creations import opportunity_body
from integrations.halo.people import PeopleClient
from integrations.lookup.person import ask_halo, read_person
from integrations.lookup.push import claim
from integrations.models import Integration, NewOpportunity

# A request that began earlier than this can no longer be under way.
_SETTLED = timedelta(seconds=75)


class NotCreated(PortalError):
    """The opportunity cannot be made, or not now."""

    code = "not_created"


@dataclass(frozen=True)
class OpportunityWish:
    """What somebody entered; `ref` is the form's own. `fields` are by the keys of the required fields."""

    user_id: int
    type_id: int
    summary: str
    value: Decimal | None
    target: date | None
    ref: str
    by: AbstractBaseUser
    now: datetime
    fields: Mapping[str, str | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class OpportunityForm:
    """What the form of a new opportunity shows; `type_id` is None while a type has to be chosen first."""

    person: HaloPerson
    types: tuple[TicketType, ...]
    type_id: int | None
    required: tuple[RequiredField, ...]


def read_form(integration: Integration, user_id: int, *, type_id: int | None) -> OpportunityForm:
    """Ask Halo what a new opportunity of this type needs. Raises PortalError in words."""
    with ask_halo(integration) as halo:
        person, _ = read_person(halo, user_id)
        _check_person(person)
        types = opportunity_types(halo.ticket_types(), chosen=integration.opportunity_type)
        known = {one.id for one in types}
        wanted = (type_id, integration.opportunity_type, *(known if len(known) == 1 else ()))
        chosen = next((one for one in wanted if one in known), None)
        required = halo.required_fields(chosen) if chosen is not None else ()
    return OpportunityForm(person, types, chosen, required)


def same_summary(integration: Integration, person: HaloPerson, summary: str) -> tuple[HaloOpportunity, ...]:
    """Return the open opportunities of the person's client that are called the same."""
    with ask_halo(integration) as halo:
        return tuple(one for one in _open_ones(halo, person) if fold(one.summary) == fold(summary))


def create_opportunity(integration: Integration, wish: OpportunityWish) -> NewOpportunity:
    """Make the opportunity, or return the one that this wish has made. Raises PortalError in words."""
    with claim(f"opportunity {wish.ref}", now=wish.now, remote="Halo"):
        known = NewOpportunity.objects.filter(ref=wish.ref, integration=integration).first()
        if known is not None and known.state == NewOpportunity.State.MADE:
            return known
        with ask_halo(integration) as halo:
            person, _ = read_person(halo, wish.user_id)
            _check_person(person)
            required = halo.required_fields(wish.type_id)
            if known is not None:
                return _look_again(halo, known, person, required, wish)
            row = NewOpportunity.objects.create(
                integration=integration,
                ref=wish.ref,
                halo_user_id=person.id,
                halo_type_id=wish.type_id,
                summary=wish.summary[:300],
                created_by_id=wish.by.pk,
                created_at=wish.now,
            )
            return _ask(halo, row, person, required, wish)


def differences(integration: Integration, made: NewOpportunity, wish: OpportunityWish) -> tuple[str, ...]:
    """Read the opportunity back; return what Halo holds otherwise than it was sent, in words."""
    assert made.halo_opportunity_id is not None  # noqa: S101  it was made
    with ask_halo(integration) as halo:
        found = halo.get_opportunity(made.halo_opportunity_id)
    rows = (
        ("the summary", wish.summary, found.summary),
        ("the value", wish.value, found.value),
        ("the person", wish.user_id, found.user_id),
        ("the ticket type", wish.type_id, found.type_id),
    )
    return tuple(f"{label} is {has}" for label, sent, has in rows if sent is not None and sent != has)


def _check_person(person: HaloPerson) -> None:
    if person.inactive or person.placeholder:
        what = "inactive in Halo" if person.inactive else "a placeholder, not a person"
        raise NotCreated(f"{person.name} is {what}.", hint="Choose another person.")
    if person.site_id is None:
        raise NotCreated(
            f"{person.name} has no site in Halo, which every opportunity of a person needs.",
            hint="Give them a site in Halo, then try again.",
        )


def _action(
    row: NewOpportunity, person: HaloPerson, required: tuple[RequiredField, ...], wish: OpportunityWish
) -> CreateOpportunity:
    given = {one: wish.fields[one.key] for one in required if wish.fields.get(one.key) not in (None, "")}
    return CreateOpportunity(
        user_id=person.id,
        site_id=person.site_id,
        client_id=person.client_id,
        type_id=wish.type_id,
        summary=wish.summary,
        value=wish.value,
        target=wish.target,
        marker=row.marker,
        fields={one.name: value for one, value in given.items() if not one.custom and one.name},
        custom_fields={one.id: value for one, value in given.items() if one.custom},
    )


def _ask(
    halo: PeopleClient,
    row: NewOpportunity,
    person: HaloPerson,
    required: tuple[RequiredField, ...],
    wish: OpportunityWish,
) -> NewOpportunity:
    body = opportunity_body(_action(row, person, required, wish))
    try:
        return _keep(row, halo.save_opportunity(body))
    except AnswerLost as exc:
        NewOpportunity.objects.filter(pk=row.pk).update(state=NewOpportunity.State.UNKNOWN)
        raise NotCreated(
            "Halo gave no answer, so the opportunity may or may not be there.",
            hint="Press the button again: the portal looks for it first and makes no second one.",
        ) from exc
    except PortalError:
        row.delete()  # refused, or never sent: there is nothing to look for
        raise


def _look_again(
    halo: PeopleClient,
    row: NewOpportunity,
    person: HaloPerson,
    required: tuple[RequiredField, ...],
    wish: OpportunityWish,
) -> NewOpportunity:
    """Go on with a wish whose end is not known: look first, ask again only when it can no longer land."""
    alike = [one for one in _open_ones(halo, person) if fold(one.summary) == fold(row.summary)]
    # A list may leave the marker out: what could be it is read whole.
    whole = [one if one.third_party_url else halo.get_opportunity(one.id) for one in alike]
    found = next((one for one in whole if one.third_party_url == row.marker), None)
    if found is not None:
        return _keep(row, found.id)
    unmarked = next((one for one in whole if not one.third_party_url and _since(one, row.created_at)), None)
    if unmarked is not None:
        raise NotCreated(
            f"Halo has opportunity {unmarked.label}, which may be the one whose answer was lost.",
            hint="Look at it in Halo and use it, or begin again from the person's page.",
        )
    if row.created_at > wish.now - _SETTLED:
        raise NotCreated(
            "Halo may still be at work on this opportunity.", hint="Press the button again in a minute."
        )
    row.created_at = wish.now
    row.save(update_fields=["created_at"])
    return _ask(halo, row, person, required, wish)


def _since(opportunity: HaloOpportunity, at: datetime) -> bool:
    # Halo's dates carry no zone: a day's margin.
    return opportunity.created is None or opportunity.created >= at.date() - timedelta(days=1)


def _open_ones(halo: PeopleClient, person: HaloPerson) -> tuple[HaloOpportunity, ...]:
    if person.client_id is None:
        return halo.open_opportunities(user_id=person.id)
    return halo.opportunities_of_client(person.client_id)


def _keep(row: NewOpportunity, opportunity_id: int) -> NewOpportunity:
    row.state, row.halo_opportunity_id = NewOpportunity.State.MADE, opportunity_id
    row.save(update_fields=["state", "halo_opportunity_id"])
    return row
