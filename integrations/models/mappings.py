"""How fields and categories of the two systems correspond, edited beside the integration."""

from django.db import models

from integrations.models.integration import Integration


class AddressMapping(models.Model):
    """Which Halo address line feeds which Quoter address field."""

    class QuoterField(models.TextChoices):
        LINE1 = "line1", "Address line 1"
        LINE2 = "line2", "Address line 2"
        LINE3 = "line3", "Address line 3"
        CITY = "city", "City"
        REGION = "region", "State or region"
        POSTAL_CODE = "postal_code", "Postal code"
        COUNTRY = "country", "Country"

    class HaloField(models.TextChoices):
        LINE1 = "line1", "Address line 1"
        LINE2 = "line2", "Address line 2"
        LINE3 = "line3", "Address line 3"
        LINE4 = "line4", "Address line 4"
        POSTCODE = "postcode", "Postcode"
        REGION = "region", "Region of the site"
        COUNTRY = "country", "Country of the site"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="addresses")
    quoter_field = models.CharField("Quoter field", max_length=20, choices=QuoterField.choices)
    halo_field = models.CharField("Halo field", max_length=20, choices=HaloField.choices)

    class Meta:
        ordering = ["integration", "id"]
        verbose_name = "address mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "quoter_field"],
                name="one_source_per_address_field",
                violation_error_message="This Quoter field is already fed by another Halo field.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_halo_field_display()} → {self.get_quoter_field_display()}"


class ProductGroupMapping(models.Model):
    """Which Quoter category creates products in which Halo product group (Halo: *asset group*)."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="product_groups")
    category = models.CharField(
        "Quoter category", max_length=200, help_text="The category's name, or its cat_… id where names repeat."
    )
    halo_group_id = models.PositiveIntegerField("Halo product group id")
    halo_group_name = models.CharField("Name", max_length=200, blank=True)

    class Meta:
        ordering = ["integration", "category"]
        verbose_name = "product group mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "category"],
                name="one_group_per_category",
                violation_error_message="This category is already mapped.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category} → {self.halo_group_name or self.halo_group_id}"
