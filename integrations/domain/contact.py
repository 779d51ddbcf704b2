"""A Halo user as a Quoter contact."""

from integrations.domain.directory import HaloPerson, Phone
from integrations.domain.quote import Address, Contact
from integrations.domain.record import Record
from integrations.domain.text import fold


class Change(Record):
    """One field of a contact that differs."""

    label: str
    before: str
    after: str


_FIELDS = (
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("organization", "Organization"),
    ("title", "Title"),
    ("work_phone", "Work phone"),
    ("mobile_phone", "Mobile phone"),
)
_ADDRESS = (
    ("line1", "Address line 1"),
    ("line2", "Address line 2"),
    ("city", "City"),
    ("region_code", "Region"),
    ("postal_code", "Postal code"),
    ("country_code", "Country"),
)


def contact_of(person: HaloPerson, address: Address) -> Contact:
    """Return what Quoter is to hold for a person. Halo's title is the salutation or the job, so it stays [U]."""
    first, last = person.names
    return Contact(
        first_name=first,
        last_name=last,
        organization=person.client_name,
        email=person.email,
        work_phone=_phone(person.phones, "Work", "Site"),
        mobile_phone=_phone(person.phones, "Mobile", "Mobile 2"),
        billing=address,
    )


def changes_between(before: Contact, after: Contact) -> tuple[Change, ...]:
    """List what Halo says otherwise; what Halo leaves empty is no reason to empty it in Quoter."""
    rows = [(label, getattr(before, name), getattr(after, name)) for name, label in _FIELDS]
    old, new = before.billing or Address(), after.billing or Address()
    rows += [(label, getattr(old, name), getattr(new, name)) for name, label in _ADDRESS]
    return tuple(
        Change(label=label, before=was, after=becomes)
        for label, was, becomes in rows
        if becomes and fold(was) != fold(becomes)
    )


def _phone(phones: tuple[Phone, ...], *kinds: str) -> str:
    by_kind = {phone.kind: phone.number for phone in reversed(phones)}
    return next((by_kind[kind] for kind in kinds if kind in by_kind), "")
