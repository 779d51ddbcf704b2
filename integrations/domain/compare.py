"""Wanted against found: the same comparison decides what to write and proves what was written."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from html import unescape

from integrations.domain.content import PlannedLine, QuoteContent
from integrations.domain.money import ZERO, round_money
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloLine, HaloQuote, HaloSalesOrder
from integrations.domain.text import fold

_TAG = re.compile(r"<[^<>]*>")  # stops at the next "<": linear on any text
_PRICE_PLACES = 6  # Halo stores floats: beyond this is noise, not money


class Difference(Record):
    """One field that is not as wanted."""

    path: str
    label: str
    wanted: str
    found: str
    weighs: bool
    """Money, or what the money hangs on; the rest is worth a warning only."""


Pair = tuple[PlannedLine | None, HaloLine | None]


def pair_lines(wanted: Iterable[PlannedLine], found: Iterable[HaloLine]) -> tuple[Pair, ...]:
    """Pair wanted lines with Halo's: by marker, then by product and name, then by product; the rest stay alone.

    Header lines pair by their place among the headers; wanted lines keep their order.
    """
    todo, there = list(wanted), list(found)
    left = [line for line in there if not line.is_header]
    headers = (index for index, line in enumerate(todo) if line.header)
    chosen: dict[int, HaloLine] = dict(zip(headers, (line for line in there if line.is_header), strict=False))
    tests: tuple[Callable[[PlannedLine, HaloLine], bool], ...] = (
        lambda w, f: bool(f.quoter_id) and f.quoter_id == w.line_id,
        lambda w, f: f.item_id == w.item.id and fold(f.name) == fold(w.name),
        lambda w, f: w.item.id is not None and f.item_id == w.item.id,
    )
    for test in tests:
        for index, line in enumerate(todo):
            if index in chosen or line.header:
                continue
            hit = next((f for f in left if test(line, f)), None)
            if hit is not None:
                chosen[index] = hit
                left.remove(hit)
    pairs: list[Pair] = [(line, chosen.get(index)) for index, line in enumerate(todo)]
    return (*pairs, *((None, line) for line in left))


def compare_quote(wanted: QuoteContent, found: HaloQuote) -> tuple[Difference, ...]:
    """List every difference between the wanted quote and Halo's."""
    header = [
        ("title", "Title", wanted.title, found.title, False),
        ("user_id", "User", wanted.user_id, found.user_id, True),
        ("ticket_id", "Opportunity", wanted.ticket_id, found.ticket_id, True),
        ("third_party_number", "Quoter number", wanted.number, found.number, True),
        ("third_party_url", "Quoter link", wanted.url, found.url, False),
        ("expiry_date", "Expiry date", wanted.expires, found.expires, False),
        ("agent_id", "Agent", wanted.agent_id, found.agent_id, False),
        ("ponumber", "PO number", wanted.po_number, found.po_number, True),
        ("note", "Note", wanted.note, found.note, False),
        ("address", "Address", _lines(wanted.address), _lines(found.address), False),
        ("deladdress", "Delivery address", _lines(wanted.delivery_address), _lines(found.delivery_address), False),
    ]
    if wanted.status is not None:
        header.append(("status", "Status", wanted.status, found.status, True))
    differences = [
        Difference(path=path, label=label, wanted=_show(want), found=_show(have), weighs=weighs)
        for path, label, want, have, weighs in header
        if _text(want) != _text(have) and want not in (None, "")
    ]
    for want, have in pair_lines(wanted.lines, found.lines):
        differences += _compare_line(want, have)
    return tuple(differences)


def _compare_line(want: PlannedLine | None, have: HaloLine | None) -> list[Difference]:
    if want is None and have is not None:
        return [
            _line("Line", have.name or have.sku, have, wanted="no such line", found=_amount(have), weighs=True)
        ]
    if want is None:
        return []
    if have is None:
        amount = "section" if want.header else f"{_show(want.quantity)} × {_show(want.price)}"
        return [_line("Line", want.name, None, wanted=amount, found="missing", weighs=not want.header)]
    if want.header:
        # A header weighs nothing; how Halo groups lines under it is unknown [U] (halo.md 3.4).
        same = _text(want.name) == _text(have.name)
        return [] if same else [_line("name", want.name, have, wanted=want.name, found=have.name, weighs=False)]
    total_wanted = round_money(want.quantity * want.price)
    rows: list[tuple[str, object, object, bool]] = [
        ("product", want.item.id or want.item.new, have.item_id, True),
        ("quantity", want.quantity, have.quantity, True),
        ("price", _price(want.price), _price(have.price), True),
        ("total", total_wanted, round_money(have.total), True),
        ("billing period", want.billing_period, have.billing_period, want.period.value != "once"),
        ("optional", want.optional, have.optional, True),
        ("name", want.name, have.name, False),
        ("description", want.description, have.description, False),
    ]
    if have.cost is not None:
        rows.append(("cost", _price(want.cost), _price(have.cost), False))
    if have.quoter_id:
        rows.append(("Quoter line id", want.line_id, have.quoter_id, False))
    return [
        _line(what, want.name, have, wanted=_show(wanted), found=_show(found), weighs=weighs)
        for what, wanted, found, weighs in rows
        if _text(wanted) != _text(found)
    ]


