"""Which Halo product each quote line is: link, SKU, exact name; else a new product in the mapped group."""

from collections.abc import Iterable, Mapping, Sequence

from integrations.domain.choice import Candidate, Problem
from integrations.domain.policy import ProductGroups
from integrations.domain.quote import Line
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloItem
from integrations.domain.text import fold


class ItemRef(Record):
    """A Halo item by id, or one that this plan creates first, by its action's key."""

    id: int | None = None
    new: str = ""


class LineMatch(Record):
    """What a line became and why: the record behind "why did it make a new product?"."""

    line_id: str
    name: str
    sku: str = ""
    rule: str
    """link, sku, name, new, or undecided."""
    why: str
    item: ItemRef | None = None
    item_label: str = ""
    group_id: int | None = None
    losers: tuple[Candidate, ...] = ()


def line_key(line: Line) -> str:
    """Name what a line sells, apart from this quote: its catalogue item, else its SKU, else its name.

    Line ids change with every revision, so nothing may be remembered by them (quoter.md 1.6).
    """
    if line.item_id:
        return f"item:{line.item_id}"
    return f"sku:{fold(line.sku)}" if fold(line.sku) else f"name:{fold(line.name)}"


def new_item_key(line: Line) -> str:
    """Name the product that a line would create: lines with one SKU share one new product."""
    kind = "recurring" if line.recurring else "once"
    return f"item:{kind}:" + (f"sku:{fold(line.sku)}" if fold(line.sku) else f"name:{fold(line.name)}")


def match_lines(
    lines: Sequence[Line], *, items: Iterable[HaloItem], links: Mapping[str, int], groups: ProductGroups
) -> tuple[LineMatch | Problem, ...]:
    """Match every line, in order, or say for each what a person must settle.

    Links and SKUs go first for all lines: a product that one line has by its SKU is never given to another
    line, of another SKU, because the names agree. So the result is the same before and after a crash between
    the creation of two new products.
    """
    known = {item.id: item for item in items}
    active = [item for item in known.values() if not item.inactive]
    certain = {line.id: _by_link_or_sku(line, known, active, links) for line in lines}
    taken = {m.item.id: m for m in certain.values() if isinstance(m, LineMatch) and m.item}
    makers: dict[str, Line] = {}
    for line in lines:
        if certain[line.id] is None:
            # The first line with a SKU gives the new product its name; later ones only share it.
            makers.setdefault(new_item_key(line), line)
    return tuple(certain[line.id] or _by_name(line, makers.values(), active, taken, groups) for line in lines)


def _by_link_or_sku(
    line: Line, known: Mapping[int, HaloItem], active: Sequence[HaloItem], links: Mapping[str, int]
) -> LineMatch | Problem | None:
    linked_id = links.get(line_key(line))
    if linked_id is not None:
        return _follow_link(line, linked_id, known.get(linked_id))
    hits = [item for item in active if fold(line.sku) and fold(item.sku) == fold(line.sku)]
    if not hits:
        return None
    losers = tuple(
        _candidate(item, "has the same name, but the SKU decides")
        for item in active
        if fold(item.name) == fold(line.name) and item not in hits
    )
    return _pick(line, hits, rule="sku", what=f"SKU {line.sku}", losers=losers)


def _by_name(
    line: Line,
    makers: Iterable[Line],
    active: Sequence[HaloItem],
    taken: Mapping[int | None, LineMatch],
    groups: ProductGroups,
) -> LineMatch | Problem:
    hits, losers = [], []
    for item in active:
        if fold(item.name) != fold(line.name):
            continue
        other = taken.get(item.id)
        if other and fold(line.sku) and fold(other.sku) != fold(line.sku):
            losers.append(_candidate(item, f"is this quote's line with SKU {other.sku}"))
        else:
            hits.append(item)
    if hits:
        return _pick(line, hits, rule="name", what=f"name “{line.name}”", losers=tuple(losers))
    # A line without a SKU shares the new product of a line with the same name, as it would once that exists.
    twin = line if fold(line.sku) else next((o for o in makers if _same_new_item(line, o)), line)
    return _new(line, twin, groups, losers=tuple(losers))


