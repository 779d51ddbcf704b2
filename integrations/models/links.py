"""What is known to belong together. First truth, before any search."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper

from integrations.domain.text import fold
from integrations.models.integration import Integration


class QuoteLink(models.Model):
    """One Quoter quote through all its revisions ↔ its Halo quote, opportunity and sales order.

    Also the lease: one quote is worked on by one worker at a time.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="quote_links")
    number = models.CharField("Quoter number", max_length=50)
    name = models.CharField(max_length=300, blank=True)
    contact_email = models.CharField(max_length=300, blank=True)
    halo_user_id = models.PositiveBigIntegerField(null=True, blank=True)
    halo_user_name = models.CharField(max_length=300, blank=True)
    halo_opportunity_id = models.PositiveBigIntegerField(null=True, blank=True)
    opportunity_value = models.DecimalField(
        max_digits=18,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="The opportunity's value as last written.",
    )
    opportunity_source = models.CharField(max_length=300, blank=True, help_text="How the opportunity was found.")
    halo_quote_id = models.PositiveBigIntegerField(null=True, blank=True)
    halo_quote_reference = models.CharField(max_length=100, blank=True)
    halo_sales_order_id = models.PositiveBigIntegerField(null=True, blank=True)
    applied_quote_id = models.CharField(
        max_length=50, blank=True, help_text="Quoter id of the revision Halo shows."
    )
    applied_status = models.CharField(max_length=20, blank=True)
    applied_sequence = models.BigIntegerField(default=0)
    applied_rank = models.SmallIntegerField(default=-1)
    applied_timestamp = models.BigIntegerField(default=0)
    last_written = models.JSONField(null=True, blank=True, help_text="Halo's quote right after our last write.")
    pdf_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the PDF attached last.")
    noted_state = models.CharField(max_length=100, blank=True, help_text="Revision and status noted last.")
    group_choices = models.JSONField(
        default=dict, blank=True, help_text="Quoter category → Halo product group, chosen for this quote alone."
    )
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        verbose_name = "quote link"
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "halo_quote_id"],
                condition=models.Q(halo_quote_id__isnull=False),
                name="halo_quote_linked_once",
            ),
            models.UniqueConstraint(fields=["integration", "number"], name="one_link_per_number"),
        ]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="link_recent"),
            models.Index(fields=["number"], name="link_by_number"),
            models.Index(fields=["halo_opportunity_id"], name="link_by_opportunity"),
            models.Index(fields=["halo_quote_id"], name="link_by_halo_quote"),
            models.Index(fields=["halo_sales_order_id"], name="link_by_order"),
            models.Index(fields=["halo_user_id"], name="link_by_user"),
            models.Index(fields=["halo_quote_reference"], name="link_by_reference"),
            models.Index(Upper("contact_email"), name="link_by_email"),
        ]

    def __str__(self) -> str:
        return f"Quote {self.number}"

    @property
    def applied_position(self) -> tuple[int, int, int]:
        """The state of the quote that Halo last agreed with; see `WebhookDelivery.position`."""
        return self.applied_sequence, self.applied_rank, self.applied_timestamp


class QuoteRevision(models.Model):
    """One Quoter quote id and the link that its lineage belongs to; parents are known before they arrive."""

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT)
    link = models.ForeignKey(QuoteLink, on_delete=models.CASCADE, related_name="revisions")
    quote_id = models.CharField(max_length=50)
    parent_id = models.CharField(max_length=50, blank=True)
    uuid = models.CharField(max_length=100, blank=True)
    halo_quote_id = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The Halo quote it was written to."
    )
    seen = models.BooleanField(default=False, help_text="A webhook of this very revision has arrived.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["link", "id"]
        constraints = [models.UniqueConstraint(fields=["integration", "quote_id"], name="revision_known_once")]

    def __str__(self) -> str:
        return f"Revision {self.quote_id}"


class _Remembered(models.Model):
    """A link that somebody or something made, with who, when and why."""

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class PersonLink(_Remembered):
    """A Quoter contact, by e-mail address, ↔ a Halo user."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="person_links")
    email = models.CharField(max_length=300, help_text="Compared without regard to case.")
    contact_id = models.CharField("Quoter contact id", max_length=100, blank=True)
    contact_name = models.CharField(max_length=300, blank=True)
    pushed_at = models.DateTimeField(
        "Sent to Quoter", null=True, blank=True, help_text="When the portal last compared the contact with Halo."
    )
    halo_user_id = models.PositiveBigIntegerField()
    halo_user_name = models.CharField(max_length=300, blank=True)
    halo_client_id = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The user's client when the link was made: people change clients."
    )
    halo_client_name = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["email"]
        verbose_name = "person link"
        permissions = [("search_personlink", "Can search people in Halo")]
        constraints = [models.UniqueConstraint(fields=["integration", "email"], name="one_user_per_contact")]

    def __str__(self) -> str:
        return f"{self.email} → {self.halo_user_name or self.halo_user_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Store the address in the form in which it is compared."""
        self.email = fold(self.email)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class ClientLink(_Remembered):
    """A company name in Quoter ↔ the Halo client that new users of it belong to."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="client_links")
    key = models.CharField(max_length=300, help_text="The company's name in the form in which it is compared.")
    name = models.CharField(max_length=300)
    halo_client_id = models.PositiveBigIntegerField()
    halo_client_name = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["key"]
        verbose_name = "client link"
        constraints = [models.UniqueConstraint(fields=["integration", "key"], name="one_client_per_company")]

    def __str__(self) -> str:
        return f"{self.name} → {self.halo_client_name or self.halo_client_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Store the name in the form in which it is compared as well."""
        self.key = fold(self.name)[:300]
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class ItemLink(_Remembered):
    """What a quote line sells ↔ a Halo product."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="item_links")
    key = models.CharField(max_length=500, help_text="The line's catalogue item, else its SKU, else its name.")
    sku = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300, blank=True)
    halo_item_id = models.PositiveBigIntegerField()
    halo_item_name = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name", "key"]
        verbose_name = "product link"
        constraints = [models.UniqueConstraint(fields=["integration", "key"], name="one_product_per_line_key")]

    def __str__(self) -> str:
        return f"{self.name or self.key} → {self.halo_item_name or self.halo_item_id}"
