"""Asking Halo only what this quote needs."""

from collections.abc import Mapping
from contextlib import suppress

from integrations.domain.amounts import fixed_products, quote_for_halo
from integrations.domain.choice import Choice
from integrations.domain.content import marker_of
from integrations.domain.leads import wants_lead
from integrations.domain.lines import line_key
from integrations.domain.parties import find_parties, named_opportunities
from integrations.domain.plan import gone_before_arrival
from integrations.domain.policy import Revisions, Rules
from integrations.domain.preparations import wants_user
from integrations.domain.quote import Line, Quote
from integrations.domain.snapshot import (
    HaloClientName,
    HaloItem,
    HaloOpportunity,
    HaloQuote,
    HaloSalesOrder,
    HaloUser,
    KnownLinks,
    Snapshot,
)
from integrations.domain.text import fold
from integrations.errors import NotFound
from integrations.halo.client import HaloClient
from integrations.halo.people import PeopleClient
from integrations.sync.products import Products
from integrations.sync.record import StepNotes


def observe(
    client: PeopleClient,
    *,
    products: Products,
    quote: Quote,
    rules: Rules,
    links: KnownLinks,
    wrote_before: bool,
    notes: StepNotes,
) -> Snapshot:
    """Return what Halo has now. Raises RemoteError where Halo cannot be asked.

    `wrote_before`: an earlier attempt may have written this quote without its answer being known.
    """
    quote = quote_for_halo(quote, rules)
    if gone_before_arrival(quote, links):
        notes.summary = "The quote was lost before it reached Halo: there is nothing to look up."
        return Snapshot()
    snapshot = Snapshot(**_people(client, quote, links))
    parties = find_parties(quote, snapshot=snapshot, rules=rules, links=links)
    if parties.user is None:
        snapshot = snapshot.model_copy(update=_without_user(client, quote, rules, links, parties.person))
    else:
        update = _opportunities(client, quote, rules, links, parties.user)
        snapshot = _with_quotes(
            client, quote, rules, links, snapshot.model_copy(update=update), wrote_before=wrote_before
        )
    linked = {**fixed_products(quote, rules), **links.items}
    items = _items(products, quote, linked)
    snapshot = snapshot.model_copy(update={"items": items, **_by_policy(client, quote, rules, links)})
    _describe(snapshot, notes)
    return snapshot


def _with_quotes(
    client: HaloClient, quote: Quote, rules: Rules, links: KnownLinks, snapshot: Snapshot, *, wrote_before: bool
) -> Snapshot:
    """Add the Halo quote of the opportunity that is chosen, where one may be there."""
    chosen = find_parties(quote, snapshot=snapshot, rules=rules, links=links).halo_opportunity
    # Halo counts an opportunity's quotes [I]: where it says none, none has to be looked for.
    if chosen is None or (links.quote_id is None and chosen.quotation_count == 0 and not wrote_before):
        return snapshot
    return snapshot.model_copy(update=_quotes(client, quote, rules, ticket_id=chosen.id, links=links))


def _without_user(
    client: PeopleClient, quote: Quote, rules: Rules, links: KnownLinks, person: Choice
) -> dict[str, object]:
    """Look up what the policy may put in the place of a missing user."""
    if wants_lead(person, quote, links, rules.policy):
        return _leads(client, quote, links)
    if wants_user(person, quote, links, rules.policy) and links.client_id is None:
        return {"clients": _clients(client, quote, links)}
    return {}


def _by_policy(client: HaloClient, quote: Quote, rules: Rules, links: KnownLinks) -> dict[str, object]:
    """Look up what only some policies need."""
    found: dict[str, object] = {}
    if rules.policy.agent_by_owner and quote.owner.email:
        found["agent"] = client.find_agent(quote.owner.email)
    if links.previous_quote_id is not None:
        found["previous"] = _previous(client, links.previous_quote_id)
    if rules.policy.send_suppliers:
        found["suppliers"] = _suppliers(client, quote)
    return found


def _people(
    client: HaloClient, quote: Quote, links: KnownLinks
) -> dict[str, HaloUser | tuple[HaloUser, ...] | None]:
    if links.user_id is not None:
        try:
            return {"linked_user": client.get_user(links.user_id)}
        except NotFound:
            return {"linked_user": None}
    return {"users": client.find_users(quote.contact.email) if quote.contact.email else ()}


def _opportunities(
    client: HaloClient, quote: Quote, rules: Rules, links: KnownLinks, user: HaloUser
) -> dict[str, HaloOpportunity | tuple[HaloOpportunity, ...] | None]:
    named = named_opportunities(quote, rules)
    wanted = links.opportunity_id or (named[0].id if len(named) == 1 else None)
    if wanted is not None:
        try:
            return {"opportunity": client.get_opportunity(wanted)}
        except NotFound:
            return {"opportunity": None}
    return {"open_opportunities": () if named else client.open_opportunities(user_id=user.id)}


def _clients(client: PeopleClient, quote: Quote, links: KnownLinks) -> tuple[HaloClientName, ...]:
    """Return the clients with the contact's company name, those that Halo's list leaves out as well."""
    if not fold(quote.contact.organization):
        return ()
    listed = client.find_clients(quote.contact.organization)
    found = {one.id: one for one in listed}
    for client_id in links.client_ids:
        if client_id not in found:
            with suppress(NotFound):
                found[client_id] = client.get_client(client_id)
    return tuple(found.values())


