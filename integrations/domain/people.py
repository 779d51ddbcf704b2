"""Which Halo user a quote is for: the known link, else exactly one active user with that e-mail address."""

from collections.abc import Iterable

from integrations.domain.choice import Ambiguous, Candidate, Choice, Match, NoMatch
from integrations.domain.snapshot import HaloUser, KnownLinks
from integrations.domain.text import fold


def choose_person(
    email: str, *, users: Iterable[HaloUser], linked_id: int | None = None, linked: HaloUser | None = None
) -> Choice:
    """Choose the Halo user for a contact's e-mail address; `linked` is what Halo has for `linked_id`."""
    if linked_id is not None:
        return _follow_link(linked_id, linked)
    wanted = fold(email)
    if not wanted:
        return NoMatch(why="The Quoter contact has no e-mail address.")
    by_id = {user.id: user for user in users if wanted in {fold(e) for e in user.emails}}
    usable = [user for user in by_id.values() if not (user.inactive or user.placeholder)]
    losers = tuple(_candidate(u, _unusable(u)) for u in by_id.values() if u not in usable)
    # A second address (Halo: email2, email3) counts only where nobody has it as the first one.
    first = [user for user in usable if fold(user.emails[0]) == wanted] or usable
    if not first:
        return NoMatch(why=f"Halo has no active user with the e-mail {email}.", losers=losers)
    if len(first) == 1:
        others = tuple(_candidate(u, "has it as a second address only") for u in usable if u not in first)
        return Match(
            id=first[0].id,
            rule="e-mail",
            why=f"The only active Halo user with the e-mail {email} is {first[0].label}.",
            losers=losers + others,
        )
    named = "; ".join(user.label for user in first)
    return Ambiguous(
        why=f"Halo has {_count(len(first))} users with the e-mail {email} ({named}).",
        candidates=tuple(_candidate(user, "has this e-mail address") for user in first),
    )


def changed_client(links: KnownLinks, user: HaloUser) -> str:
    """Say that a linked user has changed client since the link was made; "" where they have not."""
    if None in (links.user_client_id, user.client_id) or links.user_client_id == user.client_id:
        return ""
    before, now = links.user_client_name or links.user_client_id, user.client_name or user.client_id
    return f"{user.name} was at {before} when this contact was linked to them, and is at {now} now."


def _follow_link(linked_id: int, linked: HaloUser | None) -> Choice:
    if linked is None:
        return NoMatch(why=f"The linked Halo user {linked_id} no longer exists, or the API agent may not see it.")
    if linked.inactive:
        return NoMatch(why=f"The linked Halo user {linked.label} is inactive.")
    return Match(id=linked.id, rule="link", why=f"This contact is linked to {linked.label}.")


def _unusable(user: HaloUser) -> str:
    return "is inactive" if user.inactive else "is a placeholder, not a person"


def _candidate(user: HaloUser, reason: str) -> Candidate:
    place = " / ".join(part for part in (user.client_name, user.site_name) if part)
    return Candidate(id=user.id, name=user.name, detail=place, reason=reason)


def _count(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))
