"""Why each field of the Halo quote has its value: where it stands in Quoter's document, and by which rule."""

from collections.abc import Callable, Iterator

from integrations.domain.amounts import quote_for_halo
from integrations.domain.choice import Choice, Match
from integrations.domain.content import PlannedLine, QuoteContent, custom_field
from integrations.domain.lines import LineMatch
from integrations.domain.money import show_money
from integrations.domain.parties import named_opportunities
from integrations.domain.plan import Plan
from integrations.domain.policy import Revisions, Rules
from integrations.domain.quote import Address, Line, LineKind, Quote, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.text import fold

_AS_IT_STANDS = "As it stands."
_HALO_LINES = ("line1", "line2", "line3", "line4", "postcode")


class Origin(Record):
    """One field and why it has its value."""

    field: str
    value: str
    source: str = ""
    """Path in Quoter's document; "" for what does not come from there."""
    given: str = ""
    """What stands there."""
    how: str
    setting: str = ""
    """The setting that governs it, by its column."""


class LineOrigins(Record):
    """The fields of one line."""

    name: str
    origins: tuple[Origin, ...]


def explain(quote: Quote, plan: Plan, rules: Rules) -> tuple[tuple[Origin, ...], tuple[LineOrigins, ...]]:
    """Explain every field that a plan sends; nothing where it waits for a person and has no content yet."""
    if plan.content is None:
        return (), ()
    return tuple(_header(quote, plan, plan.content, rules)), tuple(_lines(quote, plan, plan.content, rules))


# The quote


def _header(quote: Quote, plan: Plan, content: QuoteContent, rules: Rules) -> Iterator[Origin]:
    how = _AS_IT_STANDS if quote.name else "The quote has no name in Quoter, so its number stands for it."
    yield Origin(field="Title", value=content.title, source="name", given=quote.name, how=how)
    email = quote.contact.email
    yield _chosen("User", plan.person, content.user_id, source="person.email_address", given=email)
    yield _opportunity(quote, plan, content, rules)
    own = rules.policy.revisions is Revisions.NEW and quote.parent_id
    yield Origin(
        field="Quoter number",
        value=content.number,
        source="number",
        given=quote.number,
        how="With the revision's id, for each revision has its own Halo quote." if own else _AS_IT_STANDS,
        setting="revisions" if own else "",
    )
    if content.url:
        how = "Quoter's address of your account, with the quote's id in it."
        yield Origin(
            field="Quoter link",
            value=content.url,
            source="uuid",
            given=quote.uuid,
            how=how,
            setting="quoter_subdomain",
        )
    yield _status(quote, content, rules)
    if content.expires is not None and quote.expires_at is not None:
        how = "The nearest midnight: Quoter sends its account's midnight in UTC."
        given = f"{quote.expires_at:%Y-%m-%d %H:%M} UTC"
        yield Origin(
            field="Expiry date", value=content.expires.isoformat(), source="expiry_date", given=given, how=how
        )
    yield from _by_choice(quote, content, rules)


def _chosen(field: str, choice: Choice | None, value: int, *, source: str, given: str) -> Origin:
    if not isinstance(choice, Match):
        return Origin(field=field, value=str(value), source=source, given=given, how="It was chosen.")
    by_link = choice.rule in ("link", "made")
    return Origin(
        field=field,
        value=str(value),
        source="" if by_link and field == "Opportunity" else source,
        given="" if by_link and field == "Opportunity" else given,
        how=choice.why,
    )


def _opportunity(quote: Quote, plan: Plan, content: QuoteContent, rules: Rules) -> Origin:
    named = named_opportunities(quote, rules)
    in_field = bool(named) and "custom field" in named[0].where
    label = rules.policy.opportunity_custom_field
    source = f"custom_fields.{label}" if in_field else "internal_notes"
    given = custom_field(quote, label) if in_field else _marked(quote)
    origin = _chosen("Opportunity", plan.opportunity, content.ticket_id, source=source, given=given)
    by_rule = plan.opportunity.rule if isinstance(plan.opportunity, Match) else ""
    if by_rule == "only open":
        return origin.model_copy(update={"source": "", "given": "", "setting": "use_only_open_opportunity"})
    return origin.model_copy(update={"setting": "opportunity_custom_field"}) if in_field else origin


