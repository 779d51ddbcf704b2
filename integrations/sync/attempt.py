"""The stages of one attempt: parse, observe, plan, apply, verify."""

from contextlib import closing

from integrations.choices import GuardDecision, Kind, Outcome, Stage
from integrations.connect import Purpose, connect_halo
from integrations.domain.actions import CloseQuote, CreateSalesOrder, SaveQuote
from integrations.domain.choice import Match
from integrations.domain.content import as_in_halo
from integrations.domain.plan import Plan, gone_before_arrival
from integrations.domain.preparations import UpdateOpportunity
from integrations.domain.proof import open_differences
from integrations.domain.quote import Quote, QuoteStatus
from integrations.domain.replanning import PlanInputs
from integrations.domain.snapshot import HaloQuote, HaloUser, KnownLinks, Snapshot
from integrations.domain.text import fold
from integrations.errors import RemoteBroken, WritesPaused
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import Integration, PersonLink, QuoteLink, SyncAttempt, WebhookDelivery
from integrations.quoter.webhook import classify, read_document
from integrations.redact import Redactor
from integrations.sync.apply import Applier, new_item_actions, with_ids
from integrations.sync.claim import ATTEMPT_S, Lease
from integrations.sync.describe import describe_plan, summarise
from integrations.sync.extras import Extras
from integrations.sync.inputs import keep_inputs
from integrations.sync.intents import Writer, close_found
from integrations.sync.known_ids import quote_of
from integrations.sync.newest import newer_state
from integrations.sync.observe import load_links, observe, rules_for
from integrations.sync.order import put_in_order
from integrations.sync.others import OTHER_KINDS, handle_other
from integrations.sync.outcome import Ending, older_are_superseded
from integrations.sync.prepare import Preparer
from integrations.sync.products import Products
from integrations.sync.record import Recorder, as_json
from integrations.sync.replay import tell_replay
from integrations.sync.richer import richer
from integrations.sync.room import lane_of
from integrations.sync.shadow import Shadow, other_kind
from integrations.sync.started import settle_started
from integrations.sync.surroundings import Surroundings
from integrations.sync.verify import AppliedWithDifferences, verify_quote, verify_sales_order

# How often a delivery looks again whether a pause without an end is over; resuming rings at once.
PAUSE_LOOK_S = 900.0

# A client with its contact, then the user where Halo made none along, then the opportunity, then the quote.
_ROUNDS = 5


