"""How a quote becomes a Halo quote: lines, amounts, statuses, periods; a part of the integration's settings."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from integrations.domain.policy import Placement, Revisions, SalesOrderBy
from integrations.domain.quote import Period, QuoteStatus

# Policies whose column has the very name and value of the policy.
_PLAIN_POLICY = (
    *("use_only_open_opportunity", "create_sales_order", "opportunity_custom_field"),
    *("sales_order_by", "quote_discount", "discount_item", "shipping", "shipping_item", "compare_taxes"),
    *("stated_total_must_agree", "send_optional_lines", "agent_by_owner", "po_number_field"),
    *("send_internal_notes", "send_addresses", "currency", "item_tax_code", "attach_pdf", "note_on_opportunity"),
    *("note_outcome", "section_headers", "send_suppliers", "revisions"),
)
STATUS_FIELDS = tuple(f"status_{status.value}" for status in QuoteStatus)


class QuotePolicy(models.Model):
    """What goes over, and in which form."""

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

    class Meta:
        abstract = True

    def quote_policy(self) -> dict[str, Any]:
        """Return this part of the policy, by the policy's own names."""
        chosen = {status: getattr(self, f"status_{status.value}") for status in QuoteStatus}
        status = {quoter: halo for quoter, halo in chosen.items() if halo is not None}
        return {"quote_status": status, **{name: getattr(self, name) for name in _PLAIN_POLICY}}

    def billing_periods(self) -> dict[str, int]:
        """Return Halo's codes of the periods that have one."""
        periods = {p.value: getattr(self, f"billing_{p.value}") for p in Period if p is not Period.ONCE}
        return {name: code for name, code in periods.items() if code is not None}