def _marked(quote: Quote) -> str:
    notes = " ".join(quote.internal_notes.split())
    return notes if len(notes) <= 80 else f"{notes[:79]}…"


def _status(quote: Quote, content: QuoteContent, rules: Rules) -> Origin:
    column = f"status_{quote.status}"
    if rules.policy.quote_status.get(quote.status) is None and quote.status.won:
        column = f"status_{QuoteStatus.ACCEPTED}"
    if content.status is not None:
        value, how = str(content.status), f"The Halo status that the settings give to {quote.status} quotes."
    elif rules.policy.halo_status(quote.status) is None:
        value, how = "left to Halo", f"The settings give no Halo status to {quote.status} quotes."
    else:
        how = "Quoter's status has not moved since it was last carried over; Halo's own stays."
        value = "left to Halo"
    return Origin(field="Status", value=value, source="status", given=quote.status, how=how, setting=column)


def _by_choice(quote: Quote, content: QuoteContent, rules: Rules) -> Iterator[Origin]:
    policy = rules.policy
    if policy.agent_by_owner:
        value = str(content.agent_id) if content.agent_id is not None else "left to Halo"
        how = (
            "The Halo agent with the owner's e-mail."
            if content.agent_id
            else "Halo has no agent with that e-mail."
        )
        yield Origin(
            field="Agent",
            value=value,
            source="quote_owner.email",
            given=quote.owner.email,
            how=how,
            setting="agent_by_owner",
        )
    if content.po_number:
        source = f"custom_fields.{policy.po_number_field}"
        yield Origin(
            field="PO number",
            value=content.po_number,
            source=source,
            given=content.po_number,
            how=_AS_IT_STANDS,
            setting="po_number_field",
        )
    if content.note:
        yield Origin(
            field="Note",
            value=content.note,
            source="internal_notes",
            given=_marked(quote),
            how=_AS_IT_STANDS,
            setting="send_internal_notes",
        )
    if policy.send_addresses:
        billing = quote.contact.billing
        shipping = quote.contact.shipping
        yield from _address("Address", content.address, billing, "billing", rules)
        kind = "shipping" if shipping else "billing"
        yield from _address("Delivery address", content.delivery_address, shipping or billing, kind, rules)


def _address(
    field: str, lines: tuple[str, ...], address: Address | None, kind: str, rules: Rules
) -> Iterator[Origin]:
    by_halo = {halo: quoter for quoter, halo in rules.addresses.items()}
    for name, value in zip(_HALO_LINES, lines, strict=False):
        quoter = by_halo.get(name, "")
        if value and quoter:
            source = f"person.addresses.{kind}.{quoter}"
            given = str(getattr(address, quoter, "")) if address else ""
            words = "postcode" if name == "postcode" else f"line {name[-1]}"
            yield Origin(
                field=f"{field}, {words}",
                value=value,
                source=source,
                given=given,
                how="By the address mapping.",
                setting="addresses-group",
            )


# Its lines


def _lines(quote: Quote, plan: Plan, content: QuoteContent, rules: Rules) -> Iterator[LineOrigins]:
    places = {line.id: index for index, line in enumerate(quote.lines)}
    sent = {line.id: line for line in quote_for_halo(quote, rules).lines}
    matches = {match.line_id: match for match in plan.lines}
    for planned in content.lines:
        if planned.header:
            how = "A section of the quote, from Quoter's API."
            origin = Origin(field="Name", value=planned.name, how=how, setting="section_headers")
            yield LineOrigins(name=planned.name, origins=(origin,))
            continue
        line_id = planned.line_id.partition("/")[0]
        line = sent.get(line_id) or sent.get(planned.line_id)
        if line is None:
            continue
        path = f"line_items[{places[line.id]}]" if line.id in places else ""
        original = quote.lines[places[line.id]] if line.id in places else line
        origins = _line(planned, line, original, path, matches.get(line.id), rules)
        yield LineOrigins(name=planned.name, origins=tuple(origins))


