"""Quotes as Quoter keeps them."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from integrations.simulator.quoter.ids import public_id
from integrations.simulator.quoter.lines import Line, read_amount, read_line

DRAFT, PENDING, ACCEPTED, ORDERED, FULFILLED, LOST = (
    "draft",
    "pending",
    "accepted",
    "ordered",
    "fulfilled",
    "lost",
)
WON = (ACCEPTED, ORDERED, FULFILLED)
# months, word, adjective; "monthly" was seen, the others are by analogy [U].
INTERVALS = {
    "weekly": ("0", "weekly", "weekly"),
    "monthly": ("1", "monthly", "monthly"),
    "quarterly": ("3", "quarterly", "quarterly"),
    "semi_annually": ("6", "semi-annually", "semi-annual"),
    "annually": ("12", "annually", "annual"),
}
_OWNER = {"id": 700001, "first_name": "Jordan", "last_name": "Example", "email": "jordan@example.org"}


@dataclass
class Contact:
    """The person a quote is prepared for."""

    first_name: str = "Avery"
    last_name: str = "Sample"
    email_address: str = "avery.sample@example.com"
    organization: str = "Example Dental Group"
    title: str = ""
    work: str | None = None
    mobile: str | None = None
    billing: dict[str, Any] | None = None
    shipping: dict[str, Any] | None = None
    id: int = 0
    public_id: str = ""
    website: str | None = None
    created_at: float = 0
    updated_at: float = 0
    """Seconds since 1970, as of quotes."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Quote:
    """One quote row; a revision is a row of its own, with the same number."""

    id: int
    number: int
    name: str
    contact: Contact
    uuid: str
    lines: list[Line] = field(default_factory=list)
    status: str = DRAFT
    internal_notes: str = ""
    comments: str = ""
    parent_quote_id: int | None = None
    superseded_by: int | None = None
    expiry_date: str | None = None
    won_date: str | None = None
    interval: str = "monthly"
    discount: Any = None
    """Amount, or whatever shape the webhook shall carry."""
    shipping: Decimal = Decimal(0)
    taxes: Any = None
    """[{"name", "rate", "amount"}], or whatever shape the webhook shall carry."""
    custom_fields: Any = None
    """{"label": "value"}, or whatever shape the webhook shall carry."""
    currency: str = "USD"
    owner: dict[str, Any] = field(default_factory=lambda: dict(_OWNER))
    new: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
    """Keys of the webhook to add or replace as they stand."""
    custom_number: str | None = None
    """In the APIs only: no webhook carries it."""
    template_id: str = ""
    cover_page: dict[str, Any] | None = None
    revision: int = 1
    created_at: float = 0
    updated_at: float = 0

    def __post_init__(self) -> None:
        self.shipping = read_amount(self.shipping, "shipping")
        if self.interval not in INTERVALS:
            raise ValueError(f"There is no interval “{self.interval}”. Known: {', '.join(INTERVALS)}.")

    def total(self, *, recurring: bool) -> Decimal:
        """Sum the counted one-time or recurring lines after their discounts."""
        lines = [line for line in self.lines if line.counts and line.recurring == recurring]
        return sum((line.net for line in lines), Decimal(0))

    def cost(self, *, recurring: bool) -> Decimal:
        """Sum the cost of the counted one-time or recurring lines."""
        lines = [line for line in self.lines if line.counts and line.recurring == recurring]
        return sum((line.cost for line in lines), Decimal(0))

    @property
    def public_id(self) -> str:
        """The id that the APIs know the quote by; nothing in it tells the webhook's id."""
        return public_id("quot", self.id)

    @property
    def is_draft(self) -> bool:
        """Not published yet."""
        return self.status == DRAFT

    @property
    def is_current(self) -> bool:
        """No newer revision stands in its place."""
        return self.superseded_by is None

    def dump(self) -> dict[str, Any]:
        """Return the quote for JSON."""
        kept = asdict(self)
        kept["lines"] = [line.dump() for line in self.lines]
        kept["shipping"] = str(self.shipping)
        if isinstance(self.discount, Decimal):
            kept["discount"] = str(self.discount)
        return kept


def load_quote(kept: dict[str, Any]) -> Quote:
    """Make a quote of what `dump` returned."""
    lines = [read_line(line) for line in kept["lines"]]
    return Quote(**{**kept, "lines": lines, "contact": Contact(**kept["contact"])})
