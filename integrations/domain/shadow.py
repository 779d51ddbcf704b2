"""What the portal would have made of a quote, beside what another connector made of it in Halo."""

import re
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from integrations.domain.compare import pair_lines
from integrations.domain.content import PlannedLine, QuoteContent
from integrations.domain.money import ZERO, round_money
from integrations.domain.quote import Quote
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloLine, HaloQuote
from integrations.domain.text import fold


class Counterpart(Record):
    """The Halo quote that stands for a Quoter quote, by which sign; or those that could be it, or none."""

    quote_id: int | None = None
    why: str = ""
    candidates: tuple[int, ...] = ()


class ShadowDifference(Record):
    """One thing that is otherwise in Halo than the portal would have made it."""

    label: str
    portal: str
    halo: str
    weighs: bool
    """Money, or what the money hangs on."""


def find_counterpart(
    quote: Quote, on_opportunity: Sequence[HaloQuote], *, taken: Collection[int] = ()
) -> Counterpart:
    """Find the quote's counterpart among the Halo quotes of its opportunity, by the surest sign that any has.

    How other connectors mark their quotes is not known [U]: hence several signs, and never the first of several.
    Without a sign nothing is taken for it, not even the only one: once linked, it would be written over.
    `taken` are the Halo quotes of other Quoter quotes.
    """
    named = re.compile(rf"(?:quote|quoter|no\.?|#)\s*#?{re.escape(quote.number)}(?!\d)", re.IGNORECASE)
    signs: tuple[tuple[str, Callable[[HaloQuote], bool]], ...] = (
        ("it carries the Quoter number", lambda found: found.number == quote.number),
        ("it links to the quote in Quoter", lambda found: bool(quote.uuid) and quote.uuid in found.url),
        ("its title names the Quoter number", lambda found: bool(named.search(found.title))),
        ("it has the same title", lambda found: bool(fold(quote.name)) and fold(found.title) == fold(quote.name)),
    )
    # A number of another Quoter quote is as good as a link to it.
    free = [row for row in on_opportunity if row.id not in taken and row.number in ("", quote.number)]
    for why, sign in signs:
        hits = [found.id for found in free if sign(found)]
        if len(hits) == 1:
            return Counterpart(quote_id=hits[0], why=why)
        if hits:
            return Counterpart(candidates=tuple(hits))
    return Counterpart(candidates=tuple(found.id for found in free))


def compare_with(
    content: QuoteContent, found: HaloQuote, *, sells: bool, sold: bool
) -> tuple[ShadowDifference, ...]:
    """List what differs. `sells`: the portal would have a sales order; `sold`: Halo has one."""
    rows = []
    if found.user_id != content.user_id:
        rows.append(_row("User", content.user_id, found.user_id, weighs=True))
    if content.expires is not None and content.expires != found.expires:
        rows.append(_row("Expiry date", content.expires, found.expires, weighs=False))
    if content.po_number and content.po_number != found.po_number:
        rows.append(_row("PO number", content.po_number, found.po_number, weighs=False))
    for want, have in _pairs(content.lines, found.lines):
        rows += _line(want, have)
    ours, theirs = total_of(content.lines), halo_total(found)
    if ours != theirs:
        rows.append(_row("Total of all lines", f"{ours:,.2f}", f"{theirs:,.2f}", weighs=True))
    if sells != sold:
        rows.append(_row("Sales order", "one" if sells else "none", "one" if sold else "none", weighs=True))
    return tuple(rows)


def total_of(lines: Sequence[PlannedLine]) -> Decimal:
    """Return what the portal's lines come to, each to the cent, without what is only offered."""
    counted = (line for line in lines if not (line.optional or line.header))
    return sum((round_money(line.quantity * line.price) for line in counted), ZERO)


def halo_total(found: HaloQuote) -> Decimal:
    """Return what Halo's lines come to, in the same way."""
    counted = (line for line in found.lines if not (line.optional or line.is_header))
    return sum((round_money(line.total) for line in counted), ZERO)


_Pair = tuple[PlannedLine | None, HaloLine | None]


def _pairs(wanted: Sequence[PlannedLine], found: Sequence[HaloLine]) -> list[_Pair]:
    """Pair as the portal does, then by SKU, then by name: another connector knows no marker of ours."""
    pairs = list(pair_lines(wanted, [line for line in found if not line.is_header]))
    whole = [pair for pair in pairs if None not in pair]
    ours = [want for want, have in pairs if have is None and want is not None]
    theirs = [have for want, have in pairs if want is None and have is not None]
    signs: tuple[Callable[[PlannedLine | HaloLine], str], ...] = (
        lambda line: fold(line.sku),
        lambda line: fold(line.name),
    )
    for sign in signs:
        for want in list(ours):
            hit = next((have for have in theirs if sign(want) and sign(have) == sign(want)), None)
            if hit is not None:
                whole.append((want, hit))
                ours.remove(want)
                theirs.remove(hit)
    return [*whole, *((want, None) for want in ours if not want.header), *((None, have) for have in theirs)]


def _line(want: PlannedLine | None, have: HaloLine | None) -> list[ShadowDifference]:
    if want is None:
        assert have is not None  # noqa: S101  a pair has one side at least
        return [_row(f"Line “{have.name or have.sku}”", "no such line", _theirs(have), weighs=not have.optional)]
    if have is None:
        return [_row(f"Line “{want.name}”", _ours(want), "missing", weighs=not want.optional)]
    if want.header:
        return []
    rows = []
    same_total = round_money(want.quantity * want.price) == round_money(have.total)
    if want.quantity != have.quantity or not same_total:
        rows.append(_row(f"Line “{want.name}”: amount", _ours(want), _theirs(have), weighs=True))
    if want.item.id is not None and want.item.id != have.item_id:
        rows.append(_row(f"Line “{want.name}”: product", want.item.id, have.item_id, weighs=True))
    if want.item.id is None:
        rows.append(_row(f"Line “{want.name}”: product", "a new one", have.item_id, weighs=False))
    if want.billing_period != have.billing_period:
        periods = want.billing_period, have.billing_period
        rows.append(_row(f"Line “{want.name}”: billing period", *periods, weighs=True))
    if want.optional != have.optional:
        rows.append(_row(f"Line “{want.name}”: optional", want.optional, have.optional, weighs=True))
    return rows


def _row(label: str, portal: object, halo: object, *, weighs: bool) -> ShadowDifference:
    return ShadowDifference(label=label, portal=_show(portal), halo=_show(halo), weighs=weighs)


def _show(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)


def _ours(line: PlannedLine) -> str:
    return _times(line.quantity, line.price, round_money(line.quantity * line.price))


def _theirs(line: HaloLine) -> str:
    unit = line.net if line.net is not None else line.price - line.discount
    return _times(line.quantity, unit, round_money(line.total))


def _times(quantity: Decimal, price: Decimal, total: Decimal) -> str:
    return f"{quantity.normalize():f} × {price.normalize():f} = {total:,.2f}"
