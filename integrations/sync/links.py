"""What the portal knows of a quote before it looks at Halo: its rules, and the links of person and lines."""

from integrations.domain.amounts import quote_for_halo
from integrations.domain.lines import line_key
from integrations.domain.parties import named_opportunities
from integrations.domain.policy import Revisions, Rules
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloQuote, KnownLinks
from integrations.domain.text import fold
from integrations.models import (
    ClientLink,
    DirectorySite,
    Integration,
    ItemLink,
    PersonLink,
    QuoteLink,
    QuoteRevision,
    SettingsVersion,
)
from integrations.sync.intents import quote_write_is_unknown
from integrations.sync.started import started_opportunity


def rules_for(
    integration: Integration, link: QuoteLink | None, *, version: SettingsVersion | None = None
) -> Rules:
    """Return the integration's rules, of today or of a version, with what was chosen for this quote alone."""
    rules: Rules = integration.rules() if version is None else version.as_rules()
    if link is None or not link.group_choices:
        return rules
    return rules.model_copy(update={"groups": rules.groups.with_choices(link.group_choices)})


def load_links(link: QuoteLink, quote: Quote, rules: Rules) -> KnownLinks:
    """Return what the portal has learnt about this quote, its person and its lines."""
    person = PersonLink.objects.filter(integration=link.integration_id, email=fold(quote.contact.email)).first()
    opportunity = link.halo_opportunity_id, link.opportunity_source
    if link.halo_opportunity_id is None and not named_opportunities(quote, rules):
        opportunity = started_opportunity(link, quote)
    keys = {line_key(line) for line in quote_for_halo(quote, rules).sent_lines}
    items = ItemLink.objects.filter(integration=link.integration_id, key__in=keys)
    quote_id, previous = link.halo_quote_id, None
    if rules.policy.revisions is Revisions.NEW and link.applied_quote_id != quote.id:
        own = QuoteRevision.objects.filter(integration=link.integration_id, quote_id=quote.id[:50]).first()
        quote_id = own.halo_quote_id if own else None
        previous = link.halo_quote_id if link.halo_quote_id != quote_id else None
    return KnownLinks(
        user_id=person.halo_user_id if person else None,
        user_client_id=person.halo_client_id if person else None,
        user_client_name=person.halo_client_name if person else "",
        opportunity_id=opportunity[0],
        opportunity_why=opportunity[1],
        opportunity_value=link.opportunity_value,
        client_id=_linked_client(link, quote, rules),
        client_ids=() if person else _copied_clients(link, quote, rules),
        quote_id=quote_id,
        previous_quote_id=previous,
        sales_order_id=link.halo_sales_order_id,
        write_unknown=quote_write_is_unknown(link),
        items=dict(items.values_list("key", "halo_item_id")),
        last_written=HaloQuote.model_validate(link.last_written)
        if link.last_written and quote_id == link.halo_quote_id
        else None,
    )


def _linked_client(link: QuoteLink, quote: Quote, rules: Rules) -> int | None:
    if not rules.policy.create_missing_user:
        return None
    key = fold(quote.contact.organization)[:300]
    rows = ClientLink.objects.filter(integration=link.integration_id, key=key)
    return rows.values_list("halo_client_id", flat=True).first()


def _copied_clients(link: QuoteLink, quote: Quote, rules: Rules) -> tuple[int, ...]:
    name = quote.contact.organization.strip()
    if not rules.policy.create_missing_user or not name:
        return ()
    same = DirectorySite.objects.filter(integration=link.integration_id, site__client_name__iexact=name)
    ids = {row["client_id"] for row in same.values_list("site", flat=True)}
    return tuple(sorted(id_ for id_ in ids if id_ is not None))
