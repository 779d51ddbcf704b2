"""The planner: what has to happen in Halo for this quote, or what a person must settle first."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from integrations.domain.amounts import amount_notes, fixed_products, quote_for_halo
from integrations.domain.choice import Choice, Match, Problem
from integrations.domain.compare import Difference, compare_quote, pair_lines
from integrations.domain.content import QuoteContent, build_content
from integrations.domain.guard import Conflict, guard
from integrations.domain.leads import CreateLead, lead_match
from integrations.domain.lines import LineMatch, match_lines, new_item_key
from integrations.domain.opportunities import NamedOpportunity, choose_opportunity, find_named
from integrations.domain.people import changed_client, choose_person
from integrations.domain.policy import Rules, SalesOrderBy
from integrations.domain.preparations import (
    CreateClient,
    CreateOpportunity,
    CreateUser,
    UpdateOpportunity,
    find_made,
    follow_quote,
)
from integrations.domain.prepare import Preparation, prepare
from integrations.domain.problems import (
    currency_problems,
    opportunity_problems,
    person_problems,
    quote_problems,
)
from integrations.domain.quote import Line, Note, Quote, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloUser, KnownLinks, Snapshot
from integrations.domain.text import fold
from integrations.domain.totals import TotalRow, compare_totals


class CreateItem(Record):
    """Create a product for one or more lines that match none."""

    kind: Literal["create_item"] = "create_item"
    key: str
    line: Line
    group_id: int
    billing_period: int = 0
    tax_code: int | None = None
    supplier_id: int | None = None


class SaveQuote(Record):
    """Create the Halo quote, or bring the existing one in line."""

    kind: Literal["save_quote"] = "save_quote"
    quote_id: int | None = None
    content: QuoteContent
    changes: tuple[Difference, ...] = ()


class CloseQuote(Record):
    """Close the Halo quote of the revision before."""

    kind: Literal["close_quote"] = "close_quote"
    quote_id: int
    status: int


class CreateSalesOrder(Record):
    """Create the sales order of an accepted quote from the quote's lines as Halo has them."""

    kind: Literal["create_sales_order"] = "create_sales_order"
    quote_id: int | None = None
    content: QuoteContent
    by: SalesOrderBy = SalesOrderBy.PORTAL


Action = Annotated[
    CreateItem
    | SaveQuote
    | CloseQuote
    | CreateSalesOrder
    | CreateClient
    | CreateUser
    | CreateLead
    | CreateOpportunity
    | UpdateOpportunity,
    Field(discriminator="kind"),
]


