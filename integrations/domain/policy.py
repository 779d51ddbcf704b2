"""What the settings say, as values: the planner never reads a database row."""

from enum import StrEnum

from integrations.domain.quote import Category, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.text import fold


class ProductGroups(Record):
    """Which Halo product group (Halo: *asset group*) a new product goes into."""

    default: int | None = None
    categories: dict[str, int] = {}
    """Quoter category (its name or its `cat_…` id) → Halo product group id."""

    def with_choices(self, choices: dict[str, int]) -> "ProductGroups":
        """Return the groups with what was chosen for one quote; "" stands for lines without a category."""
        categories = {**self.categories, **{name: group for name, group in choices.items() if name}}
        return ProductGroups(default=choices.get("", self.default), categories=categories)

    def find(self, category: Category) -> tuple[int | None, str]:
        """Return the group for a category and where that comes from, in words."""
        by_key = {fold(key): group for key, group in self.categories.items()}
        for key in (category.public_id, category.id, category.name):
            if key and fold(key) in by_key:
                return by_key[fold(key)], f"mapped from category “{category.name or key}”"
        return self.default, "the default group"


class Placement(StrEnum):
    """Where an amount of the whole quote goes."""

    SPREAD = "spread"
    LINE = "line"
    LEAVE_OUT = "leave_out"


class Revisions(StrEnum):
    """What a revision becomes in Halo."""

    UPDATE = "update"
    """The same Halo quote, brought in line."""
    NEW = "new"
    """A Halo quote of its own; the one before is closed."""


class SalesOrderBy(StrEnum):
    """Who makes the sales order of an accepted quote (halo.md 3.5)."""

    PORTAL = "portal"
    """The portal posts it, from the quote's lines."""
    FLAG = "flag"
    """Halo makes it when the portal saves the quote with `_create_so` [U]."""
    HALO = "halo"
    """Halo's own automation; the portal waits for it and links it."""


class OpportunityValue(StrEnum):
    """What an opportunity is worth when the portal says it."""

    UPFRONT = "upfront"
    FIRST_YEAR = "first_year"
    """One-time charges, and a year of the recurring ones."""
    NONE = "none"


class Policy(Record):
    """The choices of one integration. Every default is the user's rule: nothing is created but quotes."""

    create_missing_user: bool = False
    create_lead_instead: bool = False
    """A missing person becomes a lead, not a user; goes before `create_missing_user`."""
    lead_type: int | None = None
    """Halo ticket type of new leads."""
    create_missing_opportunity: bool = False
    use_only_open_opportunity: bool = False
    create_sales_order: bool = True
    quote_status: dict[QuoteStatus, int] = {}
    """Quoter status → Halo quote status id; a status without an entry leaves Halo's as it is."""
    opportunity_custom_field: str = ""
    """Name of the Quoter quote custom field in which staff write the opportunity's number."""

    revisions: Revisions = Revisions.UPDATE
    sales_order_by: SalesOrderBy = SalesOrderBy.PORTAL
    quote_discount: Placement = Placement.SPREAD
    """SPREAD over the lines, a LINE of its own for one-time amounts, or LEAVE_OUT."""
    discount_name: str = "Discount"
    discount_item: int | None = None
    """Halo product of the discount line; None: found by its name, or created like any other."""
    shipping: Placement = Placement.LINE
    """LINE or LEAVE_OUT."""
    shipping_name: str = "Shipping"
    shipping_item: int | None = None
    compare_taxes: bool = True
    """Quoter's taxes must come out in Halo as well; Halo works out its own."""
    stated_total_must_agree: bool = True
    """A total stated by Quoter that nothing on the quote explains is told as a difference, not as a warning."""
    send_optional_lines: bool = False
    section_headers: bool = False
    """Quoter's sections become header lines; only its API tells them."""
    send_suppliers: bool = False
    """New products get the Halo supplier with the very name of the line's supplier."""
    agent_by_owner: bool = False
    po_number_field: str = ""
    """Name of the Quoter quote custom field that holds the customer's PO number."""
    send_internal_notes: bool = False
    send_addresses: bool = False
    item_tax_code: int | None = None
    """Halo sales tax id for new products; None leaves it to Halo's defaults."""
    attach_pdf: bool = False
    note_on_opportunity: bool = False
    note_outcome: str = "Private Note"
    """Halo wants an outcome on each note."""
    currency: str = ""
    """ISO code that quotes are expected in; quotes in another wait for a person. Empty: not checked."""

    opportunity_type: int | None = None
    """Halo ticket type of new opportunities."""
    opportunity_summary: str = "{name}"
    opportunity_value: OpportunityValue = OpportunityValue.UPFRONT
    opportunity_target_days: int = 30
    """From today to the target date, where the quote does not expire later."""
    update_user_from_contact: bool = False
    """A person webhook brings the linked Halo user's phones and address up to date."""
    note_payments: bool = False
    update_opportunity_value: bool = False
    opportunity_status: dict[str, int] = {}
    """“pending”, “accepted” (any won status) or “lost” → Halo ticket status id."""
    opportunity_probability: dict[str, int] = {}
    """The same → percent."""

    def halo_status(self, status: QuoteStatus) -> int | None:
        """Return the Halo status for a Quoter status; ordered and fulfilled fall back to accepted."""
        mapped = self.quote_status.get(status)
        return self.quote_status.get(QuoteStatus.ACCEPTED) if mapped is None and status.won else mapped


class Rules(Record):
    """All that a plan depends on beside the quote and Halo itself; stored with each version of the settings."""

    policy: Policy = Policy()
    groups: ProductGroups = ProductGroups()
    quote_url: str = ""
    """Address of a quote in Quoter, with `{uuid}` in it."""
    pdf_url: str = ""
    """Address of a quote's PDF in Quoter, with `{uuid}` in it."""
    billing_periods: dict[str, int] = {"monthly": 2, "yearly": 3}
    """Our period name → Halo billingperiod code."""
    addresses: dict[str, str] = {}
    """Quoter address field → Halo address field."""
    price_decimals: int = 4
    """Decimals of a unit price that Halo keeps (Halo: quotepricedp)."""
