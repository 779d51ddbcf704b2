"""Both sides' totals beside each other."""

from integrations.domain.content import QuoteContent
from integrations.domain.quote import Period, Quote
from integrations.domain.record import Record


class TotalRow(Record):
    """One amount on both sides."""

    label: str
    quoter: str
    halo: str
    agrees: bool


def compare_totals(quote: Quote, content: QuoteContent) -> tuple[TotalRow, ...]:
    """Set both sides' totals beside each other, period by period."""
    rows = []
    for period in Period:
        ours, theirs = quote.total(period), content.total(period)
        if ours or theirs:
            label = f"{period.label.capitalize()} total"
            rows.append(TotalRow(label=label, quoter=f"{ours:.2f}", halo=f"{theirs:.2f}", agrees=ours == theirs))
    return tuple(rows)
