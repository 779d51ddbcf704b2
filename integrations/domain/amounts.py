"""The quote as Halo shall carry it: every amount of it sits on a line, so that nothing gets lost between them.

Halo's quotes have no place for a discount or for shipping on the whole quote that an API is known to keep
(halo.md 3.4), so the discount is taken off the lines and shipping becomes a line.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from itertools import product

from integrations.domain.lines import line_key
from integrations.domain.money import CENT, ZERO, round_money, show_money
from integrations.domain.policy import Placement, Rules
from integrations.domain.quote import Line, LineKind, Note, Period, Quote


def quote_for_halo(quote: Quote, rules: Rules) -> Quote:
    """Return the quote with its discount, shipping and optional lines as the policy places them."""
    lines = tuple(
        line.model_copy(update={"offered": True}) if rules.policy.send_optional_lines and not line.counts else line
        for line in quote.lines
    )
    settled = quote.model_copy(update={"lines": lines})
    if discount_is_due(quote):
        settled = _place_discount(settled, rules)
    if quote.shipping and rules.policy.shipping is not Placement.LEAVE_OUT:
        settled = _add_line(settled, LineKind.SHIPPING, name=rules.policy.shipping_name, net=quote.shipping)
    return settled


def discount_of(quote: Quote, period: Period = Period.ONCE) -> Decimal:
    """Return what the whole-quote discount takes off the lines of one period.

    A percentage applies to every period, an amount to the one-time lines [I]: no such quote was ever captured.
    """
    discount = quote.discount
    if discount is None:
        return ZERO
    if discount.amount is not None:
        return round_money(discount.amount) if period is Period.ONCE else ZERO
    return round_money(quote.total(period) * (discount.percent or ZERO) / 100)


def discount_is_due(quote: Quote) -> bool:
    """Say whether the lines are still without the quote's discount.

    Whether Quoter's line totals hold it already is unknown [U]; where the total that Quoter states can only be
    reached with the lines as they are, they do.
    """
    if not discount_of(quote) and not any(discount_of(quote, period) for period in Period):
        return False
    readings = _readings(quote)
    return not readings or True in readings


def stated_total_is_explained(quote: Quote) -> bool:
    """Say whether the total that Quoter states follows from what is on the quote, by any likely reading of it."""
    return quote.stated.upfront is None or bool(_readings(quote))


def _readings(quote: Quote) -> set[bool]:
    """Return with which answers to "is the discount still to be taken off?" the stated total comes out.

    Whether the total due up front holds shipping, taxes or the first period of recurring lines is unknown [U].
    """
    stated = quote.stated.upfront
    if stated is None:
        return set()
    lines, discount = quote.total(Period.ONCE), discount_of(quote)
    recurring = sum((quote.total(period) for period in Period if period is not Period.ONCE), ZERO)
    taxes = sum((tax.amount for tax in quote.taxes), ZERO)
    # Each line is stated to the cent, and the total may be of the exact amounts: half a cent for each line whose
    # quantity × price is not whole cents.
    inexact = sum(1 for line in quote.counted_lines if not _is_whole_cents(line.quantity * line.unit_price))
    slack = CENT / 2 * inexact
    found = set()
    for due, *held in product((True, False), repeat=4):
        parts = zip(held, (quote.shipping, taxes, recurring), strict=True)
        total = lines - (discount if due else ZERO) + sum((part for holds, part in parts if holds), ZERO)
        if abs(round_money(total) - round_money(stated)) <= slack.quantize(CENT, rounding=ROUND_UP):
            found.add(due)
    return found


def _is_whole_cents(amount: Decimal) -> bool:
    return amount == round_money(amount)


def _place_discount(quote: Quote, rules: Rules) -> Quote:
    where = rules.policy.quote_discount
    if where is Placement.LEAVE_OUT:
        return quote
    for period in Period:
        amount = discount_of(quote, period)
        if not amount:
            continue
        if where is Placement.LINE and period is Period.ONCE:
            quote = _add_line(quote, LineKind.DISCOUNT, name=rules.policy.discount_name, net=-amount)
        else:
            quote = _spread(quote, period, amount)
    return quote


def _spread(quote: Quote, period: Period, amount: Decimal) -> Quote:
    """Take an amount off the lines of one period, in proportion, to the cent."""
    ids = [line.id for line in quote.counted_lines if line.period is period and line.net > 0]
    if not ids:
        return _add_line(quote, LineKind.DISCOUNT, name="Discount", net=-amount)
    by_id = {line.id: line for line in quote.lines}
    shares = dict(zip(ids, allocate(amount, [by_id[id_].net for id_ in ids]), strict=True))
    lines = tuple(
        line.model_copy(update={"net": line.net - shares[line.id], "discount": line.discount + shares[line.id]})
        if line.id in shares
        else line
        for line in quote.lines
    )
    return quote.model_copy(update={"lines": lines})


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide an amount in proportion to weights into whole cents that add up to it exactly.

    Cents that are left over go to the largest remainders, earlier ones first.
    """
    total = sum(weights, ZERO)
    if not total:
        return [ZERO for _ in weights]
    exact = [amount * weight / total for weight in weights]
    shares = [share.quantize(CENT, rounding=ROUND_DOWN) for share in exact]
    left = int((round_money(amount) - sum(shares, ZERO)) / CENT)
    order = sorted(range(len(weights)), key=lambda i: (-abs(exact[i] - shares[i]), i))
    for index in order[: abs(left)]:
        shares[index] += CENT if left > 0 else -CENT
    return shares


def _add_line(quote: Quote, kind: LineKind, *, name: str, net: Decimal) -> Quote:
    # Its id must not change with the revision, as those of Quoter's lines do: Halo's line is found by it.
    line = Line(id=kind.value, kind=kind, name=name, quantity=Decimal(1), unit_price=net, net=net)
    return quote.model_copy(update={"lines": (*quote.lines, line)})


def fixed_products(quote: Quote, rules: Rules) -> dict[str, int]:
    """Return the products that the settings name for shipping and discount, by line key."""
    chosen = {LineKind.SHIPPING: rules.policy.shipping_item, LineKind.DISCOUNT: rules.policy.discount_item}
    keyed = ((line_key(line), chosen.get(line.kind)) for line in quote.lines)
    return {key: item_id for key, item_id in keyed if item_id is not None}


def amount_notes(quote: Quote, rules: Rules) -> list[Note]:
    """Tell of the money that the policy leaves out, and of a stated total that nothing explains."""
    notes, currency, policy = [], quote.currency, rules.policy
    if discount_is_due(quote) and policy.quote_discount is Placement.LEAVE_OUT:
        text = f"The discount of {show_money(discount_of(quote), currency)} is left out, as the settings say."
        notes.append(Note(path="discount", text=text))
    if quote.shipping and policy.shipping is Placement.LEAVE_OUT:
        text = f"Shipping of {show_money(quote.shipping, currency)} is left out, as the settings say."
        notes.append(Note(path="shipping", text=text))
    if not stated_total_is_explained(quote):
        lines = show_money(quote.total(Period.ONCE), currency)
        stated = show_money(quote.stated.upfront or ZERO, currency)
        notes.append(
            Note(path="total.upfront", text=f"Quoter states {stated} due up front, but its lines come to {lines}.")
        )
    return notes
