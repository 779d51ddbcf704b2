"""What a plan leaves as it is, or carries over otherwise than stated, in words."""

from collections.abc import Iterator

from integrations.domain.amounts import amount_notes
from integrations.domain.content import QuoteContent
from integrations.domain.money import show_money
from integrations.domain.parties import named_opportunities
from integrations.domain.policy import Rules
from integrations.domain.quote import Note, Quote, QuoteStatus
from integrations.domain.snapshot import KnownLinks, Snapshot


def plan_warnings(quote: Quote, rules: Rules, links: KnownLinks, snapshot: Snapshot) -> list[Note]:
    """List them for a quote as Quoter stated it."""
    notes = amount_notes(quote, rules)
    if rules.policy.agent_by_owner and snapshot.agent is None:
        owner = quote.owner.email or "nobody"
        notes.append(Note(path="quote_owner", text=f"Halo has no agent with the e-mail of the owner, {owner}."))
    if quote.status is not QuoteStatus.PENDING and rules.policy.halo_status(quote.status) is None:
        text = f"No Halo status is chosen for {quote.status} quotes, so the Halo quote keeps the one it has."
        notes.append(Note(path="status", text=text))
    if snapshot.previous is not None and rules.policy.halo_status(QuoteStatus.LOST) is None:
        text = f"Halo quote {snapshot.previous.id} stays open: no Halo status is chosen for lost quotes."
        notes.append(Note(path="parent_quote_id", text=text))
    for named in named_opportunities(quote, rules):
        if links.opportunity_id is not None and named.id != links.opportunity_id:
            text = f"{named.where} names opportunity #{named.id}, but the quote stays on #{links.opportunity_id}."
            notes.append(Note(path="internal_notes", text=text[:1].upper() + text[1:]))
    return notes


def quantity_notes(quote: Quote, content: QuoteContent) -> Iterator[Note]:
    """Name the lines that reach Halo as one unit at the whole amount, since no unit price makes it exact.

    `quote`: as Halo is to have it.
    """
    # A line in two parts has a part's number behind its id; its parts keep the quantity.
    planned = {line.line_id: line for line in content.lines}
    for line in quote.sent_lines:
        found = planned.get(line.id)
        if found is not None and found.quantity != line.quantity:
            stated = f"{line.quantity.normalize():f}"
            text = f"“{line.name}” reaches Halo as {found.quantity.normalize():f} × {show_money(found.price)}: "
            text += f"no unit price makes {stated} of it come to exactly that."
            yield Note(path="line_items", text=text)
