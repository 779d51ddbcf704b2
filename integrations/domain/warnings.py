"""What a plan leaves as it is, or carries over otherwise than stated, in words."""

from integrations.domain.amounts import amount_notes
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
