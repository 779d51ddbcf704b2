"""What is unusual about a person, and what becomes of their quotes: the cases of docs/people.md, on the page."""

from integrations.domain.people import changed_client
from integrations.domain.snapshot import HaloUser, KnownLinks
from integrations.lookup.person import PersonDetails


def notes_on(details: PersonDetails) -> list[str]:
    """Return the sentences that stand on the person's page."""
    cases = (_inactive(details), _same_address(details), _moved(details), _prospect(details))
    return [text for text in cases if text]


def _linked_here(details: PersonDetails) -> bool:
    return details.link is not None and details.link.halo_user_id == details.person.id


def _inactive(details: PersonDetails) -> str:
    person = details.person
    if not person.inactive:
        return ""
    return (
        f"{person.name} is inactive in Halo. Nothing is sent to Quoter, and quotes for {person.email or 'them'} "
        "wait until the contact is linked to an active user."
    )


def _same_address(details: PersonDetails) -> str:
    if not details.namesakes:
        return ""
    others = "; ".join(other.label for other in details.namesakes)
    if _linked_here(details):
        what = "The contact is linked to this person, so its quotes come here."
    elif details.link is not None:
        what = "The contact is linked to somebody else, so its quotes go there."
    else:
        what = "Quotes for it wait until it is linked to one of them. Push to Quoter links it to this one."
    return f"Halo has the e-mail {details.person.email} on other users as well: {others}. {what}"


def _moved(details: PersonDetails) -> str:
    person, link = details.person, details.link
    if link is None or not _linked_here(details):
        return ""
    known = KnownLinks(user_client_id=link.halo_client_id, user_client_name=link.halo_client_name)
    user = HaloUser(id=person.id, name=person.name, client_id=person.client_id, client_name=person.client_name)
    text = changed_client(known, user)
    if not text:
        return ""
    return (
        f"{text} Quotes on opportunities of the client before wait for a decision; new ones go to the new client. "
        "Push to Quoter brings the contact’s company in line and takes this note away."
    )


def _prospect(details: PersonDetails) -> str:
    if not details.person.prospect:
        return ""
    client = details.person.client_name or "Their client"
    return (
        f"{client} is a prospect in Halo, not a customer yet. Quotes work as "
        "for any client; whether a sales order may be made is Halo’s own rule."
    )
