"""Keeping the copy of Halo's product list fresh, a page at a time, within what the request budget leaves."""

from contextlib import closing
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from integrations.connect import Lane, Purpose, connect_halo
from integrations.domain.snapshot import HaloItem
from integrations.errors import PortalError
from integrations.halo.client import HaloClient
from integrations.halo.wire import PAGE
from integrations.models import Catalog, CatalogItem, Integration
from integrations.models.pausing import at_work
from integrations.sync.surroundings import Surroundings

REFRESH_AFTER = timedelta(hours=6)
# Longer than one run takes; a run that died is followed by another.
_CLAIM = timedelta(minutes=3)
_PAGES_A_RUN = 60
_UPDATED = ["name", "sku", "name_key", "sku_key", "item", "round"]


def integrations_to_refresh(*, now: datetime) -> list[int]:
    """Return the integrations whose copy is due and that nobody is refreshing."""
    due = Q(catalog=None) | Q(catalog__refreshed_at=None) | Q(catalog__refreshed_at__lt=now - REFRESH_AFTER)
    free = Q(catalog=None) | Q(catalog__claimed_until=None) | Q(catalog__claimed_until__lt=now)
    rows = Integration.objects.filter(due & free & at_work(now)).exclude(halo_client_id="")
    return list(rows.values_list("pk", flat=True))


def refresh(integration: Integration, *, surroundings: Surroundings) -> str:
    """Copy pages until the list ends, the budget is spent or the run is long enough; return what was done."""
    now = surroundings.now()
    Catalog.objects.get_or_create(integration=integration)
    rows = Catalog.objects.filter(integration=integration)
    free = rows.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
    if not free.update(claimed_until=now + _CLAIM):
        return "is being refreshed already"
    try:
        with closing(
            connect_halo(
                integration,
                lane=Lane.RECONCILIATION,
                purpose=Purpose.PRODUCT_COPY,
                clock=surroundings.clock,
                sleep=surroundings.sleep,
            )
        ) as client:
            done = _copy(client, rows.get(), surroundings=surroundings)
    except PortalError as exc:
        rows.update(claimed_until=None, last_error=exc.user_message[:300])
        return exc.user_message
    rows.update(claimed_until=None, last_error="")
    return "complete" if done else "to be continued"


def _copy(client: HaloClient, catalog: Catalog, *, surroundings: Surroundings) -> bool:
    for _ in range(_PAGES_A_RUN):
        page = client.items_page(catalog.next_page, size=PAGE)
        remember(catalog.integration, page.items, round_=catalog.round)
        catalog.next_page += 1
        if len(page.items) < PAGE:
            _finish(catalog, now=surroundings.now())
            return True
        Catalog.objects.filter(pk=catalog.pk).update(next_page=catalog.next_page)
    return False


def _finish(catalog: Catalog, *, now: datetime) -> None:
    with transaction.atomic():
        # What this round did not see is no longer in Halo.
        CatalogItem.objects.filter(integration=catalog.integration, round__lt=catalog.round).delete()
        Catalog.objects.filter(pk=catalog.pk).update(refreshed_at=now, next_page=1, round=catalog.round + 1)


def remember(integration: Integration, items: tuple[HaloItem, ...], *, round_: int | None = None) -> None:
    """Put products into the copy, over what it had of them."""
    if round_ is None:
        catalog = Catalog.objects.filter(integration=integration).first()
        if catalog is None:
            return
        round_ = catalog.round
    CatalogItem.objects.bulk_create(
        [CatalogItem.of(integration, item, round_=round_) for item in items],
        update_conflicts=True,
        unique_fields=["integration", "halo_id"],
        update_fields=_UPDATED,
    )


def forget(integration: Integration, item_ids: set[int]) -> int:
    """Take products out of the copy, so that Halo is asked for them; return how many."""
    return CatalogItem.objects.filter(integration=integration, halo_id__in=item_ids).delete()[0]