def _same_new_item(line: Line, other: Line) -> bool:
    return fold(other.name) == fold(line.name) and other.recurring == line.recurring and bool(fold(other.sku))


def _follow_link(line: Line, linked_id: int, item: HaloItem | None) -> LineMatch | Problem:
    if item is None or item.inactive:
        state = "is inactive" if item else "no longer exists"
        return Problem(
            code="line_link_broken",
            message=f"Line “{line.name}” is linked to Halo product {linked_id}, which {state}.",
            hint="Choose another product for this line, or remove the link so that it is matched afresh.",
            subject=f"item {linked_id}",
            line_id=line.id,
        )
    return _fit(line, item, rule="link", why=f"This line's product is linked to {item.label}.", losers=())


def _pick(
    line: Line, hits: list[HaloItem], *, rule: str, what: str, losers: tuple[Candidate, ...]
) -> LineMatch | Problem:
    if len(hits) == 1:
        why = f"{hits[0].label} is the only Halo product with the {what}."
        return _fit(line, hits[0], rule=rule, why=why, losers=losers)
    return Problem(
        code="line_ambiguous",
        message=f"Line “{line.name}”: Halo has {len(hits)} products with the {what}.",
        hint="Choose one below; the quote then syncs by itself, and the choice is remembered.",
        subject=line_key(line),
        candidates=tuple(_candidate(item, f"has the {what}") for item in hits),
        line_id=line.id,
    )


def _fit(line: Line, item: HaloItem, *, rule: str, why: str, losers: tuple[Candidate, ...]) -> LineMatch | Problem:
    # In Halo a line recurs only if its item does (halo.md 3.4): the wrong kind would bill wrongly, in silence.
    if line.recurring != item.recurring:
        is_, be = ("a recurring", "a one-time") if line.recurring else ("a one-time", "a recurring")
        return Problem(
            code="line_period_mismatch",
            message=f"Line “{line.name}” is {is_} charge, but Halo product {item.label} is {be} product.",
            hint="Choose another product for this line, or change the product in Halo, then press Sync again.",
            subject=f"item {item.id}",
            candidates=(_candidate(item, f"is {be} product"),),
            line_id=line.id,
        )
    return LineMatch(
        line_id=line.id,
        name=line.name,
        sku=line.sku,
        rule=rule,
        why=why,
        item=ItemRef(id=item.id),
        item_label=item.label,
        group_id=item.group_id,
        losers=losers,
    )


def _new(line: Line, twin: Line, groups: ProductGroups, *, losers: tuple[Candidate, ...]) -> LineMatch | Problem:
    group_id, from_where = groups.find(line.category)
    if group_id is None:
        category = f"category “{line.category.name}”" if line.category.name else "no category"
        return Problem(
            code="line_without_group",
            message=(
                f"Line “{line.name}” is no Halo product yet, and its {category} is mapped to no product group."
            ),
            hint="Map the category to a Halo product group, or name a default group, in the settings.",
            subject=f"category {fold(line.category.name)}",
            line_id=line.id,
        )
    code = f"SKU {line.sku}" if line.sku else f"name “{line.name}”"
    return LineMatch(
        line_id=line.id,
        name=line.name,
        sku=line.sku,
        rule="new",
        why=f"Halo has no product with the {code}: a new one goes into group {group_id} ({from_where}).",
        item=ItemRef(new=new_item_key(twin)),
        item_label="new product",
        group_id=group_id,
        losers=losers,
    )


def _candidate(item: HaloItem, reason: str) -> Candidate:
    parts = (f"SKU {item.sku}" if item.sku else "", item.group_name, f"{item.price:,.2f}")
    return Candidate(id=item.id, name=item.name, detail=" / ".join(p for p in parts if p), reason=reason)