def _line(what: str, name: str, have: HaloLine | None, *, wanted: str, found: str, weighs: bool) -> Difference:
    # By Halo's own id, where there is one: a name may be what differs.
    which = have.id if have and have.id is not None else name
    path = f"lines[{which}]" + ("" if what == "Line" else f".{what}")
    label = f"Line “{name}”" + ("" if what == "Line" else f": {what}")
    return Difference(path=path, label=label, wanted=wanted, found=found, weighs=weighs)


def compare_halo(then: HaloQuote, now: HaloQuote) -> tuple[Difference, ...]:
    """List what has changed on a Halo quote between two readings of it, of what the portal writes.

    `wanted` holds the earlier value, `found` the later. The status is left out: Halo's automation moves it.
    """
    header = [
        ("title", "Title", then.title, now.title, False),
        ("user_id", "User", then.user_id, now.user_id, True),
        ("ticket_id", "Opportunity", then.ticket_id, now.ticket_id, True),
        ("third_party_number", "Quoter number", then.number, now.number, True),
        ("expiry_date", "Expiry date", then.expires, now.expires, False),
        ("agent_id", "Agent", then.agent_id, now.agent_id, False),
        ("ponumber", "PO number", then.po_number, now.po_number, True),
        ("note", "Note", then.note, now.note, False),
        ("address", "Address", _lines(then.address), _lines(now.address), False),
        ("deladdress", "Delivery address", _lines(then.delivery_address), _lines(now.delivery_address), False),
    ]
    changes = [
        Difference(path=path, label=label, wanted=_show(before), found=_show(after), weighs=weighs)
        for path, label, before, after, weighs in header
        if _text(before) != _text(after)
    ]
    later = {line.id: line for line in now.lines if not line.is_header}
    for line in then.lines:
        if not line.is_header:
            changes += _line_changes(line, later.pop(line.id, None))
    changes += [
        _line("Line", line.name, line, wanted="no such line", found=_amount(line), weighs=True)
        for line in later.values()
    ]
    return tuple(changes)


def _line_changes(then: HaloLine, now: HaloLine | None) -> list[Difference]:
    if now is None:
        return [_line("Line", then.name, then, wanted=_amount(then), found="missing", weighs=True)]
    rows: list[tuple[str, object, object, bool]] = [
        ("product", then.item_id, now.item_id, True),
        ("quantity", then.quantity, now.quantity, True),
        ("price", _price(then.price), _price(now.price), True),
        ("total", round_money(then.total), round_money(now.total), True),
        ("billing period", then.billing_period, now.billing_period, True),
        ("optional", then.optional, now.optional, True),
        ("name", then.name, now.name, False),
        ("description", then.description, now.description, False),
    ]
    if then.cost is not None and now.cost is not None:
        rows.append(("cost", _price(then.cost), _price(now.cost), False))
    return [
        _line(what, then.name, then, wanted=_show(before), found=_show(after), weighs=weighs)
        for what, before, after, weighs in rows
        if _text(before) != _text(after)
    ]


def _lines(address: tuple[str, ...]) -> str:
    return ", ".join(line for line in address if line)


def _amount(line: HaloLine) -> str:
    return f"{_show(line.quantity)} × {_show(line.price)}"


def _price(value: Decimal) -> Decimal:
    return round_money(value, _PRICE_PLACES)


def _text(value: object) -> str:
    """The form in which two values are compared: Halo may fold white space, tags and entities, never amounts."""
    if isinstance(value, Decimal):
        return str(value.normalize() if value else ZERO)
    return " ".join(unescape(_TAG.sub(" ", str(value))).split()) if value is not None else ""


def _show(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def compare_sales_order(quote: HaloQuote, order: HaloSalesOrder) -> tuple[Difference, ...]:
    """List what the sales order sells otherwise than the quote it was made from; optional lines stay out."""
    wanted, found = _sold(quote.lines), _sold(order.lines)
    missing = [
        _order_line(sold, wanted=_times(sold), found="no such line") for sold in (wanted - found).elements()
    ]
    extra = [_order_line(sold, wanted="no such line", found=_times(sold)) for sold in (found - wanted).elements()]
    return (*missing, *extra)


Sold = tuple[int | None, Decimal, Decimal]
"""Product, quantity, unit price."""


def _sold(lines: Iterable[HaloLine]) -> Counter[Sold]:
    counted = (line for line in lines if not (line.optional or line.is_header))
    return Counter((line.item_id, line.quantity.normalize(), _price(line.price).normalize()) for line in counted)


def _order_line(sold: Sold, *, wanted: str, found: str) -> Difference:
    label = f"Sales order line for product {sold[0]}"
    return Difference(path=f"order.lines[{sold[0]}]", label=label, wanted=wanted, found=found, weighs=True)


def _times(sold: Sold) -> str:
    return f"{sold[1]:f} × {sold[2]:f}"
