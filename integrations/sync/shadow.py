"""Shadow mode: plan, look up what another connector made of the quote, compare, keep the result. Never a write."""

from datetime import datetime, timedelta

from integrations.choices import FINAL, Outcome, ShadowVerdict, Stage, Trigger
from integrations.domain.choice import Match
from integrations.domain.plan import Plan
from integrations.domain.policy import Rules
from integrations.domain.quote import Quote
from integrations.domain.shadow import (
    Counterpart,
    ShadowDifference,
    compare_with,
    find_counterpart,
    halo_total,
)
from integrations.domain.snapshot import HaloQuote, Snapshot
from integrations.halo.client import HaloClient
from integrations.models import Integration, QuoteLink, ShadowFinding
from integrations.sync.claim import Lease
from integrations.sync.describe import intentions
from integrations.sync.enqueue import sync_again
from integrations.sync.outcome import Ending
from integrations.sync.record import Recorder, StepNotes, as_json
from integrations.sync.surroundings import Surroundings

# The other connector may be slower than the portal: what does not agree yet is looked at again, then left.
LOOKS = (timedelta(minutes=15), timedelta(hours=2), timedelta(hours=24))
_AT_ONCE = 50
_UNSETTLED = (ShadowVerdict.MISSING, ShadowVerdict.DIFFERS, ShadowVerdict.UNCLEAR)


class Shadow:
    """Compares one quote under one lease."""

    def __init__(
        self, client: HaloClient, *, lease: Lease, rules: Rules, recorder: Recorder, surroundings: Surroundings
    ) -> None:
        self._client = client
        self._lease = lease
        self._rules = rules
        self._recorder = recorder
        self._surroundings = surroundings

    def compare(self, quote: Quote, plan: Plan, snapshot: Snapshot) -> Ending:
        """Compare what was planned with what Halo has; return how the attempt ends."""
        with self._recorder.step(Stage.VERIFY) as notes:
            finding = self._find(quote, plan, snapshot, notes)
            notes.summary = finding.summary
        # Somebody may have gone live while this looked: then the next attempt writes.
        if not Integration.objects.filter(pk=self._lease.delivery.integration_id, shadow=True).exists():
            text = "Shadow mode ended while this quote was compared."
            return Ending(
                outcome=Outcome.RETRYING, summary=text, code="read_only", message=text, wait=1, counts=False
            )
        self._keep(finding)
        return Ending(outcome=Outcome.SHADOWED, summary=finding.summary)

    def _find(self, quote: Quote, plan: Plan, snapshot: Snapshot, notes: StepNotes) -> ShadowFinding:
        finding = self._new(plan)
        if plan.problems:
            finding.verdict = ShadowVerdict.WOULD_WAIT
            finding.summary = f"The portal would wait for a person: {plan.problems[0].message}"
            return finding
        if plan.preparations:
            finding.verdict = ShadowVerdict.MISSING
            finding.summary = (
                f"The portal would first {intentions(plan)[0]}: there is no quote to compare with yet."
            )
            return finding
        if plan.content is None or not isinstance(plan.opportunity, Match):
            finding.verdict, finding.summary = ShadowVerdict.AGREES, "There is nothing to do for it in Halo."
            return finding
        counterpart, found = self._counterpart(quote, plan.opportunity.id, snapshot)
        notes.fact("Halo quote", f"{found.id}: {counterpart.why}" if found else "none was found")
        if found is None:
            return _not_found(finding, counterpart, plan.opportunity.id)
        return self._judge(finding, quote, plan, found, counterpart, notes)

    def _new(self, plan: Plan) -> ShadowFinding:
        delivery = self._lease.delivery
        assert delivery.link_id is not None  # noqa: S101  the inbox gives every readable quote its link
        return ShadowFinding(
            integration_id=delivery.integration_id,
            link_id=delivery.link_id,
            delivery=delivery,
            attempt=self._lease.attempt,
            would_do=[text[:1].upper() + text[1:] for text in intentions(plan)] if not plan.problems else [],
            quoter_total=delivery.total,
            compared_at=self._surroundings.now(),
        )

    def _counterpart(
        self, quote: Quote, ticket_id: int, snapshot: Snapshot
    ) -> tuple[Counterpart, HaloQuote | None]:
        if snapshot.quote is not None:
            return Counterpart(quote_id=snapshot.quote.id, why="it carries the Quoter number"), snapshot.quote
        rows = ShadowFinding.objects.filter(link=self._lease.delivery.link_id)
        chosen = rows.values_list("chosen_quote_id", flat=True).first()
        there = self._client.quotes_on(ticket_id=ticket_id)
        counterpart = find_counterpart(quote, there, taken=self._taken())
        if chosen in {found.id for found in there}:
            counterpart = Counterpart(quote_id=chosen, why="somebody chose it")
        if counterpart.quote_id is None:
            return counterpart, None
        return counterpart, self._client.get_quote(counterpart.quote_id)

    def _taken(self) -> set[int]:
        """Return the Halo quotes that are known to be another Quoter quote's."""
        delivery = self._lease.delivery
        findings = ShadowFinding.objects.filter(integration=delivery.integration_id)
        links = QuoteLink.objects.filter(integration=delivery.integration_id)
        ids = [
            *findings.exclude(link=delivery.link_id).values_list("halo_quote_id", flat=True),
            *links.exclude(pk=delivery.link_id or 0).values_list("halo_quote_id", flat=True),
        ]
        return {halo_id for halo_id in ids if halo_id is not None}

    def _judge(
        self,
        finding: ShadowFinding,
        quote: Quote,
        plan: Plan,
        found: HaloQuote,
        counterpart: Counterpart,
        notes: StepNotes,
    ) -> ShadowFinding:
        assert plan.content is not None  # noqa: S101  asked before
        order_id = found.sales_order_id
        if order_id is None and quote.status.won:
            orders = self._client.find_sales_orders(ticket_id=plan.content.ticket_id, quote_id=found.id)
            order_id = orders[0].id if orders else None
        sells = quote.status.won and self._rules.policy.create_sales_order
        rows = compare_with(plan.content, found, sells=sells, sold=order_id is not None)
        weighing = [row for row in rows if row.weighs]
        for row in rows:
            notes.fact(row.label, f"portal {row.portal}, Halo {row.halo}")
        finding.found_by, finding.halo_quote_id, finding.halo_order_id = counterpart.why, found.id, order_id
        finding.halo_quote, finding.halo_total = as_json(found), halo_total(found)
        finding.differences = [row.model_dump(mode="json") for row in rows]
        finding.verdict = ShadowVerdict.DIFFERS if weighing else ShadowVerdict.AGREES
        finding.summary = _told(found, weighing, others=len(rows) - len(weighing))
        return finding

    def _keep(self, finding: ShadowFinding) -> None:
        before = ShadowFinding.objects.filter(link=finding.link_id).first()
        same = before is not None and before.delivery_id == finding.delivery_id
        finding.looks = before.looks + 1 if before is not None and same else 0
        if finding.verdict in _UNSETTLED and finding.looks < len(LOOKS):
            finding.look_again_at = finding.compared_at + LOOKS[finding.looks]
        values = {
            field.attname: getattr(finding, field.attname)
            for field in ShadowFinding._meta.concrete_fields
            if not field.primary_key and field.name != "chosen_quote_id"
        }
        ShadowFinding.objects.update_or_create(link_id=values.pop("link_id"), defaults=values)


