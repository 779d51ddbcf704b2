"""Why each field of a line of the Halo quote has its value."""

from collections.abc import Callable, Iterator

from integrations.domain.amounts import quote_for_halo
from integrations.domain.content import PlannedLine, QuoteContent
from integrations.domain.lines import LineMatch
from integrations.domain.money import show_money
from integrations.domain.origins import AS_IT_STANDS, LineOrigins, Origin
from integrations.domain.plan import Plan
from integrations.domain.policy import Rules
from integrations.domain.quote import Line, LineKind, Quote
from integrations.domain.text import fold


def explain_lines(quote: Quote, plan: Plan, content: QuoteContent, rules: Rules) -> Iterator[LineOrigins]:
    """Explain each line that is sent, in its order."""
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
    yield Origin(field="Name", value=planned.name, source=at("name"), given=original.name, how=AS_IT_STANDS)
    if planned.description:
        how = "With the chosen options below it." if line.options else AS_IT_STANDS
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
    how = "Part of it: the amount does not divide evenly, so two lines make it exact." if split else AS_IT_STANDS
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
        how=told if parts else AS_IT_STANDS,
        setting="quote_discount" if line.net != original.net else "",
    )
    yield Origin(
        field="Cost",
        value=f"{planned.cost.normalize():f}",
        source=at("unit_cost"),
        given=f"{original.unit_cost:f}",
        how=AS_IT_STANDS,
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