class Plan(Record):
    """Everything decided for one quote against one snapshot. The same inputs always give an equal plan."""

    person: Choice | None = None
    opportunity: Choice | None = None
    lines: tuple[LineMatch, ...] = ()
    problems: tuple[Problem, ...] = ()
    actions: tuple[Action, ...] = ()
    content: QuoteContent | None = None
    totals: tuple[TotalRow, ...] = ()
    warnings: tuple[Note, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """What was changed in Halo since our last write and would be written over."""

    @property
    def preparations(self) -> tuple[Preparation, ...]:
        """What has to be there before the quote can be planned; a plan with one of these has nothing else."""
        return tuple(
            a for a in self.actions if isinstance(a, CreateClient | CreateUser | CreateLead | CreateOpportunity)
        )

    @property
    def empty(self) -> bool:
        """Halo already agrees."""
        return not self.actions and not self.problems


def build_plan(
    quote: Quote,
    *,
    snapshot: Snapshot,
    rules: Rules,
    links: KnownLinks,
    last_status: QuoteStatus | None,
    today: date,
    overwrite: bool = False,
) -> Plan:
    """Decide what to do.

    `last_status` is Quoter's status that was last carried over: Halo's own status is touched only when
    Quoter's has changed since, because Halo's automation may have moved it on. `today` dates a new quote.
    `overwrite`: a person has decided that Quoter's version goes over what was changed in Halo.
    """
    if gone_before_arrival(quote, links):
        return Plan(warnings=quote.notes)
    person = choose_person(
        quote.contact.email, users=snapshot.users, linked_id=links.user_id, linked=snapshot.linked_user
    )
    user = find_user(person, snapshot)
    opportunity = (
        choose_for(quote, snapshot=snapshot, rules=rules, links=links, user=user)
        if user
        else lead_match(quote, snapshot)
    )
    preparation = prepare(
        quote,
        person=person,
        user=user,
        opportunity=opportunity,
        snapshot=snapshot,
        policy=rules.policy,
        links=links,
        today=today,
    )
    stated, quote = quote, quote_for_halo(quote, rules)
    linked = {**fixed_products(quote, rules), **links.items}
    matched = match_lines(quote.sent_lines, items=snapshot.items, links=linked, groups=rules.groups)
    matches = tuple(m for m in matched if isinstance(m, LineMatch))
    elsewhere = changed_client(links, user) if user else ""
    problems = [*person_problems(person, quote), *opportunity_problems(opportunity, quote, moved=elsewhere)]
    if preparation is not None:
        problems = [preparation] if isinstance(preparation, Problem) else []
    problems += [m for m in matched if isinstance(m, Problem)]
    problems += [*quote_problems(quote, snapshot, links), *currency_problems(quote, rules)]
    told = (Note(path="contact", text=elsewhere),) if elsewhere else ()
    decided = Plan(person=person, opportunity=opportunity, lines=matches, warnings=(*quote.notes, *told))
    if preparation is not None and not isinstance(preparation, Problem) and not problems:
        return decided.model_copy(update={"actions": (preparation,)})
    if problems or user is None or not isinstance(opportunity, Match):
        return decided.model_copy(update={"problems": tuple(problems)})
    if _lost_and_unlinked(quote, links) and snapshot.quote is None:
        return decided  # the write whose answer was lost did not arrive, and now there is nothing to close

    halo_opportunity = next(
        o for o in (snapshot.opportunity, *snapshot.open_opportunities) if o and o.id == opportunity.id
    )
    known = snapshot.quote is not None and quote.status is last_status
    status = None if known else rules.policy.halo_status(quote.status)
    content = build_content(
        quote,
        person=user,
        opportunity=halo_opportunity,
        matches=matches,
        rules=rules,
        today=today,
        status=status,
        agent=snapshot.agent,
    )
    if isinstance(content, Problem):
        return decided.model_copy(update={"problems": (content,)})
    content = _keep_line_ids(content, snapshot)
    changes = compare_quote(content, snapshot.quote) if snapshot.quote else ()
    decided = decided.model_copy(
        update={
            "content": content,
            "totals": compare_totals(quote, content),
            "warnings": (*decided.warnings, *_warnings(stated, rules, links, snapshot)),
        }
    )
    problem, conflicts = guard(
        quote, changes, last_written=links.last_written, now=snapshot.quote, orders=snapshot.sales_orders
    )
    if problem is not None and not overwrite:
        return decided.model_copy(update={"problems": (problem,), "conflicts": conflicts})
    actions = _actions(quote, content, changes, matches=matches, snapshot=snapshot, rules=rules, links=links)
    moved = quote.status is not last_status
    update, doubt = follow_quote(stated, halo_opportunity, policy=rules.policy, links=links, status_moved=moved)
    notes = (Note(path="opportunity", text=doubt),) if doubt else ()
    actions = (*actions, update) if update is not None else actions
    return decided.model_copy(update={"actions": actions, "warnings": (*decided.warnings, *notes)})


def gone_before_arrival(quote: Quote, links: KnownLinks) -> bool:
    """Lost before it ever reached Halo: there is nothing to close, and nobody need decide anything."""
    return _lost_and_unlinked(quote, links) and not links.write_unknown


def _lost_and_unlinked(quote: Quote, links: KnownLinks) -> bool:
    return quote.status is QuoteStatus.LOST and links.quote_id is None and links.previous_quote_id is None


def find_user(person: Choice, snapshot: Snapshot) -> HaloUser | None:
    """Return the snapshot's record of the chosen person."""
    if not isinstance(person, Match):
        return None
    known = [*snapshot.users, *([snapshot.linked_user] if snapshot.linked_user else [])]
    return next(user for user in known if user.id == person.id)


def choose_for(quote: Quote, *, snapshot: Snapshot, rules: Rules, links: KnownLinks, user: HaloUser) -> Choice:
    """Choose the opportunity for a quote whose person is settled."""
    if rules.policy.create_missing_opportunity and links.opportunity_id is None:
        made = find_made(quote, snapshot.open_opportunities)
        if made is not None:
            return made
    return choose_opportunity(
        linked_id=links.opportunity_id,
        linked_why=links.opportunity_why,
        named=named_opportunities(quote, rules),
        opportunity=snapshot.opportunity,
        person=user,
        open_ones=snapshot.open_opportunities,
        use_only_open=rules.policy.use_only_open_opportunity,
        quote_total=quote.stated.upfront,
        quote_name=quote.name,
    )


def named_opportunities(quote: Quote, rules: Rules) -> tuple[NamedOpportunity, ...]:
    """Return the opportunity numbers that somebody wrote on the quote."""
    return find_named(quote, custom_field=rules.policy.opportunity_custom_field)


def _actions(
    quote: Quote,
    content: QuoteContent,
    changes: tuple[Difference, ...],
    *,
    matches: Iterable[LineMatch],
    snapshot: Snapshot,
    rules: Rules,
    links: KnownLinks,
) -> tuple[Action, ...]:
    actions: list[Action] = list(_new_items(quote, content, matches, rules, snapshot))
    existing = snapshot.quote
    if existing is None or changes:
        actions.append(SaveQuote(quote_id=existing.id if existing else None, content=content, changes=changes))
    closed, previous = rules.policy.halo_status(QuoteStatus.LOST), snapshot.previous
    if previous is not None and closed is not None and previous.status != closed:
        actions.append(CloseQuote(quote_id=previous.id, status=closed))
    ordered = snapshot.sales_orders or links.sales_order_id or (existing and existing.sales_order_id)
    # An order of nothing is none.
    sells = any(not line.optional for line in content.lines)
    if quote.status.won and rules.policy.create_sales_order and sells and not ordered:
        by = rules.policy.sales_order_by
        actions.append(CreateSalesOrder(quote_id=existing.id if existing else None, content=content, by=by))
    return tuple(actions)


def _new_items(
    quote: Quote, content: QuoteContent, matches: Iterable[LineMatch], rules: Rules, snapshot: Snapshot
) -> Iterable[CreateItem]:
    wanted = {m.item.new: m for m in reversed(list(matches)) if m.item and m.item.new}
    codes = {line.item.new: line.billing_period for line in content.lines}
    made: set[str] = set()
    for line in quote.sent_lines:
        key = new_item_key(line)
        if key in wanted and key not in made:
            made.add(key)
            group_id = wanted[key].group_id
            assert group_id is not None  # noqa: S101  a new product always has its group
            yield CreateItem(
                key=key,
                line=line,
                group_id=group_id,
                billing_period=codes.get(key, 0),
                tax_code=rules.policy.item_tax_code,
                supplier_id=snapshot.suppliers.get(fold(line.supplier)),
            )


def _keep_line_ids(content: QuoteContent, snapshot: Snapshot) -> QuoteContent:
    """Give each wanted line the id of the Halo line that it continues."""
    if snapshot.quote is None:
        return content
    pairs = pair_lines(content.lines, snapshot.quote.lines)
    lines = tuple(
        want.model_copy(update={"halo_id": have.id}) if have else want for want, have in pairs if want is not None
    )
    return content.model_copy(update={"lines": lines})


def _warnings(quote: Quote, rules: Rules, links: KnownLinks, snapshot: Snapshot) -> list[Note]:
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