def _leads(client: PeopleClient, quote: Quote, links: KnownLinks) -> dict[str, object]:
    """Return the lead that the quote is linked to, else those with the contact's address."""
    if links.opportunity_id is None:
        return {"leads": client.find_leads(quote.contact.email)}
    try:
        return {"opportunity": client.get_opportunity(links.opportunity_id)}
    except NotFound:
        return {"opportunity": None}


def _quotes(
    client: HaloClient, quote: Quote, rules: Rules, *, ticket_id: int, links: KnownLinks
) -> dict[str, object]:
    found: HaloQuote | None = None
    if links.quote_id is not None:
        try:
            found = client.get_quote(links.quote_id)
        except NotFound:
            return {}
    else:
        # Not linked yet, but it may be there: written by an attempt whose answer was lost, or before a restore.
        if rules.policy.revisions is Revisions.NEW and not quote.numbered:
            return _unnumbered(client, quote, ticket_id=ticket_id, links=links)
        marked = client.find_quotes(ticket_id=ticket_id, number=marker_of(quote, rules))
        if len(marked) > 1:
            return {"other_quotes": marked}
        if marked:
            found = client.get_quote(marked[0].id)
    return {"quote": found, "sales_orders": _orders(client, quote, found, links) if found else ()}


def _unnumbered(client: HaloClient, quote: Quote, *, ticket_id: int, links: KnownLinks) -> dict[str, object]:
    """Find the Halo quote of a recovered revision, whose number is not known, by its address in Quoter."""
    number = quote.number
    there = [q for q in client.quotes_on(ticket_id=ticket_id) if f"{q.number}-".startswith(f"{number}-")]
    own = [one for one in there if quote.uuid and quote.uuid in one.url]
    if len(own) == 1:
        found = client.get_quote(own[0].id)
        return {"quote": found, "sales_orders": _orders(client, quote, found, links)}
    # One without the address may be this revision's: the webhook, once it comes, tells.
    unsure = own or [one for one in there if not one.url or not quote.uuid]
    return {"other_quotes": tuple(unsure)} if unsure else {"quote": None, "sales_orders": ()}


def _orders(client: HaloClient, quote: Quote, found: HaloQuote, links: KnownLinks) -> tuple[HaloSalesOrder, ...]:
    """Return the quote's sales orders with their lines: only those tell what is invoiced or delivered."""
    known = links.sales_order_id or found.sales_order_id
    if known is not None:
        try:
            return (client.get_sales_order(known),)
        except NotFound:
            return ()
    if not quote.status.won or found.ticket_id is None:
        return ()
    orders = client.find_sales_orders(ticket_id=found.ticket_id, quote_id=found.id)
    return tuple(client.get_sales_order(order.id) for order in orders)


def _items(products: Products, quote: Quote, linked: Mapping[str, int]) -> tuple[HaloItem, ...]:
    """Return the products that the lines may be."""
    found: dict[int, HaloItem] = {}
    for line in quote.sent_lines:
        item_id = linked.get(line_key(line))
        hits = products.by_id(item_id) if item_id is not None else _by_sku_or_name(products, line)
        found.update({item.id: item for item in hits})
    return tuple(found.values())


def _previous(client: HaloClient, quote_id: int) -> HaloQuote | None:
    try:
        return client.get_quote(quote_id)
    except NotFound:
        return None  # taken away by a person: there is nothing left to close


def _suppliers(client: HaloClient, quote: Quote) -> dict[str, int]:
    """Return the Halo suppliers that the lines name, where exactly one has the name."""
    names = {fold(line.supplier): line.supplier for line in quote.sent_lines if fold(line.supplier)}
    found = {key: client.find_suppliers(name) for key, name in names.items()}
    return {key: ids[0] for key, ids in found.items() if len(ids) == 1}


def _by_sku_or_name(products: Products, line: Line) -> tuple[HaloItem, ...]:
    hits = products.by_sku(line.sku) if fold(line.sku) else ()
    if any(not item.inactive for item in hits):
        return hits
    return hits + products.by_name(line.name)


def _describe(snapshot: Snapshot, notes: StepNotes) -> None:
    users = [user for user in (snapshot.linked_user, *snapshot.users) if user]
    for user in users:
        notes.fact("User", user.label + (" (inactive)" if user.inactive else ""))
    if snapshot.opportunity:
        notes.fact("Opportunity", snapshot.opportunity.label)
    for opportunity in snapshot.open_opportunities:
        notes.fact("Open opportunity", opportunity.label)
    if snapshot.quote:
        notes.fact("Halo quote", f"{snapshot.quote.id}, {len(snapshot.quote.lines)} lines")
    for order in snapshot.sales_orders:
        notes.fact("Sales order", order.id)
    for item in snapshot.items:
        notes.fact("Product", item.label)
    parts = [f"{len(users)} user(s)", f"{len(snapshot.items)} product(s)"]
    parts.append(f"Halo quote {snapshot.quote.id}" if snapshot.quote else "no Halo quote yet")
    notes.summary = f"Halo has {', '.join(parts)}."
