"""Keeping the copy of Halo's product list fresh, a page at a time, within what the request budget leaves."""

from datetime import datetime

from django.db import transaction

from integrations.connect import Purpose
from integrations.domain.snapshot import HaloItem
from integrations.halo.client import HaloClient
from integrations.halo.wire import PAGE
from integrations.models import Catalog, CatalogItem, Integration
from integrations.sync import copying
from integrations.sync.surroundings import Surroundings

_UPDATED = ["name", "sku", "name_key", "sku_key", "item", "round"]


def integrations_to_refresh(*, now: datetime) -> list[int]:
    """Return the integrations whose copy is due and that nobody is refreshing."""
    return copying.integrations_to_refresh("catalog", now=now)


def refresh(integration: Integration, *, surroundings: Surroundings) -> str:
    """Copy pages until the list ends, the budget is spent or the run is long enough; return what was done."""
    return copying.refresh(Catalog, integration, _copy, purpose=Purpose.PRODUCT_COPY, surroundings=surroundings)


def _copy(client: HaloClient, catalog: Catalog, surroundings: Surroundings) -> bool:
    for _ in range(copying.PAGES_A_RUN):
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
