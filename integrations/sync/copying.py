"""How a copy of one of Halo's lists is kept fresh: who is due, who has it in hand, and what became of it."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Q

from integrations.connect import Lane, Purpose, connect_halo
from integrations.errors import PortalError
from integrations.halo.people import PeopleClient
from integrations.models import Catalog, Directory, Integration
from integrations.models.pausing import at_work
from integrations.sync.surroundings import Surroundings

REFRESH_AFTER = timedelta(hours=6)
PAGES_A_RUN = 60
# Longer than one run takes; a run that died is followed by another.
_CLAIM = timedelta(minutes=3)

Copy = TypeVar("Copy", Catalog, Directory)


def integrations_to_refresh(related: str, *, now: datetime) -> list[int]:
    """Return the integrations whose copy, under this name, is due and that nobody is refreshing."""
    none = Q(**{related: None})
    due = (
        none | Q(**{f"{related}__refreshed_at": None}) | Q(**{f"{related}__refreshed_at__lt": now - REFRESH_AFTER})
    )
    free = none | Q(**{f"{related}__claimed_until": None}) | Q(**{f"{related}__claimed_until__lt": now})
    rows = Integration.objects.filter(due & free & at_work(now)).exclude(halo_client_id="")
    return list(rows.values_list("pk", flat=True))


def refresh(
    model: type[Copy],
    integration: Integration,
    copy: Callable[[PeopleClient, Copy, Surroundings], bool],
    *,
    purpose: Purpose,
    surroundings: Surroundings,
) -> str:
    """Let `copy` read pages until it says that all are there, or may do no more; return what was done."""
    now = surroundings.now()
    model._default_manager.get_or_create(integration=integration)
    rows = model._default_manager.filter(integration=integration)
    free = rows.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
    if not free.update(claimed_until=now + _CLAIM):
        return "is being refreshed already"
    try:
        with closing(
            connect_halo(
                integration,
                lane=Lane.RECONCILIATION,
                purpose=purpose,
                clock=surroundings.clock,
                sleep=surroundings.sleep,
            )
        ) as client:
            done = copy(client, rows.get(), surroundings)
    except PortalError as exc:
        rows.update(claimed_until=None, last_error=exc.user_message[:300])
        return exc.user_message
    rows.update(claimed_until=None, last_error="")
    return "complete" if done else "to be continued"