def _not_found(finding: ShadowFinding, counterpart: Counterpart, ticket_id: int) -> ShadowFinding:
    if counterpart.candidates:
        ids = ", ".join(map(str, counterpart.candidates))
        finding.verdict, finding.candidates = ShadowVerdict.UNCLEAR, list(counterpart.candidates)
        finding.summary = f"It is not certain which Halo quote on opportunity #{ticket_id} is this one: {ids}?"
    else:
        finding.verdict = ShadowVerdict.MISSING
        finding.summary = f"Halo has no quote on opportunity #{ticket_id} for it."
    return finding


def _told(found: HaloQuote, weighing: list[ShadowDifference], *, others: int) -> str:
    name = f"Halo quote {found.reference or found.id}"
    if not weighing:
        small = f" ({others} small difference{'' if others == 1 else 's'})" if others else ""
        return f"{name} is as the portal would have made it{small}."
    first = weighing[0]
    more = f", and {len(weighing) - 1} more" if len(weighing) > 1 else ""
    return f"{name} differs: {first.label} is {first.halo} there and would be {first.portal}{more}."


def other_kind() -> Ending:
    """Return how person and payment webhooks end in shadow mode."""
    return Ending(outcome=Outcome.SHADOWED, summary="Only quotes are compared in shadow mode; nothing was done.")


def look_again(*, now: datetime) -> int:
    """Compare again what had not settled; return how many."""
    due = ShadowFinding.objects.filter(
        look_again_at__lte=now, integration__shadow=True, delivery__state__in=FINAL
    ).order_by("look_again_at")
    rows = list(due.values_list("pk", "delivery")[:_AT_ONCE])
    ShadowFinding.objects.filter(pk__in=[pk for pk, _ in rows]).update(look_again_at=None)
    return sync_again([delivery_id for _, delivery_id in rows], now=now, trigger=Trigger.COMPARISON)
