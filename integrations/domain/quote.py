"""A Quoter quote, typed. All of Quoter's oddities are gone by the time one of these exists."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from integrations.domain.money import ZERO
from integrations.domain.record import Record


class QuoteStatus(StrEnum):
    """Quoter's five statuses; accepted, ordered and fulfilled are the three won ones (quoter.md 1.9)."""

    PENDING = "pending"
    LOST = "lost"
    ACCEPTED = "accepted"
    ORDERED = "ordered"
    FULFILLED = "fulfilled"

    @property
    def won(self) -> bool:
        """The customer said yes."""
        return self in {QuoteStatus.ACCEPTED, QuoteStatus.ORDERED, QuoteStatus.FULFILLED}

    @property
    def rank(self) -> int:
        """How far along: a lower one that arrives after a higher one is old news.

        Lost and accepted rank alike: either may follow the other when somebody corrects a mistake.
        """
        return {"pending": 0, "lost": 1, "accepted": 1, "ordered": 2, "fulfilled": 3}[self.value]


class Period(StrEnum):
    """How often a line is charged."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"

    @property
    def label(self) -> str:
        """The word for people."""
        return self.value.replace("_", "-").replace("once", "one-time")


class Address(Record):
    """A postal address as Quoter keeps it: codes are ISO where Quoter sends ISO."""

    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    region_code: str = ""
    region: str = ""
    postal_code: str = ""
    country_code: str = ""
    country: str = ""


class Contact(Record):
    """The person the quote is prepared for."""

    id: str = ""
    public_id: str = ""
    first_name: str = ""
    last_name: str = ""
    organization: str = ""
    title: str = ""
    email: str = ""
    work_phone: str = ""
    mobile_phone: str = ""
    billing: Address | None = None
    shipping: Address | None = None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class Owner(Record):
    """The sales person who owns the quote."""

    id: str = ""
    name: str = ""
    email: str = ""


class Category(Record):
    """Quoter's item category; webhooks carry the leaf name only."""

    id: str = ""
    public_id: str = ""
    name: str = ""


class LineKind(StrEnum):
    """What a line stands for: Quoter's own lines, and amounts of the whole quote that travel as a line."""

    ITEM = "item"
    SHIPPING = "shipping"
    DISCOUNT = "discount"


class Line(Record):
    """One quote line. Amounts are in the quote's currency, per unit unless said otherwise."""

    id: str
    kind: LineKind = LineKind.ITEM
    item_id: str = ""
    name: str
    description: str = ""
    sku: str = ""
    supplier_sku: str = ""
    supplier: str = ""
    manufacturer: str = ""
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal = ZERO
    discount: Decimal = ZERO
    """Taken off the whole line."""
    net: Decimal
    """The whole line after its discount, once per period."""
    period: Period = Period.ONCE
    category: Category = Category()
    optional: bool = False
    selected: bool = False
    offered: bool = False
    """Not chosen, but sent to Halo as an optional line."""
    taxable: bool | None = None
    section: str = ""
    options: tuple[str, ...] = ()
    custom_fields: dict[str, str] = {}

    @property
    def counts(self) -> bool:
        """Part of what the customer buys: an optional line counts only when selected."""
        return self.selected or not self.optional

    @property
    def recurring(self) -> bool:
        """Charged again every period."""
        return self.period is not Period.ONCE


class Discount(Record):
    """A discount on the whole quote: an amount, or a percentage of the lines."""

    amount: Decimal | None = None
    percent: Decimal | None = None


class Tax(Record):
    """One tax of the quote."""

    name: str = ""
    rate: Decimal | None = None
    amount: Decimal = ZERO


class StatedTotals(Record):
    """What Quoter itself says the quote comes to; None where it says nothing."""

    upfront: Decimal | None = None
    recurring: Decimal | None = None


class Note(Record):
    """Something in the payload that a person should know of: where it stands and what it is."""

    path: str
    text: str


class Quote(Record):
    """One state of one quote revision."""

    id: str
    parent_id: str = ""
    number: str
    revision: str = ""
    name: str = ""
    uuid: str = ""
    status: QuoteStatus
    internal_notes: str = ""
    comments: str = ""
    expires_at: datetime | None = None
    won_at: datetime | None = None
    currency: str = ""
    contact: Contact
    owner: Owner = Owner()
    template: str = ""
    lines: tuple[Line, ...] = ()
    shipping: Decimal = ZERO
    discount: Discount | None = None
    taxes: tuple[Tax, ...] = ()
    stated: StatedTotals = StatedTotals()
    custom_fields: dict[str, str] = {}
    notes: tuple[Note, ...] = ()
    """What was read with doubt or not understood."""

    @property
    def numbered(self) -> bool:
        """Its id is the number by which webhooks know it; a recovered one may have that of Quoter's API."""
        return self.id.isascii() and self.id.isdigit()

    @property
    def counted_lines(self) -> tuple[Line, ...]:
        """The lines the customer buys."""
        return tuple(line for line in self.lines if line.counts)

    @property
    def sent_lines(self) -> tuple[Line, ...]:
        """The lines that go to Halo: what the customer buys, and what is still offered."""
        return tuple(line for line in self.lines if line.counts or line.offered)

    def total(self, period: Period) -> Decimal:
        """Sum of the counted lines of one period, after line discounts, before quote discount, tax, shipping."""
        return sum((line.net for line in self.counted_lines if line.period is period), ZERO)
