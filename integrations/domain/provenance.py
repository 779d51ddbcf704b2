"""Why each field of the Halo quote has its value: where it stands in Quoter's document, and by which rule."""

from collections.abc import Iterator

from integrations.domain.choice import Choice, Match
from integrations.domain.content import QuoteContent, custom_field
from integrations.domain.line_origins import explain_lines
from integrations.domain.origins import AS_IT_STANDS, LineOrigins, Origin
from integrations.domain.parties import named_opportunities
from integrations.domain.plan import Plan
from integrations.domain.policy import Revisions, Rules
from integrations.domain.quote import Address, Quote, QuoteStatus

_HALO_LINES = ("line1", "line2", "line3", "line4", "postcode")


def explain(quote: Quote, plan: Plan, rules: Rules) -> tuple[tuple[Origin, ...], tuple[LineOrigins, ...]]:
    """Explain every field that a plan sends; nothing where it waits for a person and has no content yet."""
    if plan.content is None:
        return (), ()
    return tuple(_header(quote, plan, plan.content, rules)), tuple(explain_lines(quote, plan, plan.content, rules))


# The quote


def _header(quote: Quote, plan: Plan, content: QuoteContent, rules: Rules) -> Iterator[Origin]:
    how = AS_IT_STANDS if quote.name else "The quote has no name in Quoter, so its number stands for it."
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
        how="With the revision's id, for each revision has its own Halo quote." if own else AS_IT_STANDS,
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
            how=AS_IT_STANDS,
            setting="po_number_field",
        )
    if content.note:
        yield Origin(
            field="Note",
            value=content.note,
            source="internal_notes",
            given=_marked(quote),
            how=AS_IT_STANDS,
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
