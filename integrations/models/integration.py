"""The settings of one integration, edited in the admin."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from integrations.choices import HaloAuth
from integrations.domain.policy import Policy, ProductGroups, Rules
from integrations.domain.postal import AddressRules
from integrations.models.fields import Secret, SecretField
from integrations.models.looking import LooksForMissed
from integrations.models.opportunity_policy import OpportunityPolicy
from integrations.models.pausing import Pausable, SecretAges
from integrations.models.quote_policy import QuotePolicy
from integrations.models.shadowing import Shadowing

# The first was seen in two unrelated public receivers of this webhook [R]; the second in Quoter's own Zapier
# payload [V], and that it opens without a login is likely [I] (quoter.md 1.6).
QUOTE_PATH, PDF_PATH = "/quote/webview/{uuid}", "/quote/download/{uuid}"
SECRETS = (
    *("halo_client_secret", "halo_password", "quoter_hash_key", "quoter_previous_hash_key", "quoter_api_key"),
    "quoter_legacy_client_secret",
)


class Integration(OpportunityPolicy, QuotePolicy, LooksForMissed, Pausable, Shadowing, SecretAges):
    """One Quoter account joined to one Halo tenant."""

    secret_names = SECRETS

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
    quoter_legacy_client_id = models.CharField(
        "Client ID of Quoter's older API",
        max_length=200,
        blank=True,
        help_text="Only where your account has no ScalePad key. Quoter shows it under Account, API Keys.",
    )
    quoter_legacy_client_secret = SecretField("Client secret of Quoter's older API")
    default_country = models.CharField(
        "Country where Halo has none",
        max_length=2,
        blank=True,
        help_text="Two-letter code, such as US. Empty: people whose site has no country are not sent to Quoter.",
    )
    default_region = models.CharField(
        "Region where Halo has none",
        max_length=10,
        blank=True,
        help_text="Code of a state or region, such as IL. Empty: people whose site has no region are not sent.",
    )

    default_product_group = models.PositiveIntegerField(
        "Default product group",
        null=True,
        blank=True,
        help_text="Halo product group (asset group) id for new products whose category is not mapped below. "
        "Empty: such lines wait for a decision.",
    )

    halo_request_limit = models.PositiveIntegerField(
        "Requests in five minutes",
        default=300,
        validators=[MinValueValidator(20), MaxValueValidator(100_000)],
        help_text="What Halo allows your tenant in any five minutes: 300, unless Halo has agreed on more.",
    )
    halo_request_reserve = models.PositiveIntegerField(
        "Left to other tools",
        default=30,
        help_text="How many of these the portal never touches, for the tenant's other integrations.",
    )

    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    check_grade = models.CharField("Doctor's verdict", max_length=10, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        permissions = [
            ("check_integration", "Can run the doctor"),
            ("pause_integration", "Can pause and resume"),
            ("shadow_integration", "Can switch shadow mode and go live"),
        ]

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
        return Policy(**self.opportunity_policy(), **self.quote_policy())

    def address_rules(self) -> AddressRules:
        """Return how addresses go from Halo to Quoter."""
        return AddressRules(
            fields=dict(self.addresses.values_list("quoter_field", "halo_field")),
            default_country=self.default_country,
            default_region=self.default_region,
        )

    def quoter_web(self) -> str:
        """Return the address under which Quoter shows this account's quotes, or "" without a subdomain."""
        subdomain = self.quoter_subdomain
        return settings.QUOTER_WEB_URL.replace("{subdomain}", subdomain) if subdomain else ""

    def rules(self) -> Rules:
        """Return everything that a plan depends on."""
        categories = dict(self.product_groups.values_list("category", "halo_group_id"))
        web = self.quoter_web()
        return Rules(
            policy=self.policy(),
            groups=ProductGroups(default=self.default_product_group, categories=categories),
            quote_url=f"{web}{QUOTE_PATH}" if web else "",
            pdf_url=f"{web}{PDF_PATH}" if web else "",
            billing_periods=self.billing_periods(),
            addresses=dict(self.addresses.values_list("quoter_field", "halo_field")),
            price_decimals=self.price_decimals,
        )
