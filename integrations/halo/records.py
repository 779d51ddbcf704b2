"""Halo's JSON rows → the domain's records. `Any` ends here; field names and quirks: halo.md 3."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from integrations.domain.money import NotAnAmount, parse_amount
from integrations.domain.snapshot import (
    HaloAgent,
    HaloItem,
    HaloLine,
    HaloOpportunity,
    HaloQuote,
    HaloSalesOrder,
    HaloUser,
)
from integrations.domain.text import fold
from integrations.errors import RemoteBroken

R = TypeVar("R")
_OBSOLETE = 15  # Item.status: 14 active, 15 obsolete (halo.md 3.6, one tenant)


def rows_of(body: Any, key: str) -> list[dict[str, Any]]:
    """Return a list answer's rows: a bare array, the known key in any case, else the only array (halo.md 2.2)."""
    found: Any = body
    if isinstance(body, dict):
        by_name = {str(k).lower(): v for k, v in body.items()}
        arrays = [v for v in body.values() if isinstance(v, list)]
        found = by_name.get(key.lower(), arrays[0] if len(arrays) == 1 else None)
        if found is None and body.get("record_count") == 0:
            found = []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise RemoteBroken(f"Halo's list of {key} has an unknown shape.", subject=key)
    return found


def one_of(body: Any, what: str) -> dict[str, Any]:
    """Return the object of an answer that is one object, or an array of one (halo.md 2.1)."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict):
        raise RemoteBroken(f"Halo's answer for {what} has an unknown shape.", subject=what)
    return body


def read(row: dict[str, Any], reader: Callable[[dict[str, Any]], R], what: str) -> R:
    """Apply a reader, turning any surprise into a clear error."""
    try:
        return reader(row)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as exc:
        raise RemoteBroken(f"Halo's answer for {what} cannot be read.", subject=what) from exc


def read_user(row: dict[str, Any]) -> HaloUser:
    """Read a `Users` row."""
    name = _text(row.get("name")) or f"{_text(row.get('firstname'))} {_text(row.get('surname'))}".strip()
    emails = [_text(row.get(key)) for key in ("emailaddress", "email2", "email3")]
    return HaloUser(
        id=read_id(row),
        name=name,
        # The first place is the primary address even where it is empty: a second address is no first one.
        emails=tuple(emails[:1] + [e for e in emails[1:] if e]),
        site_id=_id(row.get("site_id_int")) or _id(row.get("site_id")),
        site_name=_text(row.get("site_name")),
        client_id=_id(row.get("client_id")),
        client_name=_text(row.get("client_name")),
        inactive=_flag(row.get("inactive")),
        # Each client has a "General User"; the list parameter that leaves it out may be ignored (halo.md 3.2).
        placeholder=fold(name) == "general user" or _flag(row.get("isserviceaccount")),
        phone=_text(row.get("phonenumber_preferred") or row.get("phonenumber") or row.get("mobilenumber")),
    )


def read_opportunity(row: dict[str, Any]) -> HaloOpportunity:
    """Read an `Opportunities` row (schema Faults)."""
    value = row.get("oppvalue")
    return HaloOpportunity(
        id=read_id(row),
        summary=_text(row.get("summary")),
        client_id=_id(row.get("client_id")),
        client_name=_text(row.get("client_name")),
        site_id=_id(row.get("site_id")),
        user_id=_id(row.get("user_id")),
        user_name=_text(row.get("user_name")),
        status_id=_id(row.get("status_id")),
        status_name=_text(row.get("status_name")),
        stage=_text(row.get("pipeline_stage_name")),
        deleted=_flag(row.get("deleted")),
        # Won and lost are ordinary statuses of each tenant: the closing date alone tells (halo.md 3.3) [I].
        closed=_day(row.get("dateclosed")) is not None,
        value=_amount(value) if value is not None else None,
        created=_day(row.get("dateoccurred") or row.get("datecreated")),
        last_activity=_day(row.get("lastactiondate") or row.get("last_update")),
        agent_id=_id(row.get("agent_id")),
        type_id=_id(row.get("tickettype_id")),
        probability=int(_amount(row["oppconversionprobability"]))
        if row.get("oppconversionprobability") is not None
        else None,
        third_party_url=_text(row.get("opportunity_third_party_url")),
        contact_email=_text(row.get("oppemailaddress")),
        # Where Halo does not say it, the path that was asked does.
        quotation_count=int(_amount(row["quotation_count"])) if row.get("quotation_count") is not None else None,
        is_opportunity=_flag(True if row.get("is_opportunity") is None else row["is_opportunity"])
        and not _flag(row.get("deleted")),
    )


def read_item(row: dict[str, Any]) -> HaloItem:
    """Read an `Item` row; `supplier_part_code` is the SKU in practice (halo.md 3.6)."""
    recurring = _flag(row.get("isrecurringitem"))
    return HaloItem(
        id=read_id(row),
        name=_text(row.get("name")),
        sku=_text(row.get("supplier_part_code")),
        group_id=_id(row.get("assetgroup_id")),
        group_name=_text(row.get("assetgroup_name")),
        price=_amount(row.get("recurringprice" if recurring else "baseprice")),
        cost=_amount(row.get("recurringcost" if recurring else "costprice")),
        recurring=recurring,
        inactive=_flag(row.get("inactive")) or row.get("status") == _OBSOLETE,
        third_party_id=_text(row.get("third_party_id")),
    )


def read_line(row: dict[str, Any]) -> HaloLine:
    """Read a line of a quote or a sales order; quantity and price are not in the published spec (halo.md 3.1)."""
    net = row.get("net_total")
    return HaloLine(
        id=_id(row.get("id")),
        item_id=_id(row.get("item_id")),
        name=_text(row.get("name")),
        description=_text(row.get("description")),
        sku=_text(row.get("productcode")),
        quantity=_amount(row.get("quantity")),
        price=_amount(row.get("price")),
        cost=_amount(row["costprice"]) if row.get("costprice") is not None else None,
        discount=_amount(row.get("discount")),
        net=_amount(net) if net is not None else None,
        tax=_amount(row.get("tax")),
        billing_period=int(_amount(row.get("billingperiod"))),
        recurring=_flag(row.get("item_recurring")),
        optional=_flag(row.get("optional")),
        is_header=_flag(row.get("isgroupdesc")),
        position=int(_amount(row.get("sort_seq"))),
        quoter_id=_text(row.get("quoter_id")),
    )


def read_quote(row: dict[str, Any]) -> HaloQuote:
    """Read a `Quotation`."""
    status = row.get("status")
    return HaloQuote(
        id=read_id(row),
        title=_text(row.get("title")),
        ticket_id=_id(row.get("ticket_id")),
        user_id=_id(row.get("user_id")),
        site_id=_id(row.get("site_id")),
        client_id=_id(row.get("client_id")),
        status=int(_amount(status)) if status is not None else None,
        reference=_text(row.get("po_ref")),
        number=_text(row.get("third_party_number")),
        url=_text(row.get("third_party_url")),
        made_on=_day(row.get("date")),
        expires=_day(row.get("expiry_date")),
        note=_text(row.get("note")),
        po_number=_text(row.get("ponumber")),
        agent_id=_id(row.get("assigned_agent")) or _id(row.get("agent_id")),
        currency_id=_id(row.get("currency_code")),
        lines=tuple(sorted((read_line(line) for line in row.get("lines") or ()), key=lambda line: line.position)),
        revenue=_maybe_amount(row.get("revenue")),
        tax=_maybe_amount(row.get("tax_total")),
        total=_maybe_amount(row.get("total")),
        sales_order_id=_id(row.get("salesorder_id")),
        approval_state=_id(row.get("approvalstate")),
        address=_address(row, "address"),
        delivery_address=_address(row, "deladdress"),
    )


def _address(row: dict[str, Any], prefix: str) -> tuple[str, ...]:
    """Read lines 1 to 4 and the postcode, which the quote keeps as copies of its own (halo.md 3.4)."""
    lines = tuple(_text(row.get(f"{prefix}{number}")) for number in range(1, 6))
    return lines if any(lines) else ()


def read_agent(row: dict[str, Any]) -> HaloAgent:
    """Read an `Agent` row."""
    return HaloAgent(id=read_id(row), name=_text(row.get("name")), email=_text(row.get("email")))


def read_sales_order(row: dict[str, Any]) -> HaloSalesOrder:
    """Read a `SalesOrder`."""
    lines: list[dict[str, Any]] = row.get("lines") or []
    return HaloSalesOrder(
        id=read_id(row),
        quotation_id=_id(row.get("quotation_id")),
        ticket_id=_id(row.get("ticket_id")),
        user_id=_id(row.get("user_id")),
        title=_text(row.get("title")),
        lines=tuple(read_line(line) for line in lines),
        total=_maybe_amount(row.get("total")),
        invoiced=_amount(row.get("invoice_count")) > 0
        or _amount(row.get("percentage_invoiced")) > 0
        or any(_amount(line.get("invoiced_quantity")) > 0 for line in lines),
        delivered=any(_amount(line.get("quantity_shipped")) > 0 for line in lines),
    )


def read_id(row: dict[str, Any]) -> int:
    """Read the id that every saved object has."""
    found = _id(row["id"])
    if found is None:
        raise ValueError("no id")
    return found


def read_number(value: Any) -> int | None:
    """Read an id that another object is named by; None where it names none."""
    return _id(value)


def read_named(row: dict[str, Any]) -> tuple[int, str]:
    """Read the id and name of a list row: groups, statuses, ticket types."""
    return int(_amount(row["id"])), _text(row.get("name"))


def keep(rows: Iterable[R], test: Callable[[R], bool]) -> tuple[R, ...]:
    """Keep the rows that are what was asked for: a filter that Halo ignores returns other rows (halo.md 2.4)."""
    return tuple(row for row in rows if test(row))


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\x00", "").strip()


def _id(value: Any) -> int | None:
    """Read an id: integers may arrive as 31.0, and 0 or -1 stand for "none" (halo.md 2.1)."""
    number = _amount(value)
    if number != number.to_integral_value():
        raise ValueError("not an id")
    return int(number) if number > 0 else None


def _flag(value: Any) -> bool:
    return value.strip().lower() in ("true", "1") if isinstance(value, str) else bool(value)


def _amount(value: Any) -> Decimal:
    try:
        return parse_amount(value)
    except NotAnAmount as exc:
        raise ValueError(str(exc)) from exc


def _maybe_amount(value: Any) -> Decimal | None:
    return None if value is None else _amount(value)


def _day(value: Any) -> date | None:
    """Read a date; Halo's empty dates are 1899-12-30 and 1900-01-01, and none carries a zone (halo.md 2.5)."""
    text = _text(value)
    if not text:
        return None
    day = datetime.fromisoformat(text).date()
    return day if day.year > 1900 else None
