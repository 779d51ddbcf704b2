"""Why a quote has to wait for a person, in words with the way out."""

from integrations.domain.choice import Ambiguous, Choice, NoMatch, Problem
from integrations.domain.policy import Rules
from integrations.domain.quote import Quote
from integrations.domain.snapshot import KnownLinks, Snapshot
from integrations.domain.text import fold


def person_problems(person: Choice, quote: Quote) -> list[Problem]:
    """Say why the person is not settled."""
    who = quote.contact.email or quote.contact.name or "the contact"
    if isinstance(person, Ambiguous):
        return [
            Problem(
                code="person_ambiguous",
                message=person.why,
                hint="Choose one below; the quote then syncs by itself.",
                subject=f"contact {who}",
                candidates=person.candidates,
            )
        ]
    if isinstance(person, NoMatch):
        return [
            Problem(
                code="person_unknown",
                message=person.why,
                hint="Create the user in Halo, or link this contact to one, then press Sync again.",
                subject=f"contact {who}",
                candidates=person.losers,
            )
        ]
    return []


def opportunity_problems(opportunity: Choice | None, quote: Quote, *, moved: str = "") -> list[Problem]:
    """Say why the opportunity is not settled; `moved` is what explains it where the person changed client."""
    if isinstance(opportunity, Ambiguous):
        code, candidates = "opportunity_ambiguous", opportunity.candidates
    elif isinstance(opportunity, NoMatch):
        code, candidates = "opportunity_missing", opportunity.losers
    else:
        return []
    return [
        Problem(
            code=code,
            message=f"Quote {quote.number}: {opportunity.why} {moved}".strip(),
            hint="Choose the opportunity below, or write [Halo #number] into the quote's internal notes.",
            subject=f"quote {quote.number}",
            candidates=candidates,
        )
    ]


def quote_problems(quote: Quote, snapshot: Snapshot, links: KnownLinks) -> list[Problem]:
    """Say what stands against writing this quote at all."""
    subject = f"quote {quote.number}"
    if snapshot.other_quotes:
        ids = ", ".join(str(other.id) for other in snapshot.other_quotes)
        return [
            Problem(
                code="quote_ambiguous",
                message=f"Halo has several quotes with Quoter number {quote.number} on this opportunity: {ids}.",
                hint="Delete all but one of them in Halo, then press Sync again.",
                subject=subject,
            )
        ]
    looked = snapshot.opportunity is not None or snapshot.open_opportunities
    if links.quote_id is not None and snapshot.quote is None and looked:
        # Somebody took it away: making it again could undo a decision.
        return [
            Problem(
                code="quote_gone",
                message=f"Halo quote {links.quote_id}, which shows quote {quote.number}, is no longer in Halo.",
                hint="Restore it in Halo, or clear the Halo quote in this quote's link to have it made anew; "
                "then press Sync again.",
                subject=subject,
            )
        ]
    return []


def currency_problems(quote: Quote, rules: Rules) -> list[Problem]:
    """Say that the quote is in another currency than the settings expect: Halo would take the bare numbers."""
    expected = rules.policy.currency
    if not expected or not quote.currency or fold(expected) == fold(quote.currency):
        return []
    return [
        Problem(
            code="currency_unexpected",
            message=f"The currency is {quote.currency}, but this integration expects {expected}.",
            hint="Change the quote's currency in Quoter, or the expected one in the settings.",
            subject=f"currency {quote.currency}",
        )
    ]
