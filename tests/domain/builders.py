"""Small builders: a value that is whole and plausible, with what a test cares about named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from integrations.domain.content import PlannedLine, QuoteContent
from integrations.domain.lines import ItemRef
from integrations.domain.money import round_money
from integrations.domain.policy import Policy, ProductGroups, Rules
from integrations.domain.quote import Category, Contact, Line, Quote, QuoteStatus
from integrations.domain.snapshot import (
    HaloItem,
    HaloLine,
    HaloOpportunity,
    HaloQuote,
    HaloSalesOrder,
    HaloUser,
    Snapshot,
)

EMAIL = "avery.sample@example.com"
TODAY = date(2026, 1, 12)
USER_ID, CLIENT_ID, SITE_ID, OPPORTUNITY_ID, QUOTE_ID, ORDER_ID = 41, 21, 31, 1051, 301, 701
GROUP_ID = 5


def make_line(id: str = "50000001", **changes: Any) -> Line:
    """A one-time line of 3 × 25.00; `net` follows quantity and price unless it is named."""
    fields: dict[str, Any] = {
        "id": id,
        "name": "Patch Cable",
        "sku": "CBL-C6-2M",
        "quantity": Decimal(3),
        "unit_price": Decimal("25.00"),
        "unit_cost": Decimal("10.00"),
        "category": Category(id="30001", public_id="cat_1", name="Cabling"),
        **changes,
    }
    fields.setdefault("net", round_money(Decimal(fields["quantity"]) * Decimal(fields["unit_price"])))
    return Line(**fields)


def make_quote(*lines: Line, **changes: Any) -> Quote:
    """A pending quote for Avery Sample; one line unless lines are given."""
    fields: dict[str, Any] = {
        "id": "9000001",
        "number": "7",
        "name": "Managed Network Refresh",
        "uuid": "9001-1b2c3d4e-0000-4000-8000-00000000a001",
        "status": QuoteStatus.PENDING,
        "currency": "USD",
        "expires_at": datetime(2026, 2, 14, 7, tzinfo=UTC),
        "internal_notes": f"[Halo #{OPPORTUNITY_ID}]",
        "contact": Contact(id="8000001", first_name="Avery", last_name="Sample", email=EMAIL),
        "lines": lines or (make_line(),),
        **changes,
    }
    return Quote(**fields)


def make_user(id: int = USER_ID, **changes: Any) -> HaloUser:
    """An active user of Fabrikam with Avery's e-mail address."""
    fields: dict[str, Any] = {
        "id": id,
        "name": "Avery Sample",
        "emails": (EMAIL,),
        "client_id": CLIENT_ID,
        "client_name": "Fabrikam",
        "site_id": SITE_ID,
        **changes,
    }
    return HaloUser(**fields)


def make_opportunity(id: int = OPPORTUNITY_ID, **changes: Any) -> HaloOpportunity:
    """An open opportunity of that user."""
    fields: dict[str, Any] = {
        "id": id,
        "summary": "Network refresh",
        "client_id": CLIENT_ID,
        "client_name": "Fabrikam",
        "user_id": USER_ID,
        **changes,
    }
    return HaloOpportunity(**fields)


def make_item(id: int = 501, **changes: Any) -> HaloItem:
    """The one-time product that `make_line` sells."""
    return HaloItem(**{"id": id, "name": "Patch Cable", "sku": "CBL-C6-2M", "group_id": GROUP_ID, **changes})


def make_halo_line(id: int | None = 1, **changes: Any) -> HaloLine:
    """The Halo line that `make_line` becomes."""
    fields: dict[str, Any] = {
        "id": id,
        "item_id": 501,
        "name": "Patch Cable",
        "sku": "CBL-C6-2M",
        "quantity": Decimal(3),
        "price": Decimal("25.00"),
        "cost": Decimal("10.00"),
        "quoter_id": "50000001",
        **changes,
    }
    return HaloLine(**fields)


def make_halo_quote(*lines: HaloLine, **changes: Any) -> HaloQuote:
    """The Halo quote that `make_quote` becomes."""
    fields: dict[str, Any] = {
        "id": QUOTE_ID,
        "title": "Managed Network Refresh",
        "ticket_id": OPPORTUNITY_ID,
        "user_id": USER_ID,
        "site_id": SITE_ID,
        "client_id": CLIENT_ID,
        "number": "7",
        "expires": date(2026, 2, 14),
        "lines": lines or (make_halo_line(),),
        **changes,
    }
    return HaloQuote(**fields)


def make_sales_order(id: int = ORDER_ID, **changes: Any) -> HaloSalesOrder:
    """The sales order of that Halo quote."""
    return HaloSalesOrder(**{"id": id, "quotation_id": QUOTE_ID, "ticket_id": OPPORTUNITY_ID, **changes})


def make_snapshot(**changes: Any) -> Snapshot:
    """Halo with the user, the opportunity and the product, but no quote yet."""
    fields: dict[str, Any] = {
        "users": (make_user(),),
        "opportunity": make_opportunity(),
        "items": (make_item(),),
        **changes,
    }
    return Snapshot(**fields)


def make_rules(*, policy: dict[str, Any] | None = None, **changes: Any) -> Rules:
    """Rules with a default product group; `policy` fills the policy."""
    fields: dict[str, Any] = {
        "policy": Policy(**(policy or {})),
        "groups": ProductGroups(default=GROUP_ID),
        **changes,
    }
    return Rules(**fields)


def make_planned_line(line_id: str = "50000001", **changes: Any) -> PlannedLine:
    """The planned form of `make_line`."""
    fields: dict[str, Any] = {
        "line_id": line_id,
        "item": ItemRef(id=501),
        "name": "Patch Cable",
        "sku": "CBL-C6-2M",
        "quantity": Decimal(3),
        "price": Decimal("25.00"),
        "cost": Decimal("10.00"),
        "position": 1,
        **changes,
    }
    return PlannedLine(**fields)


def make_content(*lines: PlannedLine, **changes: Any) -> QuoteContent:
    """The planned form of `make_quote`."""
    fields: dict[str, Any] = {
        "title": "Managed Network Refresh",
        "user_id": USER_ID,
        "site_id": SITE_ID,
        "ticket_id": OPPORTUNITY_ID,
        "number": "7",
        "made_on": TODAY,
        "expires": date(2026, 2, 14),
        "lines": lines or (make_planned_line(),),
        **changes,
    }
    return QuoteContent(**fields)


def as_saved(content: QuoteContent, *, new_items: dict[str, int], **changes: Any) -> HaloQuote:
    """Return the Halo quote that holds exactly this content."""
    lines = tuple(
        HaloLine(
            id=number,
            item_id=line.item.id if line.item.id is not None else new_items[line.item.new],
            name=line.name,
            description=line.description,
            sku=line.sku,
            quantity=line.quantity,
            price=line.price,
            cost=line.cost,
            billing_period=line.billing_period,
            position=line.position,
            quoter_id=line.line_id,
        )
        for number, line in enumerate(content.lines, 1)
    )
    fields: dict[str, Any] = {
        "title": content.title,
        "user_id": content.user_id,
        "ticket_id": content.ticket_id,
        "number": content.number,
        "url": content.url,
        "expires": content.expires,
        "status": content.status,
        **changes,
    }
    return make_halo_quote(**fields).model_copy(update={"lines": lines})
