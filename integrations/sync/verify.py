"""Reading back what was written and proving that it is what was planned."""

from collections.abc import Sequence

from integrations.domain.compare import Difference, compare_quote, compare_sales_order
from integrations.domain.content import QuoteContent
from integrations.domain.snapshot import HaloQuote, HaloSalesOrder
from integrations.errors import NeedsAttention
from integrations.halo.client import HaloClient
from integrations.sync.record import StepNotes


class AppliedWithDifferences(NeedsAttention):
    """Halo took the write and holds something else."""

    code = "applied_with_differences"
    hint = "Correct it in Halo, or the setting that makes Halo change it, then press Sync again."


def verify_quote(client: HaloClient, content: QuoteContent, *, quote_id: int, notes: StepNotes) -> HaloQuote:
    """Return Halo's quote when it is what was planned. Raises AppliedWithDifferences naming what is not."""
    found = client.get_quote(quote_id)
    differences = compare_quote(content, found)
    notes.fact("Halo quote", f"{found.id} ({found.reference})" if found.reference else found.id)
    _judge(differences, what=f"quote {quote_id}", notes=notes)
    lines = sum(1 for line in found.lines if not line.is_header)
    notes.summary = f"Halo quote {quote_id} was read back: {lines} line(s), every amount equal."
    return found


def verify_sales_order(client: HaloClient, quote: HaloQuote, *, order_id: int, notes: StepNotes) -> HaloSalesOrder:
    """Return Halo's sales order when it sells what the quote does. Raises AppliedWithDifferences."""
    found = client.get_sales_order(order_id)
    _judge(compare_sales_order(quote, found), what=f"sales order {order_id}", notes=notes)
    notes.summary = f"Sales order {order_id} was read back: it sells what the quote does."
    return found


def _judge(differences: Sequence[Difference], *, what: str, notes: StepNotes) -> None:
    for row in differences:
        grade = "Differs" if row.weighs else "Differs in text only"
        notes.fact(grade, f"{row.label}: sent {row.wanted}, Halo has {row.found}")
    weighing = [row for row in differences if row.weighs]
    if weighing:
        first = weighing[0]
        more = f" and {len(weighing) - 1} more" if len(weighing) > 1 else ""
        raise AppliedWithDifferences(
            f"Halo saved {what} otherwise than it was sent: {first.label}: sent {first.wanted}, "
            f"Halo has {first.found}{more}.",
            subject=what,
        )
