"""What Halo has now, as far as one quote needs it. Ids are Halo's; amounts are in the document's currency."""

from datetime import date
from decimal import Decimal

from integrations.domain.money import ZERO
from integrations.domain.record import Record


class HaloUser(Record):
    """A person at a client (Halo: *user*)."""

    id: int
    name: str
    emails: tuple[str, ...] = ()
    """Primary address first."""
    site_id: int | None = None
    site_name: str = ""
    client_id: int | None = None
    client_name: str = ""
    inactive: bool = False
    placeholder: bool = False
    """A client's "General User" or a service account: never a person to quote to."""
    phone: str = ""

    @property
    def label(self) -> str:
        """Name, id and client, as errors and candidates show it."""
        return f"{self.name}, id {self.id}" + (f" at {self.client_name}" if self.client_name else "")


class HaloOpportunity(Record):
    """An opportunity; in Halo's API it is a ticket of an opportunity type."""

    id: int
    summary: str = ""
    client_id: int | None = None
    client_name: str = ""
    site_id: int | None = None
    user_id: int | None = None
    user_name: str = ""
    status_id: int | None = None
    status_name: str = ""
    stage: str = ""
    """Name of the pipeline's stage, where the tenant has stages."""
    closed: bool = False
    deleted: bool = False
    value: Decimal | None = None
    created: date | None = None
    last_activity: date | None = None
    agent_id: int | None = None
    type_id: int | None = None
    is_opportunity: bool = True
    probability: int | None = None
    """Percent."""
    third_party_url: str = ""
    contact_email: str = ""
    """Of a lead, which has no user."""
    quotation_count: int | None = None
    """How many quotes Halo counts on it; None where it does not say."""

    @property
    def label(self) -> str:
        """Number and summary."""
        return f"#{self.id} {self.summary}".strip()


class HaloClientName(Record):
    """A client (Halo: *customer*), as far as its name goes."""

    id: int
    name: str
    inactive: bool = False
    prospect: bool = False
    """Not a customer yet: Halo leaves these out of its list of clients (halo.md 2.4)."""


class HaloItem(Record):
    """A product (Halo: *item*)."""

    id: int
    name: str
    sku: str = ""
    group_id: int | None = None
    group_name: str = ""
    price: Decimal = ZERO
    cost: Decimal = ZERO
    recurring: bool = False
    inactive: bool = False
    third_party_id: str = ""

    @property
    def label(self) -> str:
        """Name, SKU and id."""
        return f"{self.name} ({self.sku}), id {self.id}" if self.sku else f"{self.name}, id {self.id}"


class HaloLine(Record):
    """One line of a Halo quote or sales order."""

    id: int | None = None
    item_id: int | None = None
    name: str = ""
    description: str = ""
    sku: str = ""
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    cost: Decimal | None = None
    """None when Halo hides it from this agent."""
    discount: Decimal = ZERO
    net: Decimal | None = None
    """Per unit after discount, where Halo says it."""
    tax: Decimal = ZERO
    billing_period: int = 0
    recurring: bool = False
    optional: bool = False
    is_header: bool = False
    position: int = 0
    quoter_id: str = ""

    @property
    def total(self) -> Decimal:
        """The whole line, before tax."""
        unit = self.net if self.net is not None else self.price - self.discount
        return self.quantity * unit


class HaloQuote(Record):
    """A Halo quote (*quotation*) with its lines."""

    id: int
    title: str = ""
    ticket_id: int | None = None
    user_id: int | None = None
    site_id: int | None = None
    client_id: int | None = None
    status: int | None = None
    reference: str = ""
    """Halo's own number, `<ticket>-<n>` (Halo: po_ref)."""
    number: str = ""
    """Quoter's number (Halo: third_party_number)."""
    url: str = ""
    made_on: date | None = None
    expires: date | None = None
    note: str = ""
    po_number: str = ""
    agent_id: int | None = None
    currency_id: int | None = None
    lines: tuple[HaloLine, ...] = ()
    revenue: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    sales_order_id: int | None = None
    approval_state: int | None = None
    address: tuple[str, ...] = ()
    """Lines 1 to 4 and the postcode."""
    delivery_address: tuple[str, ...] = ()


class HaloAgent(Record):
    """A member of the MSP's staff (Halo: *agent*)."""

    id: int
    name: str = ""
    email: str = ""


class HaloSalesOrder(Record):
    """A Halo sales order with its lines."""

    id: int
    quotation_id: int | None = None
    ticket_id: int | None = None
    user_id: int | None = None
    title: str = ""
    lines: tuple[HaloLine, ...] = ()
    total: Decimal | None = None
    invoiced: bool = False
    delivered: bool = False


class Snapshot(Record):
    """Everything observed for one plan. Lists hold only rows that were checked against what was asked."""

    linked_user: HaloUser | None = None
    users: tuple[HaloUser, ...] = ()
    """Users with the contact's e-mail address."""
    clients: tuple[HaloClientName, ...] = ()
    """Clients with the contact's company name, asked for only where a missing user may be created."""
    opportunity: HaloOpportunity | None = None
    """The one that a link or a marker names, when Halo has it."""
    leads: tuple[HaloOpportunity, ...] = ()
    """Open ones with the contact's e-mail address, asked for only where a lead may stand for a missing person."""
    open_opportunities: tuple[HaloOpportunity, ...] = ()
    """Open ones of the person, asked for only when nothing names one."""
    quote: HaloQuote | None = None
    """The Halo quote of this Quoter quote, when there is one."""
    previous: HaloQuote | None = None
    """The Halo quote of the revision before, where each revision has its own."""
    other_quotes: tuple[HaloQuote, ...] = ()
    """Further Halo quotes that carry the same Quoter number on that opportunity."""
    items: tuple[HaloItem, ...] = ()
    sales_orders: tuple[HaloSalesOrder, ...] = ()
    """Sales orders made from that Halo quote."""
    suppliers: dict[str, int] = {}
    """Folded supplier name → Halo id, asked for only where the policy wants it."""
    agent: HaloAgent | None = None
    """The agent with the quote owner's e-mail, asked for only where the policy wants it."""


class KnownLinks(Record):
    """What the portal has learnt and may rely on before any search."""

    user_id: int | None = None
    user_client_id: int | None = None
    """The linked user's client when the link was made."""
    user_client_name: str = ""
    opportunity_id: int | None = None
    opportunity_why: str = ""
    opportunity_value: Decimal | None = None
    """What the portal last wrote as the opportunity's value."""
    client_id: int | None = None
    """The client chosen for the contact's company name."""
    client_ids: tuple[int, ...] = ()
    """Clients whose sites in the portal's copy carry the company's name: prospects are on no list."""
    quote_id: int | None = None
    previous_quote_id: int | None = None
    """The Halo quote of the revision before, where each revision has its own."""
    sales_order_id: int | None = None
    write_unknown: bool = False
    """The quote was sent to Halo and no answer came: it may be there although nothing is linked."""
    items: dict[str, int] = {}
    """Line key (see `lines.line_key`) → Halo item id."""
    last_written: HaloQuote | None = None
    """The Halo quote as it read right after our last write."""
