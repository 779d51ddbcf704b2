"""Push to Quoter: the contact of a Halo user, made or brought up to date, never twice for one e-mail address."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from integrations.connect.quoter import connect_quoter
from integrations.domain.contact import Change, changes_between, contact_of
from integrations.domain.directory import HaloPerson, HaloSite
from integrations.domain.postal import lines_of, map_address, refusal
from integrations.domain.quote import Contact
from integrations.domain.text import fold
from integrations.errors import AnswerLost, PortalError
from integrations.http import Deadline
from integrations.lookup.person import ask_halo, read_person
from integrations.lookup.relink import sync_waiting_on_person
from integrations.models import Claim, Integration, PersonLink
from integrations.models.link_changes import note_changes
from integrations.quoter.shared import QuoterClient

# Longer than a push can take: a look, a write and a look again.
_CLAIM = timedelta(seconds=120)
PATIENCE_S = 40


class NotPushed(PortalError):
    """The person cannot be written to Quoter as they are; nothing was changed there."""

    code = "not_pushed"


@dataclass(frozen=True)
class Pushed:
    """The person, their contact in Quoter, and in one sentence what was done."""

    person: HaloPerson
    contact: Contact
    sentence: str
    changes: tuple[Change, ...] = ()


def push(integration: Integration, user_id: int, *, by: AbstractBaseUser, now: datetime) -> Pushed:
    """Make Quoter's contact say what Halo says, and remember the link. Raises PortalError in words."""
    with ask_halo(integration) as halo:
        person, site = read_person(halo, user_id)
    with talk_to_quoter(integration) as quoter:
        return push_person(quoter, integration, person, site, by=by, now=now)


@contextmanager
def talk_to_quoter(integration: Integration) -> Iterator[QuoterClient]:
    """Open a client of Quoter's API for a person who waits."""
    with closing(connect_quoter(integration, deadline=Deadline(PATIENCE_S))) as client:
        yield client


def push_person(
    quoter: QuoterClient,
    integration: Integration,
    person: HaloPerson,
    site: HaloSite | None,
    *,
    by: AbstractBaseUser,
    now: datetime,
) -> Pushed:
    """Push a person who was just read."""
    contact = _contact(integration, person, site)
    _check_link(integration, person)
    with claim(f"contact {integration.pk} {fold(person.email)}", now=now):
        pushed = _write(quoter, person, contact)
    _remember(integration, pushed, by=by, now=now)
    return pushed


def _contact(integration: Integration, person: HaloPerson, site: HaloSite | None) -> Contact:
    if person.inactive or person.placeholder:
        what = "inactive in Halo" if person.inactive else "a placeholder, not a person"
        raise NotPushed(f"{person.name} is {what}.", hint="Choose another person.")
    if not fold(person.email):
        raise NotPushed(
            f"{person.name} has no e-mail address in Halo.", hint="Enter one in Halo, then push again."
        )
    mapped = map_address(lines_of(person, site), site, integration.address_rules())
    if sentence := refusal(person, mapped):
        where = f"the site “{site.name}”" if site else "a site"
        raise NotPushed(
            sentence,
            hint=f"Fill in {' and '.join(mapped.missing)} at {where} in Halo, or name a default in the settings.",
        )
    return contact_of(person, mapped.address)


def _check_link(integration: Integration, person: HaloPerson) -> None:
    link = PersonLink.objects.filter(integration=integration, email=fold(person.email)).first()
    if link is not None and link.halo_user_id != person.id:
        other = link.halo_user_name or f"Halo user {link.halo_user_id}"
        raise NotPushed(
            f"The Quoter contact {link.email} is linked to {other}, not to {person.name}.",
            hint="Change the link under Links, People first.",
        )


@contextmanager
def claim(key: str, *, now: datetime, remote: str = "Quoter") -> Iterator[None]:
    """Hold the right to one thing while it is done. Raises NotPushed where somebody else holds it."""
    key = key[:400]
    try:
        with transaction.atomic():
            mine = Claim.objects.filter(key=key, until__lt=now).update(until=now + _CLAIM)
            if not mine:
                Claim.objects.create(key=key, until=now + _CLAIM)
    except IntegrityError as exc:
        what = f"This is being written to {remote} at this moment."
        raise NotPushed(what, hint="Look again in a minute.") from exc
    try:
        yield
    finally:
        Claim.objects.filter(key=key).delete()


def _write(quoter: QuoterClient, person: HaloPerson, contact: Contact) -> Pushed:
    found = quoter.find_contacts(contact.email)
    if len(found) > 1:
        raise NotPushed(
            f"Quoter has {len(found)} contacts with the e-mail {contact.email}.",
            hint="Merge them in Quoter, then push again: the portal does not guess which one is meant.",
        )
    if not found:
        made = _create(quoter, contact)
        sentence = f"{person.name} is now a contact in Quoter, {contact.email}."
        return Pushed(person, _with_id(contact, made), sentence)
    before = found[0]
    changes = changes_between(before, contact)
    if not changes:
        return Pushed(person, _with_id(contact, before), f"Quoter already agrees with Halo about {person.name}.")
    if not before.public_id:
        # ScalePad's API shows no id of a contact before its first quote, and changes nothing without one [R].
        named = ", ".join(change.label.lower() for change in changes)
        sentence = (
            f"{person.name} is a contact in Quoter, but it cannot be changed before its first quote: {named}."
        )
        return Pushed(person, _with_id(contact, before), sentence, changes)
    quoter.update_contact(before.public_id, contact)
    named = ", ".join(f"{change.label.lower()} “{change.after}”" for change in changes)
    return Pushed(person, _with_id(contact, before), f"{person.name} is up to date in Quoter: {named}.", changes)


def _create(quoter: QuoterClient, contact: Contact) -> Contact:
    try:
        return quoter.create_contact(contact)
    except AnswerLost:
        # It may be there all the same: only a look can tell, and a second contact is worse than a message.
        found = quoter.find_contacts(contact.email)
        if not found:
            raise
        return found[0]


def _with_id(contact: Contact, known: Contact) -> Contact:
    return contact.model_copy(update={"public_id": known.public_id})


def _remember(integration: Integration, pushed: Pushed, *, by: AbstractBaseUser, now: datetime) -> None:
    person, contact, email = pushed.person, pushed.contact, fold(pushed.person.email)
    with transaction.atomic():
        link, created = PersonLink.objects.get_or_create(
            integration=integration,
            email=email,
            defaults={
                "halo_user_id": person.id,
                "created_by_id": by.pk,
                "created_at": now,
                "why": "Pushed to Quoter from the person's page.",
            },
        )
        values: dict[str, Any] = {
            "halo_user_name": person.label[:300],
            "halo_client_id": person.client_id,
            "halo_client_name": person.client_name[:300],
            "contact_name": contact.name[:300],
            "contact_id": contact.public_id[:100] or link.contact_id,
            "pushed_at": now,
        }
        PersonLink.objects.filter(pk=link.pk).update(**values)
        if created:
            link.halo_user_name = values["halo_user_name"]
            note_changes(link, {}, by_id=by.pk, why=link.why, at=now)
            sync_waiting_on_person(integration.pk, email, by=by, now=now)