class Attempt:
    """The stages of one attempt."""

    def __init__(self, lease: Lease, *, redactor: Redactor, surroundings: Surroundings) -> None:
        self.lease = lease
        self.delivery: WebhookDelivery = lease.delivery
        self.integration: Integration = lease.delivery.integration
        self.surroundings = surroundings
        self.recorder = Recorder(lease.attempt, redactor=redactor, surroundings=surroundings)
        self.rules = rules_for(self.integration, lease.delivery.link, version=lease.delivery.replay_version)

    def run(self) -> Ending:
        """Go through the stages; return how it ended, or raise what stopped it."""
        if self.delivery.kind in OTHER_KINDS and self.integration.shadow:
            return other_kind()
        if self.delivery.kind in OTHER_KINDS:
            return handle_other(
                self.lease, rules=self.rules, recorder=self.recorder, surroundings=self.surroundings
            )
        quote = self._parse()
        if isinstance(quote, Ending):
            return quote
        older_are_superseded(self.lease, surroundings=self.surroundings)
        deadline = Deadline(ATTEMPT_S, monotonic=self.surroundings.monotonic)
        client = connect_halo(
            self.integration,
            lane=lane_of(self.delivery),
            purpose=Purpose.QUOTES,
            record=self.recorder.call,
            deadline=deadline,
            clock=self.surroundings.clock,
            sleep=self.surroundings.sleep,
        )
        with closing(client):
            return self._sync(client, quote, deadline)

    def _parse(self) -> Quote | Ending:
        with self.recorder.step(Stage.PARSE) as notes:
            if self.delivery.kind != Kind.QUOTE:
                kind = classify(read_document(self.delivery.data))
                notes.summary = _NOT_CARRIED_OVER.get(Kind(kind), _NOT_CARRIED_OVER[Kind.UNKNOWN])
                return Ending(outcome=Outcome.IGNORED, summary=notes.summary)
            quote = quote_of(self.delivery)
            put_in_order(self.delivery, quote, surroundings=self.surroundings)
            newer = newer_state(self.delivery)
            tell_replay(self.lease, notes)
            notes.fact("Quote", f"{quote.number} “{quote.name}”, {quote.status}")
            notes.fact("Prepared for", f"{quote.contact.name}, {quote.contact.organization}")
            for note in quote.notes:
                notes.fact("Warning", f"{note.path} {note.text}")
            if newer:
                notes.summary = f"There is a newer state of quote {quote.number}: {newer}."
                return Ending(outcome=Outcome.SUPERSEDED, summary=notes.summary)
            notes.summary = (
                f"Quote {quote.number} has {len(quote.lines)} line(s), {len(quote.counted_lines)} chosen."
            )
            quote, told = richer(
                quote, self.integration, surroundings=self.surroundings, record=self.recorder.call
            )
            if told:
                notes.fact("Quoter's API", told)
            return quote

    def _decide(
        self, client: PeopleClient, quote: Quote, link: QuoteLink
    ) -> tuple[Plan, Snapshot, KnownLinks, Writer]:
        """Look at Halo and plan, as often as something had to be created first."""
        for _ in range(_ROUNDS):
            links = load_links(link, quote, self.rules)
            writer = Writer(self.lease, surroundings=self.surroundings)
            plan, snapshot = self._observe_and_plan(client, quote, link, links)
            self._remember(plan, snapshot)
            if not plan.preparations or plan.problems:
                return plan, snapshot, links, writer
            self._heed_pause(plan)
            preparer = Preparer(client, lease=self.lease, writer=writer)
            with self.recorder.step(Stage.APPLY) as notes:
                for preparation in plan.preparations:
                    preparer.create(preparation, notes)
            link.refresh_from_db()
        what = "Halo took what the portal created for this quote, but does not show it yet."
        raise RemoteBroken(what, subject=f"quote {quote.number}")

    def _observe_and_plan(
        self, client: PeopleClient, quote: Quote, link: QuoteLink, links: KnownLinks
    ) -> tuple[Plan, Snapshot]:
        with self.recorder.step(Stage.OBSERVE) as notes:
            snapshot = observe(
                client,
                products=Products(client, self.integration, now=self.surroundings.now()),
                quote=quote,
                rules=self.rules,
                links=links,
                wrote_before=link.intents.exists(),
                notes=notes,
            )
        with self.recorder.step(Stage.PLAN) as notes:
            inputs = PlanInputs(
                quote=as_in_halo(quote, snapshot.quote, self.rules),
                snapshot=snapshot,
                links=links,
                last_status=QuoteStatus(link.applied_status) if link.applied_status else None,
                today=self.surroundings.now().date(),
                overwrite=self.delivery.guard_decision == GuardDecision.USE_QUOTER,
                group_choices=link.group_choices,
            )
            plan = inputs.plan(self.rules)
            keep_inputs(self.lease, inputs)
            SyncAttempt.objects.filter(pk=self.lease.attempt.pk).update(
                plan=as_json(plan), halo_ids=_halo_ids(plan, snapshot)
            )
            describe_plan(plan, notes)
        return plan, snapshot

    def _sync(self, client: PeopleClient, quote: Quote, deadline: Deadline) -> Ending:
        link = self.delivery.link
        assert link is not None  # noqa: S101  the inbox gives every readable quote its link
        if self.integration.shadow:
            plan, snapshot = self._observe_and_plan(client, quote, link, load_links(link, quote, self.rules))
            shadow = Shadow(
                client,
                lease=self.lease,
                rules=self.rules,
                recorder=self.recorder,
                surroundings=self.surroundings,
            )
            return shadow.compare(quote, plan, snapshot)
        plan, snapshot, links, writer = self._decide(client, quote, link)
        if gone_before_arrival(quote, links) or (plan.empty and snapshot.quote is None):
            if links.write_unknown:
                writer.settle_all()
            return Ending(outcome=Outcome.IGNORED, summary="The quote was lost before it reached Halo.")
        if plan.conflicts and plan.problems and self.delivery.guard_decision == GuardDecision.KEEP_HALO:
            assert snapshot.quote is not None  # noqa: S101  a conflict is with something
            self._applied(quote, snapshot.quote, order_id=_order_id(snapshot))
            text = f"Halo quote {snapshot.quote.id} stays as it was changed in Halo, as decided."
            return Ending(outcome=Outcome.UNCHANGED, summary=text)
        if plan.problems:
            first = plan.problems[0]
            more = f" ({len(plan.problems) - 1} more below.)" if len(plan.problems) > 1 else ""
            return Ending(
                outcome=Outcome.NEEDS_ATTENTION,
                summary=first.message + more,
                code=first.code,
                message=first.message + more,
                hint=first.hint,
                subject=first.subject,
            )
        self._heed_pause(plan)
        ending, halo_quote = self._carry_out(client, quote, plan, snapshot, writer)
        policy = self.rules.policy
        if policy.attach_pdf or policy.note_on_opportunity:
            extras = Extras(client, lease=self.lease, writer=writer, recorder=self.recorder, deadline=deadline)
            with self.recorder.step(Stage.APPLY) as notes:
                extras.add(quote, halo_quote, self.rules, notes)
                notes.summary = "; ".join(f"{fact['label']}: {fact['text']}" for fact in notes.facts)
        return ending

    def _heed_pause(self, plan: Plan) -> None:
        """Raise WritesPaused where there is something to write and a person holds writing back."""
        policy, now = self.rules.policy, self.surroundings.now()
        # Asked afresh: the pause may be younger than this attempt.
        integration = Integration.objects.get(pk=self.integration.pk)
        if not integration.writes_paused(now) or (
            plan.empty and not (policy.attach_pdf or policy.note_on_opportunity)
        ):
            return
        until = integration.paused_until
        wait = min((until - now).total_seconds(), PAUSE_LOOK_S) if until else PAUSE_LOOK_S
        reason = f" ({integration.pause_reason})" if integration.pause_reason else ""
        raise WritesPaused(f"Writing to Halo is paused{reason}.", subject="pause", wait=wait)

    def _carry_out(
        self, client: PeopleClient, quote: Quote, plan: Plan, snapshot: Snapshot, writer: Writer
    ) -> tuple[Ending, HaloQuote]:
        if plan.empty:
            assert snapshot.quote is not None  # noqa: S101  without a quote the plan would make one
            self._applied(quote, snapshot.quote, order_id=_order_id(snapshot))
            close_found(self.lease)
            text = f"Halo quote {snapshot.quote.id} already agrees: nothing was written."
            ending = Ending(outcome=Outcome.UNCHANGED, summary=text)
            return self._proven(quote, snapshot.quote, ending), snapshot.quote
        assert plan.content is not None  # noqa: S101  a plan with actions has content
        applier = Applier(client, lease=self.lease, writer=writer)
        save = next((a for a in plan.actions if isinstance(a, SaveQuote)), None)
        halo_quote = snapshot.quote
        if save is not None:
            with self.recorder.step(Stage.APPLY) as notes:
                new_items = applier.create_items(new_item_actions(plan), notes)
                quote_id = applier.save_quote(save, new_items, notes)
                notes.summary = f"Halo quote {quote_id} was {'updated' if save.quote_id else 'created'}."
            with self.recorder.step(Stage.VERIFY) as notes:
                content = with_ids(plan.content, new_items)
                halo_quote = verify_quote(client, content, quote_id=quote_id, notes=notes)
        assert halo_quote is not None  # noqa: S101  saved just now, or there before
        for close in (action for action in plan.actions if isinstance(action, CloseQuote)):
            with self.recorder.step(Stage.APPLY) as notes:
                applier.close_quote(close, notes)
                notes.summary = f"Halo quote {close.quote_id}, of the revision before, was closed."
        order_id = _order_id(snapshot)
        sell = next((action for action in plan.actions if isinstance(action, CreateSalesOrder)), None)
        if sell is not None:
            with self.recorder.step(Stage.APPLY) as notes:
                order_id = applier.create_sales_order(halo_quote, notes, by=sell.by)
                notes.summary = f"Sales order {order_id} stands for Halo quote {halo_quote.id}."
            with self.recorder.step(Stage.VERIFY) as notes:
                verify_sales_order(client, halo_quote, order_id=order_id, notes=notes)
        for follow in (action for action in plan.actions if isinstance(action, UpdateOpportunity)):
            with self.recorder.step(Stage.APPLY) as notes:
                Preparer(client, lease=self.lease, writer=writer).update(follow, notes)
        self._applied(quote, halo_quote, order_id=order_id)
        close_found(self.lease)
        halo_ids = _halo_ids(plan, snapshot, halo_quote.id, order_id)
        SyncAttempt.objects.filter(pk=self.lease.attempt.pk).update(halo_ids=halo_ids)
        ending = Ending(outcome=Outcome.SUCCEEDED, summary=summarise(quote, plan, halo_quote, order_id))
        return self._proven(quote, halo_quote, ending), halo_quote

    def _proven(self, quote: Quote, halo_quote: HaloQuote, ending: Ending) -> Ending:
        """Return the ending, or the one that names what does not add up although Halo holds what was sent."""
        rows = open_differences(quote, halo_quote, self.rules)
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

    def _remember(self, plan: Plan, snapshot: Snapshot) -> None:
        """Keep who and what was chosen on the quote's link, for people to read."""
        values: dict[str, object] = {}
        users = [user for user in (snapshot.linked_user, *snapshot.users) if user]
        if isinstance(plan.person, Match):
            user = next(user for user in users if user.id == plan.person.id)
            values |= {"halo_user_id": user.id, "halo_user_name": user.label[:300]}
            if plan.person.rule == "link" and user.client_id is not None:
                self._remember_client(user)
        if isinstance(plan.opportunity, Match):
            values["opportunity_source"] = plan.opportunity.why[:300]
            if plan.opportunity.rule == "lead":
                values["halo_opportunity_id"] = plan.opportunity.id  # found again after a lost answer
            settle_started(self.lease, opportunity_id=plan.opportunity.id)
        if values:
            self.lease.update_link(**values)

    def _remember_client(self, user: HaloUser) -> None:
        """Keep with a new link where its user was, so that a change of client is noticed later."""
        links = PersonLink.objects.filter(integration=self.integration, halo_user_id=user.id, halo_client_id=None)
        links.filter(email=fold(self.delivery.contact_email)).update(
            halo_client_id=user.client_id, halo_client_name=user.client_name[:300]
        )

    def _applied(self, quote: Quote, halo_quote: HaloQuote, *, order_id: int | None) -> None:
        """Keep on the link what Halo now shows: the newest state, and the quote as it read."""
        sequence, rank, timestamp = self.delivery.position
        if order_id is not None:
            self.lease.update_link(halo_sales_order_id=order_id)
        self.lease.update_link(
            halo_quote_id=halo_quote.id,
            halo_quote_reference=halo_quote.reference,
            halo_opportunity_id=halo_quote.ticket_id,
            applied_quote_id=quote.id,
            applied_status=quote.status.value,
            applied_sequence=sequence,
            applied_rank=rank,
            applied_timestamp=timestamp,
            last_written=as_json(halo_quote),
        )


_NOT_CARRIED_OVER = {
    Kind.QUOTE: "A quote that was not understood when it arrived.",
    Kind.UNKNOWN: "No quote, person or payment: it is kept, and nothing is written to Halo for it.",
}


def _order_id(snapshot: Snapshot) -> int | None:
    if snapshot.sales_orders:
        return snapshot.sales_orders[0].id
    return snapshot.quote.sales_order_id if snapshot.quote else None


def _halo_ids(plan: Plan, snapshot: Snapshot, quote_id: int | None = None, order_id: int | None = None) -> str:
    """Return the Halo ids that an attempt dealt with, so that it is found by any of them."""
    ids = [quote_id or (snapshot.quote.id if snapshot.quote else None), order_id or _order_id(snapshot)]
    ids += [choice.id for choice in (plan.person, plan.opportunity) if isinstance(choice, Match)]
    ids += [line.item.id for line in plan.lines if line.item]
    return " ".join(dict.fromkeys(str(id_) for id_ in ids if id_ is not None))[:500]
