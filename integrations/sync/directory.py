"""Keeping the copy of Halo's users and sites fresh, a page at a time, within what the request budget leaves.

Rounds are whole: whether Halo's `lastupdatefromdate` filters users is unverified [U], and a filter that is
ignored would look like a success.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from integrations.connect import Purpose
from integrations.domain.directory import HaloPerson, HaloSite
from integrations.halo.people import PeopleClient
from integrations.halo.wire import PAGE
from integrations.models import Directory, DirectorySite, DirectoryUser, Integration
from integrations.sync import copying
from integrations.sync.surroundings import Surroundings

# A copy that could not be refreshed for so long is shown with a warning, and Halo is asked beside it.
TRUST_FOR = timedelta(hours=24)
_SITE_COLUMNS = ["site", "round"]
_USER_COLUMNS = ["name_key", "search_text", "site_halo_id", "inactive", "placeholder", "person", "round"]


def integrations_to_refresh(*, now: datetime) -> list[int]:
    """Return the integrations whose copy is due and that nobody is refreshing."""
    return copying.integrations_to_refresh("directory", now=now)


def refresh(integration: Integration, *, surroundings: Surroundings) -> str:
    """Copy pages until the lists end, the budget is spent or the run is long enough; return what was done."""
    return copying.refresh(Directory, integration, _copy, purpose=Purpose.PEOPLE_COPY, surroundings=surroundings)


def _copy(client: PeopleClient, directory: Directory, surroundings: Surroundings) -> bool:
    for _ in range(copying.PAGES_A_RUN):
        if _copy_page(client, directory):
            if directory.part == Directory.Part.USERS:
                _finish(directory, now=surroundings.now())
                return True
            directory.part, directory.next_page = Directory.Part.USERS, 1
        else:
            directory.next_page += 1
        Directory.objects.filter(pk=directory.pk).update(part=directory.part, next_page=directory.next_page)
    return False


def _copy_page(client: PeopleClient, directory: Directory) -> bool:
    """Copy one page; say whether it was the last of its list."""
    if directory.part == Directory.Part.SITES:
        sites = client.sites_page(directory.next_page, size=PAGE)
        remember_sites(directory.integration, sites.sites, round_=directory.round)
        return sites.last
    people = client.people_page(directory.next_page, size=PAGE)
    remember_people(directory.integration, people.people, round_=directory.round)
    return people.last


def _finish(directory: Directory, *, now: datetime) -> None:
    with transaction.atomic():
        # What this round did not see is no longer in Halo.
        for model in (DirectorySite, DirectoryUser):
            model._default_manager.filter(integration=directory.integration, round__lt=directory.round).delete()
        Directory.objects.filter(pk=directory.pk).update(
            refreshed_at=now, part=Directory.Part.SITES, next_page=1, round=directory.round + 1
        )


def remember_people(integration: Integration, people: Iterable[HaloPerson], *, round_: int | None = None) -> None:
    """Put users into the copy, over what it had of them."""
    round_ = _round(integration) if round_ is None else round_
    DirectoryUser.objects.bulk_create(
        [DirectoryUser.of(integration, person, round_=round_) for person in people],
        update_conflicts=True,
        unique_fields=["integration", "halo_id"],
        update_fields=_USER_COLUMNS,
    )


def remember_sites(integration: Integration, sites: Iterable[HaloSite], *, round_: int | None = None) -> None:
    """Put sites into the copy, over what it had of them."""
    round_ = _round(integration) if round_ is None else round_
    DirectorySite.objects.bulk_create(
        [DirectorySite.of(integration, site, round_=round_) for site in sites],
        update_conflicts=True,
        unique_fields=["integration", "halo_id"],
        update_fields=_SITE_COLUMNS,
    )


def _round(integration: Integration) -> int:
    found = Directory.objects.filter(integration=integration).values_list("round", flat=True).first()
    return found or 0
