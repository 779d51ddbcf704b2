"""Everything that a person's page shows: from Halo now, or from the portal's copy where Halo does not answer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from integrations.choices import WAITING
from integrations.connect import Lane, Purpose, connect_halo
from integrations.domain.directory import HaloPerson, HaloSite
from integrations.domain.opportunities import RankedOpportunity, rank
from integrations.domain.snapshot import HaloOpportunity, HaloUser
from integrations.domain.text import fold
from integrations.errors import NotFound, PortalError
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import (
    DirectorySite,
    DirectoryUser,
    Integration,
    PersonLink,
    QuoteLink,
    WebhookDelivery,
)
from integrations.sync.directory import remember_people, remember_sites

# A page that waits longer than this looks broken.
PATIENCE_S = 15
_QUOTES_SHOWN = 10


@dataclass(frozen=True)
class PersonDetails:
    """One person; `trouble` says why Halo could not be asked for all of it."""

    integration: Integration
    person: HaloPerson
    site: HaloSite | None = None
    opportunities: tuple[RankedOpportunity, ...] = ()
    trouble: str = ""
    from_copy: bool = False
    link: PersonLink | None = None
    quotes: list[QuoteLink] = field(default_factory=list)
    waiting: list[WebhookDelivery] = field(default_factory=list)
    namesakes: list[HaloPerson] = field(default_factory=list)
    """Other active users of the copy with the same first e-mail address."""


@contextmanager
def ask_halo(integration: Integration) -> Iterator[PeopleClient]:
    """Open a client for a person who waits."""
    client = connect_halo(integration, lane=Lane.PERSON, purpose=Purpose.PEOPLE, deadline=Deadline(PATIENCE_S))
    with closing(client):
        yield client


def load_person(integration: Integration, user_id: int) -> PersonDetails:
    """Return a person's page. Raises NotFound where neither Halo nor the copy has them."""
    try:
        with ask_halo(integration) as client:
            person, site = read_person(client, user_id)
            remember_people(integration, [person])
            if site is not None:
                remember_sites(integration, [site])
            opportunities = _opportunities(client, person)
        details = PersonDetails(integration, person, site, opportunities)
    except NotFound:
        DirectoryUser.objects.filter(integration=integration, halo_id=user_id).delete()
        raise
    except PortalError as exc:
        details = _from_copy(integration, user_id, exc)
    return _with_own_rows(details)


def read_person(client: PeopleClient, user_id: int) -> tuple[HaloPerson, HaloSite | None]:
    """Read a user and their site, which holds the country and region of their address."""
    person = client.get_person(user_id)
    if person.site_id is None:
        return person, None
    try:
        return person, client.get_site(person.site_id)
    except NotFound:
        return person, None


def _opportunities(client: PeopleClient, person: HaloPerson) -> tuple[RankedOpportunity, ...]:
    if person.client_id is None:
        found: tuple[HaloOpportunity, ...] = client.open_opportunities(user_id=person.id)
    else:
        found = client.opportunities_of_client(person.client_id)
    return nearest_first(found, person)


def nearest_first(found: tuple[HaloOpportunity, ...], person: HaloPerson) -> tuple[RankedOpportunity, ...]:
    """Order opportunities by nearness: the person's own, their site's, their client's; newest first in each."""
    user = HaloUser(id=person.id, name=person.name, client_id=person.client_id)
    ranked = rank(found, person=user, quote_total=None, quote_name="")

    def of_site(one: RankedOpportunity) -> bool:
        return one.opportunity.site_id is not None and one.opportunity.site_id == person.site_id

    return tuple(sorted(ranked, key=lambda one: (not one.mine, not of_site(one))))


def _from_copy(integration: Integration, user_id: int, error: PortalError) -> PersonDetails:
    row = DirectoryUser.objects.filter(integration=integration, halo_id=user_id).first()
    if row is None:
        raise error
    person = row.as_person()
    site = DirectorySite.objects.filter(integration=integration, halo_id=person.site_id or 0).first()
    trouble = f"{error.user_message} {error.way_out}".strip()
    return PersonDetails(integration, person, site.as_site() if site else None, trouble=trouble, from_copy=True)


def _with_own_rows(details: PersonDetails) -> PersonDetails:
    person, integration = details.person, details.integration
    emails = [fold(email) for email in person.emails if fold(email)]
    links = PersonLink.objects.filter(integration=integration)
    mine = links.filter(Q(halo_user_id=person.id) | Q(email__in=emails)).select_related("created_by")
    return PersonDetails(
        integration,
        person,
        details.site,
        details.opportunities,
        details.trouble,
        details.from_copy,
        link=min(mine, key=lambda link: link.halo_user_id != person.id, default=None),
        quotes=list(_quotes_of(integration, person.id, emails)[:_QUOTES_SHOWN]),
        waiting=_waiting_for(integration, emails),
        namesakes=_namesakes(integration, person),
    )


def _namesakes(integration: Integration, person: HaloPerson) -> list[HaloPerson]:
    email = fold(person.email)
    if not email:
        return []
    usable = DirectoryUser.objects.filter(integration=integration, inactive=False, placeholder=False)
    rows = usable.filter(search_text__contains=f" {email}").exclude(halo_id=person.id)[:20]
    return [other for other in (row.as_person() for row in rows) if fold(other.email) == email]


def _quotes_of(integration: Integration, user_id: int, emails: list[str]) -> "QuerySet[QuoteLink]":
    same = Q(halo_user_id=user_id)
    for email in emails:
        same |= Q(halo_user_id=None, contact_email__iexact=email)
    return QuoteLink.objects.filter(same, integration=integration).order_by("-updated_at")


def _waiting_for(integration: Integration, emails: list[str]) -> list[WebhookDelivery]:
    if not emails:
        return []
    rows = WebhookDelivery.objects.filter(integration=integration, state__in=WAITING).defer("data")
    # Addresses are compared folded, which no database does alike.
    return [row for row in rows[:500] if fold(row.contact_email) in emails]
