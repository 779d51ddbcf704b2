"""The settings of one integration, edited in the admin."""

import hashlib
import json
import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction

from integrations.choices import HaloAuth
from integrations.domain.policy import Policy, ProductGroups, Rules
from integrations.domain.quote import Period, QuoteStatus
from integrations.models.fields import Secret, SecretField

# Seen in two unrelated public receivers of this webhook; not in Quoter's own pages [R].
QUOTE_URL = "https://{subdomain}.quoter.com/quote/webview/{{uuid}}"
SECRETS = ("halo_client_secret", "halo_password", "quoter_hash_key", "quoter_previous_hash_key", "quoter_api_key")


class Integration(models.Model):
    """One Quoter account joined to one Halo tenant."""

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(
        default=True, help_text="While off, webhooks are still accepted and wait; nothing is written to Halo."
    )
    endpoint = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="The unguessable part of the webhook's address."
    )

    halo_url = models.CharField("Halo domain", max_length=255, help_text="Such as https://NAME.halopsa.com.")
    halo_tenant = models.CharField(
        "Tenant", max_length=100, blank=True, help_text="From Halo's API page; leave empty on your own server."
    )
    halo_auth = models.CharField(
        "Sign-in", max_length=20, choices=HaloAuth.choices, default=HaloAuth.CLIENT_CREDENTIALS
    )
    halo_client_id = models.CharField("Client ID", max_length=200, blank=True)
    halo_client_secret = SecretField("Client secret")
    halo_username = models.CharField("User name", max_length=200, blank=True)
    halo_password = SecretField("Password")

    quoter_hash_key = SecretField("Webhook hash key")
    quoter_previous_hash_key = SecretField(
        "Previous hash key", help_text="Also accepted while you change the key in Quoter; remove it afterwards."
    )
    quoter_subdomain = models.CharField(
        "Quoter subdomain",
        max_length=100,
        blank=True,
        help_text="The NAME of NAME.quoter.com; needed for links from Halo to the quote.",
    )
    quoter_api_key = SecretField("ScalePad API key")

    create_missing_user = models.BooleanField(default=False)
    create_missing_opportunity = models.BooleanField(default=False)
    use_only_open_opportunity = models.BooleanField(
        "Use a person's only open opportunity",
        default=False,
        help_text="When the quote names no opportunity and the person has exactly one open, take that one.",
    )
    opportunity_custom_field = models.CharField(
        "Opportunity custom field",
        max_length=100,
        blank=True,
        help_text="Name of the quote custom field in Quoter in which staff write the Halo opportunity's number. "
        "[Halo #123] in the internal notes works without it.",
    )
    create_sales_order = models.BooleanField(
        "Create a sales order on acceptance",
        default=True,
        help_text="Turn this off if Halo creates it by itself when a quote is approved.",
    )
    status_pending = models.PositiveIntegerField(
        "Halo status when pending", null=True, blank=True, help_text="Empty leaves the status to Halo."
    )
    status_accepted = models.PositiveIntegerField("Halo status when accepted", null=True, blank=True)
    status_ordered = models.PositiveIntegerField(
        "Halo status when ordered", null=True, blank=True, help_text="Empty: the same as accepted."
    )
    status_fulfilled = models.PositiveIntegerField(
        "Halo status when fulfilled", null=True, blank=True, help_text="Empty: the same as accepted."
    )
    status_lost = models.PositiveIntegerField("Halo status when lost", null=True, blank=True)

    default_product_group = models.PositiveIntegerField(
        "Default product group",
        null=True,
        blank=True,
        help_text="Halo product group (asset group) id for new products whose category is not mapped below. "
        "Empty: such lines wait for a decision.",
    )
    price_decimals = models.PositiveSmallIntegerField(
        default=4,
        validators=[MinValueValidator(2), MaxValueValidator(6)],
        help_text="Decimals of a unit price that your Halo keeps. Lower it to 2 if a discounted line comes out "
        "a cent off.",
    )
    # 2 and 3 were seen in live tenants; the others differ or are unknown (halo.md 3.4).
    billing_weekly = models.PositiveSmallIntegerField("Weekly", null=True, blank=True)
    billing_monthly = models.PositiveSmallIntegerField("Monthly", null=True, blank=True, default=2)
    billing_quarterly = models.PositiveSmallIntegerField("Quarterly", null=True, blank=True)
    billing_half_yearly = models.PositiveSmallIntegerField("Half-yearly", null=True, blank=True)
    billing_yearly = models.PositiveSmallIntegerField("Yearly", null=True, blank=True, default=3)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def hash_keys(self) -> list[str]:
        """Return the live webhook keys, newest first."""
        stored: list[Secret] = [self.quoter_hash_key, self.quoter_previous_hash_key]
        return [secret.reveal() for secret in stored if secret]

    def secret_values(self) -> list[str]:
        """Return every secret in clear, for masking them in records."""
        return [secret.reveal() for name in SECRETS if (secret := getattr(self, name))]

    def policy(self) -> Policy:
        """Return the policy as a value."""
        status: dict[QuoteStatus, int] = {}
        for quoter_status in QuoteStatus:
            chosen = getattr(self, f"status_{quoter_status.value}")
            if chosen is not None:
                status[quoter_status] = chosen
        return Policy(
            create_missing_user=self.create_missing_user,
            create_missing_opportunity=self.create_missing_opportunity,
            use_only_open_opportunity=self.use_only_open_opportunity,
            create_sales_order=self.create_sales_order,
            quote_status=status,
            opportunity_custom_field=self.opportunity_custom_field,
        )

    def rules(self) -> Rules:
        """Return everything that a plan depends on."""
        categories = dict(self.product_groups.values_list("category", "halo_group_id"))
        periods = {p.value: getattr(self, f"billing_{p.value}") for p in Period if p is not Period.ONCE}
        return Rules(
            policy=self.policy(),
            groups=ProductGroups(default=self.default_product_group, categories=categories),
            quote_url=QUOTE_URL.format(subdomain=self.quoter_subdomain) if self.quoter_subdomain else "",
            billing_periods={name: code for name, code in periods.items() if code is not None},
            price_decimals=self.price_decimals,
        )


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


class SettingsVersion(models.Model):
    """The rules as they were: an attempt names the version that it used."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    rules = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["integration", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["integration", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["integration", "digest"], name="version_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.integration} settings {self.number}"

    @classmethod
    def of(cls, integration: Integration, rules: Rules) -> "SettingsVersion":
        """Return the version with this content, made on first use: no way of editing can slip past it."""
        content: dict[str, Any] = rules.model_dump(mode="json")
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        while True:
            found = cls.objects.filter(integration=integration, digest=digest).first()
            if found is not None:
                return found
            newest = cls.objects.filter(integration=integration).order_by("-number").first()
            try:
                with transaction.atomic():
                    return cls.objects.create(
                        integration=integration,
                        number=newest.number + 1 if newest else 1,
                        digest=digest,
                        rules=content,
                    )
            except IntegrityError:  # another process was first with this number or this content
                continue
