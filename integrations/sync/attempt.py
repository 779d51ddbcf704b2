"""The stages of one attempt: parse, observe, plan, apply, verify."""

from contextlib import closing

from integrations.choices import GuardDecision, Kind, Outcome, Stage
from integrations.connect import Purpose, connect_halo
from integrations.domain.choice import Problem
from integrations.domain.content import as_in_halo
from integrations.domain.plan import Plan, gone_before_arrival
from integrations.domain.quote import Quote, QuoteStatus
from integrations.domain.replanning import PlanInputs
from integrations.domain.snapshot import KnownLinks, Snapshot
from integrations.errors import RemoteBroken, WritesPaused
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import Integration, QuoteLink, SyncAttempt, WebhookDelivery
from integrations.quoter.webhook import classify, read_document
from integrations.redact import Redactor
from integrations.sync.carry_out import Carrier
from integrations.sync.claim import ATTEMPT_S, Lease
from integrations.sync.describe import describe_plan
from integrations.sync.extras import Extras
from integrations.sync.inputs import keep_inputs
from integrations.sync.intents import Writer
from integrations.sync.known_ids import quote_of
from integrations.sync.links import load_links, rules_for
from integrations.sync.newest import newer_state
from integrations.sync.observe import observe
from integrations.sync.order import put_in_order
from integrations.sync.others import OTHER_KINDS, handle_other
from integrations.sync.outcome import Ending, older_are_superseded
from integrations.sync.prepare import Preparer
from integrations.sync.products import Products
from integrations.sync.record import Recorder, as_json
from integrations.sync.remember import halo_ids_of, order_id_of, remember_applied, remember_choices
from integrations.sync.replay import tell_replay
from integrations.sync.richer import richer
from integrations.sync.room import lane_of
from integrations.sync.shadow import Shadow, other_kind
from integrations.sync.surroundings import Surroundings

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
            remember_choices(self.lease, plan, snapshot)
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
                seen=self.delivery.guard_seen,
                group_choices=link.group_choices,
            )
            plan = inputs.plan(self.rules)
            keep_inputs(self.lease, inputs)
            SyncAttempt.objects.filter(pk=self.lease.attempt.pk).update(
                plan=as_json(plan), halo_ids=halo_ids_of(plan, snapshot)
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
            # Of what was to be made for it as well, such as its client: nobody waits for the outcome any more.
            writer.settle_all()
            return Ending(outcome=Outcome.IGNORED, summary="The quote was lost before it reached Halo.")
        if plan.conflicts and plan.problems and self.delivery.guard_decision == GuardDecision.KEEP_HALO:
            assert snapshot.quote is not None  # noqa: S101  a conflict is with something
            remember_applied(self.lease, quote, snapshot.quote, order_id=order_id_of(snapshot))
            text = f"Halo quote {snapshot.quote.id} stays as it was changed in Halo, as decided."
            return Ending(outcome=Outcome.UNCHANGED, summary=text)
        if plan.problems:
            return _needs_a_person(plan.problems)
        self._heed_pause(plan)
        carrier = Carrier(client, lease=self.lease, rules=self.rules, recorder=self.recorder, writer=writer)
        ending, halo_quote = carrier.carry_out(quote, plan, snapshot)
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


_NOT_CARRIED_OVER = {
    Kind.QUOTE: "A quote that was not understood when it arrived.",
    Kind.UNKNOWN: "No quote, person or payment: it is kept, and nothing is written to Halo for it.",
}


def _needs_a_person(problems: tuple[Problem, ...]) -> Ending:
    first = problems[0]
    more = f" ({len(problems) - 1} more below.)" if len(problems) > 1 else ""
    return Ending(
        outcome=Outcome.NEEDS_ATTENTION,
        summary=first.message + more,
        code=first.code,
        message=first.message + more,
        hint=first.hint,
        subject=first.subject,
    )
