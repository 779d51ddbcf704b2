"""Carrying a plan out: each action with its proof, then what is kept of it."""

from integrations.choices import Outcome, Stage
from integrations.domain.actions import CloseQuote, CreateSalesOrder, SaveQuote
from integrations.domain.plan import Plan
from integrations.domain.policy import Rules
from integrations.domain.preparations import UpdateOpportunity
from integrations.domain.proof import open_differences
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloQuote, Snapshot
from integrations.halo.people import PeopleClient
from integrations.models import SyncAttempt
from integrations.sync.apply import Applier, new_item_actions, with_ids
from integrations.sync.claim import Lease
from integrations.sync.describe import summarise
from integrations.sync.intents import Writer, close_found
from integrations.sync.outcome import Ending
from integrations.sync.prepare import Preparer
from integrations.sync.record import Recorder
from integrations.sync.remember import halo_ids_of, order_id_of, remember_applied
from integrations.sync.verify import AppliedWithDifferences, verify_quote, verify_sales_order


class Carrier:
    """Writes the actions of one plan to Halo, under one lease."""

    def __init__(
        self, client: PeopleClient, *, lease: Lease, rules: Rules, recorder: Recorder, writer: Writer
    ) -> None:
        self._client = client
        self._lease = lease
        self._rules = rules
        self._recorder = recorder
        self._writer = writer
        self._applier = Applier(client, lease=lease, writer=writer)

    def carry_out(self, quote: Quote, plan: Plan, snapshot: Snapshot) -> tuple[Ending, HaloQuote]:
        """Do all of it; return how it ended, and the quote as Halo now has it."""
        if plan.empty:
            return self._already_there(quote, snapshot)
        halo_quote = self._save(plan, snapshot)
        self._close_previous(plan)
        order_id = self._sell(plan, halo_quote) or order_id_of(snapshot)
        for follow in (action for action in plan.actions if isinstance(action, UpdateOpportunity)):
            with self._recorder.step(Stage.APPLY) as notes:
                Preparer(self._client, lease=self._lease, writer=self._writer).update(follow, notes)
        remember_applied(self._lease, quote, halo_quote, order_id=order_id)
        close_found(self._lease)
        halo_ids = halo_ids_of(plan, snapshot, halo_quote.id, order_id)
        SyncAttempt.objects.filter(pk=self._lease.attempt.pk).update(halo_ids=halo_ids)
        ending = Ending(outcome=Outcome.SUCCEEDED, summary=summarise(quote, plan, halo_quote, order_id))
        return self._proven(quote, halo_quote, ending), halo_quote

    def _already_there(self, quote: Quote, snapshot: Snapshot) -> tuple[Ending, HaloQuote]:
        assert snapshot.quote is not None  # noqa: S101  without a quote the plan would make one
        remember_applied(self._lease, quote, snapshot.quote, order_id=order_id_of(snapshot))
        close_found(self._lease)
        text = f"Halo quote {snapshot.quote.id} already agrees: nothing was written."
        ending = Ending(outcome=Outcome.UNCHANGED, summary=text)
        return self._proven(quote, snapshot.quote, ending), snapshot.quote

    def _save(self, plan: Plan, snapshot: Snapshot) -> HaloQuote:
        """Create or update the quote with its new products, where it is not as wanted; return it as read back."""
        save = next((a for a in plan.actions if isinstance(a, SaveQuote)), None)
        if save is None:
            assert snapshot.quote is not None  # noqa: S101  what is not saved is there
            return snapshot.quote
        assert plan.content is not None  # noqa: S101  a plan with actions has content
        with self._recorder.step(Stage.APPLY) as notes:
            new_items = self._applier.create_items(new_item_actions(plan), notes)
            quote_id = self._applier.save_quote(save, new_items, notes)
            notes.summary = f"Halo quote {quote_id} was {'updated' if save.quote_id else 'created'}."
        with self._recorder.step(Stage.VERIFY) as notes:
            content = with_ids(plan.content, new_items)
            return verify_quote(self._client, content, quote_id=quote_id, notes=notes)

    def _close_previous(self, plan: Plan) -> None:
        for close in (action for action in plan.actions if isinstance(action, CloseQuote)):
            with self._recorder.step(Stage.APPLY) as notes:
                self._applier.close_quote(close, notes)
                notes.summary = f"Halo quote {close.quote_id}, of the revision before, was closed."

    def _sell(self, plan: Plan, halo_quote: HaloQuote) -> int | None:
        """Create the sales order, where the plan wants one; return its id."""
        sell = next((action for action in plan.actions if isinstance(action, CreateSalesOrder)), None)
        if sell is None:
            return None
        with self._recorder.step(Stage.APPLY) as notes:
            order_id = self._applier.create_sales_order(halo_quote, notes, by=sell.by)
            notes.summary = f"Sales order {order_id} stands for Halo quote {halo_quote.id}."
        with self._recorder.step(Stage.VERIFY) as notes:
            verify_sales_order(self._client, halo_quote, order_id=order_id, notes=notes)
        return order_id

    def _proven(self, quote: Quote, halo_quote: HaloQuote, ending: Ending) -> Ending:
        """Return the ending, or the one that names what does not add up although Halo holds what was sent."""
        rows = open_differences(quote, halo_quote, self._rules)
        if not rows:
            return ending
        named = "; ".join(f"{row.label} is {row.wanted} in Quoter and {row.found} in Halo" for row in rows)
        message = f"Quote {quote.number} was applied with differences: {named}."
        return Ending(
            outcome=Outcome.NEEDS_ATTENTION,
            summary=message,
            code=AppliedWithDifferences.code,
            message=message,
            hint="Correct the tax set-up or the quote, or change in the settings what has to agree.",
            subject=f"quote {quote.number}",
        )
