"""What does not add up although Halo holds exactly what was sent: no further write can mend it."""

from integrations.domain.amounts import stated_total_is_explained
from integrations.domain.compare import Difference
from integrations.domain.money import ZERO, round_money, show_money
from integrations.domain.policy import Rules
from integrations.domain.quote import Period, Quote
from integrations.domain.snapshot import HaloQuote


def open_differences(quote: Quote, found: HaloQuote, rules: Rules) -> tuple[Difference, ...]:
    """List the amounts of Quoter's quote, as it states them, that Halo's quote does not come to."""
    rows = []
    taxes = sum((tax.amount for tax in quote.taxes), ZERO)
    if rules.policy.compare_taxes and quote.taxes and found.tax is not None and round_money(found.tax) != taxes:
        rows.append(_difference("taxes", "Tax", show_money(taxes), show_money(found.tax)))
    if rules.policy.stated_total_must_agree and not stated_total_is_explained(quote):
        stated, lines = quote.stated.upfront or ZERO, quote.total(Period.ONCE)
        rows.append(_difference("total.upfront", "Total due up front", show_money(stated), show_money(lines)))
    return tuple(rows)


def _difference(path: str, label: str, quoter: str, halo: str) -> Difference:
    return Difference(path=path, label=label, wanted=quoter, found=halo, weighs=True)
