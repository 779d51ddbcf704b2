"""The settings of one integration, edited in the admin."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from integrations.choices import HaloAuth
from integrations.domain.policy import Placement, Policy, ProductGroups, Revisions, Rules, SalesOrderBy
from integrations.domain.postal import AddressRules
from integrations.domain.quote import Period, QuoteStatus
from integrations.models.fields import Secret, SecretField
from integrations.models.looking import LooksForMissed
from integrations.models.opportunity_policy import OpportunityPolicy
from integrations.models.pausing import Pausable, SecretAges
from integrations.models.shadowing import Shadowing

# The first was seen in two unrelated public receivers of this webhook [R]; the second in Quoter's own Zapier
# payload [V], and that it opens without a login is likely [I] (quoter.md 1.6).
QUOTE_PATH, PDF_PATH = "/quote/webview/{uuid}", "/quote/download/{uuid}"
# Policies whose column has the very name and value of the policy.
_PLAIN_POLICY = (
    *("sales_order_by", "quote_discount", "discount_item", "shipping", "shipping_item", "compare_taxes"),
    *("stated_total_must_agree", "send_optional_lines", "agent_by_owner", "po_number_field"),
    *("send_internal_notes", "send_addresses", "currency", "item_tax_code", "attach_pdf", "note_on_opportunity"),
    *("note_outcome", "section_headers", "send_suppliers", "revisions"),
)
STATUS_FIELDS = tuple(f"status_{status.value}" for status in QuoteStatus)
SECRETS = (
    *("halo_client_secret", "halo_password", "quoter_hash_key", "quoter_previous_hash_key", "quoter_api_key"),
    "quoter_legacy_client_secret",
)


class Integration(OpportunityPolicy, LooksForMissed, Pausable, Shadowing, SecretAges):
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
    revisions = models.CharField(
        "A revision becomes",
        max_length=10,
        choices=[
            (Revisions.UPDATE.value, "the same Halo quote, brought in line"),
            (Revisions.NEW.value, "a new Halo quote; the one before gets the status of lost quotes"),
        ],
        default=Revisions.UPDATE.value,
    )
    sales_order_by = models.CharField(
        "Sales order made by",
        max_length=10,
        choices=[
            (SalesOrderBy.PORTAL.value, "the portal, from the quote's lines"),
            (SalesOrderBy.FLAG.value, "Halo, told by the portal (unverified)"),
            (SalesOrderBy.HALO.value, "Halo's own automation; the portal waits and links it"),
        ],
        default=SalesOrderBy.PORTAL.value,
    )
    quote_discount = models.CharField(
        "Discount on the whole quote",
        max_length=10,
        choices=[
            (Placement.SPREAD.value, "taken off the lines, in proportion"),
            (Placement.LINE.value, "a line of its own"),
            (Placement.LEAVE_OUT.value, "left out, with a warning"),
        ],
        default=Placement.SPREAD.value,
        help_text="Halo keeps no discount on a whole quote. Amounts agree to the cent either way.",
    )
    discount_item = models.PositiveIntegerField(
        "Product of the discount line",
        null=True,
        blank=True,
        help_text="Halo product id. Empty: the product named Discount, created where there is none.",
    )
    shipping = models.CharField(
        max_length=10,
        choices=[
            (Placement.LINE.value, "a line of its own"),
            (Placement.LEAVE_OUT.value, "left out, with a warning"),
        ],
        default=Placement.LINE.value,
    )
    shipping_item = models.PositiveIntegerField(
        "Product of the shipping line",
        null=True,
        blank=True,
        help_text="Halo product id. Empty: the product named Shipping, created where there is none.",
    )
    compare_taxes = models.BooleanField(
        "Taxes must agree",
        default=True,
        help_text="Halo works out its own tax. Where Quoter states taxes and Halo's differ, the quote is shown as "
        "applied with differences.",
    )
    stated_total_must_agree = models.BooleanField(
        "Quoter's stated total must be explained",
        default=True,
        help_text="Where the total that Quoter states follows from nothing on the quote, it is shown as applied "
        "with differences. Off: a warning.",
    )
    send_optional_lines = models.BooleanField(
        "Send optional lines that are not chosen",
        default=False,
        help_text="As optional lines of the Halo quote, outside its total. Off: they are left out.",
    )
    section_headers = models.BooleanField(
        "Sections as header lines",
        default=False,
        help_text="Quoter's sections stand as header lines on the Halo quote. Needs the ScalePad API key.",
    )
    send_suppliers = models.BooleanField(
        "Suppliers of new products",
        default=False,
        help_text="New products get the Halo supplier that has the very name of the line's supplier in Quoter.",
    )
    agent_by_owner = models.BooleanField(
        "Agent from the quote's owner",
        default=False,
        help_text="The Halo agent with the e-mail of the quote's owner in Quoter becomes the Halo quote's agent.",
    )
    po_number_field = models.CharField(
        "PO number custom field",
        max_length=100,
        blank=True,
        help_text="Name of the quote custom field in Quoter that holds the customer's PO number.",
    )
    send_internal_notes = models.BooleanField(
        default=False, help_text="Quoter's internal notes become the Halo quote's note."
    )
    send_addresses = models.BooleanField(
        default=False,
        help_text="The contact's billing and shipping address go on the Halo quote, by the address mapping below.",
    )
    currency = models.CharField(
        "Expected currency",
        max_length=3,
        blank=True,
        help_text="ISO code, such as USD. Quotes in another currency wait for a person. Empty: not checked.",
    )
    item_tax_code = models.PositiveIntegerField(
        "Sales tax of new products", null=True, blank=True, help_text="Halo tax id. Empty leaves it to Halo."
    )
    attach_pdf = models.BooleanField(
        "Attach the quote's PDF",
        default=False,
        help_text="To the opportunity, once for each version. Needs the Quoter subdomain.",
    )
    note_on_opportunity = models.BooleanField(
        default=False,
        help_text="A private note on the opportunity says what the quote's state is, with a link to the portal.",
    )
    note_outcome = models.CharField(
        "Outcome of the note",
        max_length=100,
        default="Private Note",
        help_text="Name of the Halo action under which the note is filed; it must not mail the customer.",
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
        status: dict[QuoteStatus, int] = {}
        for quoter_status in QuoteStatus:
            chosen = getattr(self, f"status_{quoter_status.value}")
            if chosen is not None:
                status[quoter_status] = chosen
        return Policy(
            **self.opportunity_policy(),
            use_only_open_opportunity=self.use_only_open_opportunity,
            create_sales_order=self.create_sales_order,
            quote_status=status,
            opportunity_custom_field=self.opportunity_custom_field,
            **{name: getattr(self, name) for name in _PLAIN_POLICY},
        )

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
        periods = {p.value: getattr(self, f"billing_{p.value}") for p in Period if p is not Period.ONCE}
        return Rules(
            policy=self.policy(),
            groups=ProductGroups(default=self.default_product_group, categories=categories),
            quote_url=f"{web}{QUOTE_PATH}" if web else "",
            pdf_url=f"{web}{PDF_PATH}" if web else "",
            billing_periods={name: code for name, code in periods.items() if code is not None},
            addresses=dict(self.addresses.values_list("quoter_field", "halo_field")),
            price_decimals=self.price_decimals,
        )
