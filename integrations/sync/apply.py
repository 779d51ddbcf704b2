"""Carrying a plan out, one write after the other; each is on record before it is sent."""

from collections.abc import Sequence

from integrations.domain.actions import CloseQuote, CreateItem, SaveQuote
from integrations.domain.content import QuoteContent
from integrations.domain.lines import ItemRef, line_key
from integrations.domain.plan import Plan
from integrations.domain.policy import SalesOrderBy
from integrations.domain.snapshot import HaloItem, HaloQuote, HaloSalesOrder
from integrations.errors import Refused, SalesOrderAwaited
from integrations.halo.client import HaloClient
from integrations.halo.payloads import item_body, quote_body, sales_order_body
from integrations.models import ItemLink, QuoteRevision
from integrations.sync.catalog import remember
from integrations.sync.claim import Lease
from integrations.sync.intents import Writer, quote_key
from integrations.sync.record import StepNotes

# One refused product refuses its whole batch, so batches stay small enough to split quickly (halo.md 2.1).
BATCH = 50


class Applier:
    """Writes to Halo under one lease."""

    def __init__(self, client: HaloClient, *, lease: Lease, writer: Writer) -> None:
        self._client = client
        self._lease = lease
        self._writer = writer

    def create_items(self, actions: Sequence[CreateItem], notes: StepNotes) -> dict[str, int]:
        """Create the new products; return their ids by action key. Raises Refused naming the first refused one."""
        made: dict[str, int] = {}
        refusals: list[Refused] = []
        for start in range(0, len(actions), BATCH):
            self._create_batch(actions[start : start + BATCH], made, refusals, notes)
        if refusals:
            raise refusals[0]
        return made

    def _create_batch(
        self, batch: Sequence[CreateItem], made: dict[str, int], refusals: list[Refused], notes: StepNotes
    ) -> None:
        def keep(items: tuple[HaloItem, ...]) -> list[int]:
            for action, item in zip(batch, items, strict=True):
                self._remember(action, item)
                made[action.key] = item.id
            remember(self._lease.delivery.integration, items)
            return [item.id for item in items]

        try:
            self._writer.write(
                [action.key for action in batch],
                lambda: self._client.create_items([item_body(action) for action in batch]),
                keep=keep,
            )
        except Refused as exc:
            if len(batch) == 1:
                name = batch[0].line.name
                refusals.append(
                    Refused(f"Product “{name}”: {exc.user_message}", hint=exc.way_out, subject=exc.subject)
                )
                return
            middle = len(batch) // 2
            self._create_batch(batch[:middle], made, refusals, notes)
            self._create_batch(batch[middle:], made, refusals, notes)
            return
        for action in batch:
            sku = f" ({action.line.sku})" if action.line.sku else ""
            text = f"{action.line.name}{sku}, id {made[action.key]}, in group {action.group_id}"
            notes.fact("Product created", text)

    def _remember(self, action: CreateItem, item: HaloItem) -> None:
        """Keep what the portal made: a product renamed in Halo is still this line's product."""
        ItemLink.objects.get_or_create(
            integration_id=self._lease.delivery.integration_id,
            key=line_key(action.line),
            defaults={
                "sku": action.line.sku,
                "name": action.line.name,
                "halo_item_id": item.id,
                "halo_item_name": item.name,
                "why": f"Created by the portal for quote {self._lease.delivery.quote_number}.",
            },
        )

    def save_quote(self, action: SaveQuote, new_items: dict[str, int], notes: StepNotes) -> int:
        """Create or update the Halo quote; return its id."""
        body = quote_body(action.content, quote_id=action.quote_id, new_items=new_items)

        def keep(quote_id: int) -> list[int]:
            self._lease.update_link(halo_quote_id=quote_id, halo_opportunity_id=action.content.ticket_id)
            delivery = self._lease.delivery
            QuoteRevision.objects.filter(integration=delivery.integration_id, quote_id=delivery.quote_id).update(
                halo_quote_id=quote_id
            )
            return [quote_id]

        # From here on Halo may hold our write without our knowing: it must not be taken for somebody's edit.
        self._lease.update_link(last_written=None)
        key = quote_key(self._lease.delivery.link_id)
        quote_id = self._writer.write([key], lambda: self._client.save_quote(body), keep=keep)
        notes.fact("Halo quote " + ("updated" if action.quote_id else "created"), quote_id)
        for change in action.changes:
            notes.fact(change.label, f"{change.found} → {change.wanted}")
        return quote_id

    def close_quote(self, action: CloseQuote, notes: StepNotes) -> None:
        """Give the Halo quote of the revision before its closing status."""
        body = {"id": action.quote_id, "status": action.status}
        key = f"close quote:{action.quote_id}"
        self._writer.write([key], lambda: self._client.save_quote(body), keep=lambda quote_id: [quote_id])
        notes.fact("Halo quote closed", action.quote_id)

    def create_sales_order(self, quote: HaloQuote, notes: StepNotes, *, by: SalesOrderBy) -> int:
        """Have the sales order of a quote made, unless there is one by now; return its id.

        Raises SalesOrderAwaited where Halo is to make it and has not.
        """
        found = self.find_sales_order(quote)
        if found is not None:
            self._lease.update_link(halo_sales_order_id=found)
            notes.fact("Sales order", f"{found}, made by Halo itself")
            return found
        key = f"sales order:{self._lease.delivery.link_id}"
        if by is SalesOrderBy.HALO:
            raise SalesOrderAwaited(f"Halo has not made the sales order of quote {quote.id} yet.", subject=key)
        if by is SalesOrderBy.FLAG:
            # Unverified [U]: `_create_so` stands in the spec, its behaviour is described nowhere (halo.md 3.5).
            self._writer.write(
                [key],
                lambda: self._client.save_quote({"id": quote.id, "_create_so": True}),
                keep=lambda quote_id: [quote_id],
            )
            found = self.find_sales_order(self._client.get_quote(quote.id))
            if found is None:
                raise SalesOrderAwaited(f"Halo has not made the sales order of quote {quote.id} yet.", subject=key)
            self._lease.update_link(halo_sales_order_id=found)
            notes.fact("Sales order", f"{found}, made by Halo as told")
            return found

        def keep(order_id: int) -> list[int]:
            self._lease.update_link(halo_sales_order_id=order_id)
            return [order_id]

        body = sales_order_body(quote)
        order_id = self._writer.write([key], lambda: self._client.create_sales_order(body), keep=keep)
        notes.fact("Sales order created", order_id)
        return order_id

    def find_sales_order(self, quote: HaloQuote) -> int | None:
        """Return the sales order that a quote has in Halo: its automation may have made one (halo.md 3.5)."""
        if quote.sales_order_id is not None:
            return quote.sales_order_id
        if quote.ticket_id is None:
            return None
        orders: tuple[HaloSalesOrder, ...] = self._client.find_sales_orders(
            ticket_id=quote.ticket_id, quote_id=quote.id
        )
        return orders[0].id if orders else None


def with_ids(content: QuoteContent, new_items: dict[str, int]) -> QuoteContent:
    """Return the content with the ids of the products that were just created."""
    lines = tuple(
        line.model_copy(update={"item": ItemRef(id=new_items[line.item.new])}) if line.item.new else line
        for line in content.lines
    )
    return content.model_copy(update={"lines": lines})


def new_item_actions(plan: Plan) -> list[CreateItem]:
    """Return the plan's products to create, in order."""
    return [action for action in plan.actions if isinstance(action, CreateItem)]
