"""What is done in Halo for a quote, and which of it a decided content calls for."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from integrations.domain.compare import Difference
from integrations.domain.content import QuoteContent
from integrations.domain.leads import CreateLead
from integrations.domain.lines import LineMatch, new_item_key
from integrations.domain.policy import Rules, SalesOrderBy
from integrations.domain.preparations import CreateClient, CreateOpportunity, CreateUser, UpdateOpportunity
from integrations.domain.quote import Line, Quote, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.snapshot import KnownLinks, Snapshot
from integrations.domain.text import fold


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


def choose_actions(
    quote: Quote,
    content: QuoteContent,
    changes: tuple[Difference, ...],
    *,
    matches: Iterable[LineMatch],
    snapshot: Snapshot,
    rules: Rules,
    links: KnownLinks,
) -> tuple[Action, ...]:
    """Return what brings Halo to the content, in the order in which it is done."""
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
