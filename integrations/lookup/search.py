"""Person search: in the portal's copy of Halo's users, and in Halo itself where the copy cannot answer."""

import logging
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from django.db.models import Q, QuerySet

from integrations.connect import Lane, Purpose, connect_halo
from integrations.domain.directory import HaloPerson, fits, search_words
from integrations.domain.text import fold
from integrations.errors import PortalError
from integrations.http import Deadline
from integrations.models import Directory, DirectoryUser, Integration
from integrations.sync.directory import TRUST_FOR, remember_people

logger = logging.getLogger(__name__)

SHOWN = 20
# From so many letters on, Halo is worth a request.
ASK_HALO_FROM = 3
_PATIENCE_S = 8


@dataclass(frozen=True)
class Hit:
    """One person found, and the integration whose Halo they are in."""

    integration: Integration
    person: HaloPerson


@dataclass(frozen=True)
class Found:
    """What a search gave: `asked_halo` tells where it comes from, `trouble` what could not be asked."""

    hits: tuple[Hit, ...]
    more: bool = False
    asked_halo: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Freshness:
    """How good the copy is, over all integrations in use."""

    people: int
    oldest: datetime | None
    stale: bool
    error: str = ""


def search(query: str) -> Found:
    """Search the copy. Words are looked for at the beginnings of words first, then anywhere."""
    words = search_words(query)
    if not words:
        return Found(())
    integrations = {row.pk: row for row in Integration.objects.filter(enabled=True)}
    rows = list(_matching((f" {word}" for word in words), integrations)[: SHOWN + 1])
    if len(rows) <= SHOWN:
        known = [row.pk for row in rows]
        rows += list(_matching(words, integrations).exclude(pk__in=known)[: SHOWN + 1 - len(rows)])
    hits = tuple(Hit(integrations[row.integration_id], row.as_person()) for row in rows[:SHOWN])
    return Found(_best_first(hits, query), more=len(rows) > SHOWN)


def search_halo(query: str) -> Found:
    """Ask each Halo directly, and keep what it shows. Costs one request for each integration."""
    found: list[Hit] = []
    trouble = ""
    asked = len(fold(query)) >= ASK_HALO_FROM
    for integration in Integration.objects.filter(enabled=True).exclude(halo_client_id="") if asked else ():
        try:
            found += [Hit(integration, person) for person in _ask(integration, query)]
        except PortalError as exc:
            logger.info("integration %s: person search: %s", integration.pk, exc.code)
            trouble = f"{exc.user_message} {exc.way_out}".strip()
    return Found(
        _best_first(found[:SHOWN], query),
        more=len(found) > SHOWN,
        asked_halo=asked and not trouble,
        trouble=trouble,
    )


def freshness(*, now: datetime) -> Freshness:
    """Say how many people the copy has, since when, and whether it is to be relied on."""
    used = list(Integration.objects.filter(enabled=True).exclude(halo_client_id="").values_list("pk", flat=True))
    copies = list(Directory.objects.filter(integration__in=used))
    times = [copy.refreshed_at for copy in copies if copy.refreshed_at is not None]
    complete = len(times) == len(used)
    oldest = min(times) if times and complete else None
    return Freshness(
        people=DirectoryUser.objects.filter(integration__in=used, placeholder=False).count(),
        oldest=oldest,
        stale=bool(used) and (oldest is None or oldest < now - TRUST_FOR),
        error=next((copy.last_error for copy in copies if copy.last_error), ""),
    )


def _matching(words: Iterable[str], integrations: Collection[int]) -> QuerySet[DirectoryUser]:
    # LIKE on folded text: the same on every database. It reads all rows, which takes 20 to 45 ms of 50,000.
    every = reduce(Q.__and__, (Q(search_text__contains=word) for word in words))
    rows = DirectoryUser.objects.filter(every, placeholder=False, integration__in=integrations)
    return rows.order_by("inactive", "name_key")


def _ask(integration: Integration, query: str) -> list[HaloPerson]:
    words = search_words(query)
    phones = len(words) == 1 and words[0].isdigit()
    client = connect_halo(integration, lane=Lane.PERSON, purpose=Purpose.PEOPLE, deadline=Deadline(_PATIENCE_S))
    with closing(client):
        # Halo matches the whole text of a search against one field: the longest word is the surest bait.
        people = client.search_people(max(words, key=len), phones=phones)
    # Its search is loose, and an unknown parameter is ignored: each row is checked (halo.md 2.4).
    people = tuple(person for person in people if fits(person, query))
    remember_people(integration, people)
    return [person for person in people if not person.placeholder]


def _best_first(hits: Iterable[Hit], query: str) -> tuple[Hit, ...]:
    """Put exact and first-word hits before the rest, inactive people last; the order is otherwise kept."""
    wanted = fold(query)

    def rank(hit: Hit) -> tuple[bool, int]:
        name, emails = fold(hit.person.name), [fold(email) for email in hit.person.emails]
        points = (wanted == name or wanted in emails, name.startswith(wanted))
        return hit.person.inactive, -2 * points[0] - points[1]

    return tuple(sorted(hits, key=rank))
