"""What the Halo quote shall contain, built from the quote, the chosen objects and the rules."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from integrations.domain.choice import Problem
from integrations.domain.lines import ItemRef, LineMatch
from integrations.domain.money import ZERO, round_money
from integrations.domain.policy import Revisions, Rules
from integrations.domain.pricing import price_line
from integrations.domain.quote import Address, Line, Period, Quote
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloAgent, HaloOpportunity, HaloQuote, HaloUser
from integrations.domain.text import fold


class PlannedLine(Record):
    """One line as it shall stand in Halo."""

    line_id: str
    """Quoter's line id; Halo keeps it in `quoter_id`."""
    halo_id: int | None = None
    """The Halo line that it replaces, so that Halo keeps the line instead of making a new one."""
    item: ItemRef
    name: str
    description: str = ""
    sku: str = ""
    quantity: Decimal
    price: Decimal
    cost: Decimal = ZERO
    period: Period = Period.ONCE
    billing_period: int = 0
    optional: bool = False
    header: bool = False
    """A section's name above its lines; it sells nothing."""
    position: int


class QuoteContent(Record):
    """The Halo quote as it shall read. None means: leave what Halo has."""

    title: str
    user_id: int
    site_id: int | None = None
    ticket_id: int
    number: str
    url: str = ""
    status: int | None = None
    made_on: date
    """The day the quote is made in Halo; sent on creation only."""
    expires: date | None = None
    agent_id: int | None = None
    po_number: str = ""
    note: str = ""
    address: tuple[str, ...] = ()
    """Lines 1 to 4 and the postcode."""
    delivery_address: tuple[str, ...] = ()
    lines: tuple[PlannedLine, ...]

    def total(self, period: Period) -> Decimal:
        """What the lines of one period come to, without those that are only offered."""
        # Each line to the cent, as both systems show it: 3 × 3.3333 is 10.00, not 9.9999.
        counted = (line for line in self.lines if line.period is period and not line.optional)
        return sum((round_money(line.quantity * line.price) for line in counted), ZERO)


def build_content(
    quote: Quote,
    *,
    person: HaloUser,
    opportunity: HaloOpportunity,
    matches: tuple[LineMatch, ...],
    rules: Rules,
    today: date,
    status: int | None,
    agent: HaloAgent | None = None,
) -> QuoteContent | Problem:
    """Build the wanted Halo quote; a period that Halo has no code for is for a person to settle."""
    by_line = {match.line_id: match for match in matches}
    lines: list[PlannedLine] = []
    section = ""
    for line in quote.sent_lines:
        if rules.policy.section_headers and line.section and line.section != section:
            section = line.section
            lines.append(_header(section, position=len(lines) + 1))
        code = 0 if not line.recurring else rules.billing_periods.get(line.period.value)
        if code is None:
            return Problem(
                code="period_unknown",
                message=f"Line “{line.name}” is charged {line.period.label}: Halo's code for that is not set.",
                hint="Enter Halo's billing period code for it in the settings, then press Sync again.",
                subject=f"period {line.period}",
                line_id=line.id,
            )
        lines += _plan_line(
            line, match=by_line[line.id], code=code, start=len(lines) + 1, places=rules.price_decimals
        )
    return QuoteContent(
        title=quote.name or f"Quote {quote.number}",
        user_id=person.id,
        site_id=person.site_id,
        ticket_id=opportunity.id,
        number=marker_of(quote, rules),
        url=quote_url(quote, rules),
        status=status,
        made_on=today,
        expires=_nearest_day(quote.expires_at) if quote.expires_at else None,
        agent_id=agent.id if agent else None,
        po_number=custom_field(quote, rules.policy.po_number_field),
        note=quote.internal_notes if rules.policy.send_internal_notes else "",
        lines=tuple(lines),
        **_addresses(quote, rules),
    )


def marker_of(quote: Quote, rules: Rules) -> str:
    """Return what Halo's quote is found by: Quoter's number, and the revision where each has its own quote."""
    own = rules.policy.revisions is Revisions.NEW and quote.parent_id
    return f"{quote.number}-{quote.id}" if own else quote.number


def as_in_halo(quote: Quote, found: HaloQuote | None, rules: Rules) -> Quote:
    """Give a recovered revision, whose number is not known, the one under which Halo already has it."""
    if found is None or quote.numbered or rules.policy.revisions is not Revisions.NEW:
        return quote
    _, _, own = found.number.partition(f"{quote.number}-")
    if not own:
        return quote.model_copy(update={"parent_id": ""})  # the first one has the plain number
    return quote.model_copy(update={"id": own, "parent_id": quote.parent_id or own})


def custom_field(quote: Quote, label: str) -> str:
    """Return the value of a quote custom field by its label, or ""."""
    wanted = fold(label)
    return next((value for name, value in quote.custom_fields.items() if wanted and fold(name) == wanted), "")


def _addresses(quote: Quote, rules: Rules) -> dict[str, tuple[str, ...]]:
    if not rules.policy.send_addresses:
        return {}
    billing = quote.contact.billing
    delivery = quote.contact.shipping or billing
    return {
        "address": halo_address(billing, rules.addresses) if billing else (),
        "delivery_address": halo_address(delivery, rules.addresses) if delivery else (),
    }


def halo_address(address: Address, mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return Halo's lines 1 to 4 and postcode for a Quoter address; country and region have no place there."""
    values = {halo: str(getattr(address, quoter)) for quoter, halo in mapping.items() if hasattr(address, quoter)}
    return tuple(values.get(field, "") for field in ("line1", "line2", "line3", "line4", "postcode"))


def _header(section: str, *, position: int) -> PlannedLine:
    return PlannedLine(
        line_id=f"section:{position}",
        item=ItemRef(),
        name=section,
        quantity=ZERO,
        price=ZERO,
        header=True,
        position=position,
    )


def _plan_line(line: Line, *, match: LineMatch, code: int, start: int, places: int) -> list[PlannedLine]:
    assert match.item is not None  # noqa: S101  only decided lines come here
    parts = price_line(line.net, quantity=line.quantity, unit_price=line.unit_price, places=places)
    split = len(parts) > 1
    return [
        PlannedLine(
            # Halo's marker must be unique on the quote, so the second part of a split line says so.
            line_id=f"{line.id}/{number}" if split else line.id,
            item=match.item,
            name=line.name,
            description=_describe(line),
            sku=line.sku,
            quantity=part.quantity,
            price=part.price,
            cost=line.unit_cost,
            period=line.period,
            billing_period=code,
            optional=line.offered,
            position=start + number - 1,
        )
        for number, part in enumerate(parts, 1)
    ]


def _describe(line: Line) -> str:
    """Return the description with the chosen options below it: Halo has no place of its own for them."""
    return "\n".join(part for part in (line.description, *(f"Option: {text}" for text in line.options)) if part)


def _nearest_day(moment: datetime) -> date:
    """Return the day whose midnight is nearest: Quoter sends its account's midnight, in UTC without a zone [I]."""
    if moment.date() == date.max:  # "never"; there is no day after it
        return date.max
    return (moment + timedelta(hours=12)).date()


def quote_url(quote: Quote, rules: Rules) -> str:
    """Return the quote's address in Quoter, or "" where the settings name no subdomain."""
    return rules.quote_url.replace("{uuid}", quote.uuid) if rules.quote_url and quote.uuid else ""
