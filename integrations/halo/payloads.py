"""Planned actions → the JSON that Halo takes. Imports neither Django nor an HTTP library.

Every entity is posted as an array; numbers are real JSON numbers, ids real integers (halo.md 2.1).
Quantity, price and their like are missing from the published spec but exist (halo.md 3.1) [V names, I on POST].
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.domain.actions import CreateItem
from integrations.domain.content import PlannedLine, QuoteContent
from integrations.domain.lines import ItemRef
from integrations.domain.quote import LineKind
from integrations.domain.snapshot import HaloLine, HaloQuote

_ACTIVE = 14  # Item.status (halo.md 3.6)
# Widths of Halo's columns (halo.md 3.4, 3.6): longer text would be refused or cut by the database.
_NUMBER_WIDTH, _URL_WIDTH, _LINE_MARKER_WIDTH, _ITEM_MARKER_WIDTH, _PO_WIDTH = 100, 1000, 100, 200, 500

NewItems = Mapping[str, int]
"""Key of a CreateItem action → the id that Halo gave the product."""


def item_body(action: CreateItem) -> dict[str, Any]:
    """Return one new product."""
    line = action.line
    # What one quote ships for, or is reduced by, is no price of a product.
    own = line.kind is LineKind.ITEM
    price, cost = (number(line.unit_price), number(line.unit_cost)) if own else (0, 0)
    recurring = line.recurring
    body: dict[str, Any] = {
        "use": "item",
        "isitemdetails": True,
        "name": line.name,
        "description": line.description,
        "supplier_part_code": line.sku,
        "assetgroup_id": action.group_id,
        "baseprice": 0 if recurring else price,
        "costprice": 0 if recurring else cost,
        "recurringprice": price if recurring else 0,
        "recurringcost": cost if recurring else 0,
        "isrecurringitem": recurring,
        "status": _ACTIVE,
        "dont_track_stock": True,
        "doesnotneedconsigning": True,
    }
    if recurring:
        body["item_default_billing_period"] = action.billing_period
    if line.supplier_sku:
        body["default_supplier_part_code"] = line.supplier_sku[:_ITEM_MARKER_WIDTH]
    if action.supplier_id is not None:
        body["supplier_id"] = action.supplier_id
    if action.tax_code is not None:
        body["taxcode"] = action.tax_code
    if line.item_id:
        body["third_party_id"] = line.item_id[:_ITEM_MARKER_WIDTH]
    return body


def quote_body(content: QuoteContent, *, quote_id: int | None, new_items: NewItems) -> dict[str, Any]:
    """Return the quote: all that the portal owns, with the full line set (halo.md 2.1)."""
    body: dict[str, Any] = {
        "ticket_id": content.ticket_id,
        "user_id": content.user_id,
        "title": content.title,
        "third_party_number": content.number[:_NUMBER_WIDTH],
        "third_party_url": content.url[:_URL_WIDTH],
        "lines": [_quote_line(line, new_items) for line in content.lines],
    }
    if content.site_id is not None:
        body["site_id"] = content.site_id
    if content.expires is not None:
        body["expiry_date"] = day(content.expires)
    if content.status is not None:
        body["status"] = content.status
    if content.agent_id is not None:
        body["assigned_agent"] = content.agent_id
    if content.po_number:
        body["ponumber"] = content.po_number[:_PO_WIDTH]
    if content.note:
        body["note"] = content.note
    for prefix, address in (("address", content.address), ("deladdress", content.delivery_address)):
        body |= {f"{prefix}{number}": line for number, line in enumerate(address, 1)}
    if quote_id is None:
        body["date"] = day(content.made_on)
    else:
        body["id"] = quote_id
    return body


def _quote_line(line: PlannedLine, new_items: NewItems) -> dict[str, Any]:
    if line.header:
        header: dict[str, Any] = {"isgroupdesc": True, "name": line.name, "sort_seq": line.position}
        return header if line.halo_id is None else {"id": line.halo_id, **header}
    body: dict[str, Any] = {
        "sort_seq": line.position,
        "item_id": item_id(line.item, new_items),
        "productcode": line.sku,
        "name": line.name,
        "description": line.description,
        "quantity": number(line.quantity),
        # Price, base price and cost together, or Halo may recalculate one from the others (halo.md 3.4) [U].
        "price": number(line.price),
        "baseprice": number(line.price),
        "costprice": number(line.cost),
        "billingperiod": line.billing_period,
        "optional": line.optional,
        "quoter_id": line.line_id[:_LINE_MARKER_WIDTH],
    }
    if line.halo_id is not None:
        body["id"] = line.halo_id
    return body


def sales_order_body(quote: HaloQuote) -> dict[str, Any]:
    """Return the sales order of a quote, made from the quote's own lines as Halo has them."""
    body: dict[str, Any] = {
        "quotation_id": quote.id,
        "ticket_id": quote.ticket_id,
        "user_id": quote.user_id,
        "title": quote.title,
        "lines": [
            # Unselected optional lines never came over; a header line sells nothing.
            _order_line(line, position)
            for position, line in enumerate((x for x in quote.lines if not x.optional and not x.is_header), 1)
        ],
    }
    if quote.site_id is not None:
        body["site_id"] = quote.site_id
    if quote.client_id is not None:
        body["client_id"] = quote.client_id
    return body


def _order_line(line: HaloLine, position: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "quotation_line_id": line.id,
        "sort_seq": position,
        "item_id": line.item_id,
        "productcode": line.sku,
        "name": line.name,
        "quantity": number(line.quantity),
        "price": number(line.price),
        "baseprice": number(line.price),
        "billingperiod": line.billing_period,
    }
    if line.cost is not None:  # hidden from this agent is not the same as free
        body["costprice"] = number(line.cost)
    if line.discount:  # the portal writes none, but somebody may have in Halo
        body["discount"] = number(line.discount)
    return body


def item_id(ref: ItemRef, new_items: NewItems) -> int:
    """Return the Halo id behind a reference; a missing new product is a bug, not a zero."""
    return ref.id if ref.id is not None else new_items[ref.new]


def number(value: Decimal) -> int | float:
    """Return a JSON number; floats are what Halo's columns are, and 15 digits hold any amount exactly enough."""
    return int(value) if value == value.to_integral_value() else float(value)


def day(value: date) -> str:
    """Return a date as Halo writes it: midnight without a zone."""
    return f"{value.isoformat()}T00:00:00"