def _line(
    planned: PlannedLine, line: Line, original: Line, path: str, match: LineMatch | None, rules: Rules
) -> Iterator[Origin]:
    at: Callable[[str], str] = lambda name: f"{path}.{name}" if path else ""  # noqa: E731
    if match is not None:
        yield _product(line, match, at)
    if line.kind is not LineKind.ITEM:
        yield _amount_of_quote(planned, line)
        return
    yield Origin(field="Name", value=planned.name, source=at("name"), given=original.name, how=_AS_IT_STANDS)
    if planned.description:
        how = "With the chosen options below it." if line.options else _AS_IT_STANDS
        source = at("description") + (f", {at('options')}" if line.options else "")
        value = planned.description if len(planned.description) <= 200 else f"{planned.description[:199]}…"
        yield Origin(field="Description", value=value, source=source, how=how)
    yield from _money(planned, line, original, at)
    yield from _period(planned, line, rules, at)
    if planned.optional:
        how = "Not chosen in Quoter; sent as an optional line, outside the total."
        yield Origin(
            field="Optional",
            value="yes",
            source=at("is_optional_selected"),
            given="false",
            how=how,
            setting="send_optional_lines",
        )


def _product(line: Line, match: LineMatch, at: Callable[[str], str]) -> Origin:
    sources = {
        "sku": (at("sku"), line.sku),
        "name": (at("name"), line.name),
        "link": (at("item_id") if line.item_id else at("sku"), line.item_id or line.sku),
    }
    if match.rule == "new":
        category = line.category.name
        setting = "product_groups-group" if "mapped from" in match.why else "default_product_group"
        value = f"a new product in group {match.group_id}"
        return Origin(
            field="Product", value=value, source=at("type.name"), given=category, how=match.why, setting=setting
        )
    source, given = sources.get(match.rule, ("", ""))
    return Origin(field="Product", value=match.item_label, source=source, given=given, how=match.why)


def _amount_of_quote(planned: PlannedLine, line: Line) -> Origin:
    shipping = line.kind is LineKind.SHIPPING
    what = "shipping of the whole quote" if shipping else "discount on the whole quote"
    return Origin(
        field="Price",
        value=f"{planned.price:f}",
        source="shipping" if shipping else "discount",
        given=f"{abs(line.net):f}",
        how=f"The {what} becomes a line, as the settings say: Halo's quotes have no place of their own for it.",
        setting="shipping" if shipping else "quote_discount",
    )


def _money(planned: PlannedLine, line: Line, original: Line, at: Callable[[str], str]) -> Iterator[Origin]:
    split = "/" in planned.line_id and planned.line_id != line.id
    how = "Part of it: the amount does not divide evenly, so two lines make it exact." if split else _AS_IT_STANDS
    if not split and planned.quantity != original.quantity:
        how = "One, at the whole amount: it does not divide evenly."
    yield Origin(
        field="Quantity",
        value=f"{planned.quantity.normalize():f}",
        source=at("quantity"),
        given=f"{original.quantity.normalize():f}",
        how=how,
    )
    parts, source = [], at("unit_price")
    if original.discount:
        source = at("total.upfront_after_discount") if not line.recurring else at("total.recurring_after_discount")
        parts.append(f"less the line's discount of {show_money(original.discount)}")
    if line.net != original.net:
        parts.append(f"less its share of the quote's discount, {show_money(original.net - line.net)}")
    told = f"Unit price {original.unit_price.normalize():f}, {' and '.join(parts)}: {show_money(line.net)} in all."
    yield Origin(
        field="Price",
        value=f"{planned.price.normalize():f}",
        source=source,
        given=f"{original.net if original.discount else original.unit_price:f}",
        how=told if parts else _AS_IT_STANDS,
        setting="quote_discount" if line.net != original.net else "",
    )
    yield Origin(
        field="Cost",
        value=f"{planned.cost.normalize():f}",
        source=at("unit_cost"),
        given=f"{original.unit_cost:f}",
        how=_AS_IT_STANDS,
    )


def _period(planned: PlannedLine, line: Line, rules: Rules, at: Callable[[str], str]) -> Iterator[Origin]:
    if not line.recurring:
        return
    code = rules.billing_periods.get(line.period.value)
    yield Origin(
        field="Billing period",
        value=str(planned.billing_period),
        source=at("recurring") + ", recurring_time_period_string",
        given=line.period.label,
        how=f"Halo's code for {fold(line.period.label)}, {code}, by the settings.",
        setting=f"billing_{line.period.value}",
    )
