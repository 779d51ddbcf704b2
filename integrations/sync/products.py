"""Finding products for an attempt: in the portal's copy of Halo's list where there is one, else in Halo."""

from datetime import datetime, timedelta

from integrations.domain.snapshot import HaloItem
from integrations.domain.text import fold
from integrations.errors import NotFound
from integrations.halo.client import HaloClient
from integrations.models import Catalog, CatalogItem, Integration

# A copy that could not be refreshed for so long is not relied on any more.
TRUST_FOR = timedelta(hours=24)
# Up to so many products that the copy does not have are asked for one by one; for more, Halo is asked whether
# the copy is complete. Equal counts prove it, unless a product was deleted and another made since the refresh.
ASK_SINGLY = 2


class Products:
    """The products that one attempt may ask for; each question is asked once."""

    def __init__(self, client: HaloClient, integration: Integration, *, now: datetime) -> None:
        self._client = client
        self._integration = integration
        self._asked: dict[str, tuple[HaloItem, ...]] = {}
        self._singles = 0
        self._complete: bool | None = None
        catalog = Catalog.objects.filter(integration=integration, refreshed_at__gt=now - TRUST_FOR).first()
        self._has_copy = catalog is not None

    def by_id(self, item_id: int) -> tuple[HaloItem, ...]:
        """Return the product with this id, or nothing."""
        key = f"id {item_id}"
        if key not in self._asked:
            self._asked[key] = self._copied(halo_id=item_id) or self._from_halo(item_id)
        return self._asked[key]

    def by_sku(self, sku: str) -> tuple[HaloItem, ...]:
        """Return the products with this SKU."""
        key = f"sku {fold(sku)}"
        if key not in self._asked:
            copied = self._copied(sku_key=fold(sku)[:300])
            self._asked[key] = copied if copied or self._is_complete() else self._client.find_items(sku=sku)
        return self._asked[key]

    def by_name(self, name: str) -> tuple[HaloItem, ...]:
        """Return the products with this name."""
        key = f"name {fold(name)}"
        if key not in self._asked:
            copied = self._copied(name_key=fold(name)[:500])
            self._asked[key] = copied if copied or self._is_complete() else self._client.find_items(name=name)
        return self._asked[key]

    def _copied(self, **values: object) -> tuple[HaloItem, ...]:
        if not self._has_copy:
            return ()
        rows = CatalogItem.objects.filter(integration=self._integration, **values).order_by("halo_id")
        return tuple(row.as_item() for row in rows)

    def _from_halo(self, item_id: int) -> tuple[HaloItem, ...]:
        try:
            return (self._client.get_item(item_id),)
        except NotFound:
            return ()

    def _is_complete(self) -> bool:
        """Say whether what the copy does not have is not in Halo either."""
        if not self._has_copy:
            return False
        if self._complete is None:
            self._singles += 1
            if self._singles <= ASK_SINGLY:
                return False
            copied = CatalogItem.objects.filter(integration=self._integration).count()
            self._complete = self._client.items_page(1, size=1).total == copied
        return self._complete
