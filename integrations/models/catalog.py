"""The portal's own copy of Halo's product list: what makes a hundred-line quote cost no call per line."""

from django.db import models

from integrations.domain.snapshot import HaloItem
from integrations.domain.text import fold
from integrations.models.integration import Integration


class Catalog(models.Model):
    """How complete and how fresh the copy of one integration is, and who is refreshing it."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="catalog")
    refreshed_at = models.DateTimeField(null=True, blank=True)
    next_page = models.PositiveIntegerField(default=1, help_text="Where the refresh under way goes on.")
    round = models.PositiveIntegerField(default=1, help_text="Counts the refreshes.")
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"Products of {self.integration}"


class CatalogItem(models.Model):
    """One Halo product as it was at the last refresh."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="catalog_items")
    halo_id = models.PositiveBigIntegerField()
    name = models.CharField(max_length=500)
    sku = models.CharField(max_length=300, blank=True)
    name_key = models.CharField(max_length=500, help_text="The name in the form in which it is compared.")
    sku_key = models.CharField(
        max_length=300, blank=True, help_text="The SKU in the form in which it is compared."
    )
    item = models.JSONField(help_text="The product as the planner reads it.")
    round = models.PositiveIntegerField(default=0, help_text="The refresh that saw it last.")

    class Meta:
        ordering = ["name"]
        verbose_name = "Halo product"
        constraints = [models.UniqueConstraint(fields=["integration", "halo_id"], name="product_copied_once")]
        indexes = [
            models.Index(fields=["integration", "sku_key"], name="catalog_by_sku"),
            models.Index(fields=["integration", "name_key"], name="catalog_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})" if self.sku else self.name

    @classmethod
    def of(cls, integration: Integration, item: HaloItem, *, round_: int) -> "CatalogItem":
        """Return an unsaved row for a product."""
        return cls(
            integration=integration,
            halo_id=item.id,
            name=item.name[:500],
            sku=item.sku[:300],
            name_key=fold(item.name)[:500],
            sku_key=fold(item.sku)[:300],
            item=item.model_dump(mode="json"),
            round=round_,
        )

    def as_item(self) -> HaloItem:
        """Return the product."""
        return HaloItem.model_validate(self.item)
