"""What the settings say, as values: the planner never reads a database row."""

from integrations.domain.quote import Category, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.text import fold


class ProductGroups(Record):
    """Which Halo product group (Halo: *asset group*) a new product goes into."""

    default: int | None = None
    categories: dict[str, int] = {}
    """Quoter category (its name or its `cat_…` id) → Halo product group id."""

    def find(self, category: Category) -> tuple[int | None, str]:
        """Return the group for a category and where that comes from, in words."""
        by_key = {fold(key): group for key, group in self.categories.items()}
        for key in (category.public_id, category.id, category.name):
            if key and fold(key) in by_key:
                return by_key[fold(key)], f"mapped from category “{category.name or key}”"
        return self.default, "the default group"


class Policy(Record):
    """The choices of one integration. Every default is the user's rule: nothing is created but quotes."""

    create_missing_user: bool = False
    create_missing_opportunity: bool = False
    use_only_open_opportunity: bool = False
    create_sales_order: bool = True
    quote_status: dict[QuoteStatus, int] = {}
    """Quoter status → Halo quote status id; a status without an entry leaves Halo's as it is."""
    opportunity_custom_field: str = ""
    """Name of the Quoter quote custom field in which staff write the opportunity's number."""

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
    billing_periods: dict[str, int] = {"monthly": 2, "yearly": 3}
    """Our period name → Halo billingperiod code."""
    price_decimals: int = 4
    """Decimals of a unit price that Halo keeps (Halo: quotepricedp)."""
