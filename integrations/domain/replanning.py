"""Planning again from what an earlier plan was made from: the same Halo, other settings, no question asked."""

from datetime import date

from integrations.domain.amounts import fixed_products, quote_for_halo
from integrations.domain.choice import Match
from integrations.domain.guard import Seen
from integrations.domain.lines import line_key
from integrations.domain.parties import find_user, named_opportunities
from integrations.domain.people import choose_person
from integrations.domain.plan import Plan, build_plan
from integrations.domain.policy import Rules
from integrations.domain.quote import Quote, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.snapshot import KnownLinks, Snapshot
from integrations.domain.text import fold


class PlanInputs(Record):
    """Everything that a plan was made from but the rules."""

    quote: Quote
    snapshot: Snapshot
    links: KnownLinks
    last_status: QuoteStatus | None = None
    today: date
    overwrite: bool = False
    seen: Seen | None = None
    group_choices: dict[str, int] = {}
    """Quoter category → product group, chosen for this quote alone; they are in the rules of its plan already."""

    def plan(self, rules: Rules) -> Plan:
        """Return what these rules make of it."""
        return build_plan(
            self.quote,
            snapshot=self.snapshot,
            rules=rules,
            links=self.links,
            last_status=self.last_status,
            today=self.today,
            overwrite=self.overwrite,
            seen=self.seen,
        )

    def with_choices(self, rules: Rules) -> Rules:
        """Return other rules with what was chosen for this quote."""
        if not self.group_choices:
            return rules
        return rules.model_copy(update={"groups": rules.groups.with_choices(self.group_choices)})


def unanswered(inputs: PlanInputs, *, then: Rules, now: Rules) -> tuple[str, ...]:
    """Say what the other rules depend on that Halo was not asked at the time; nothing where the plan is sound."""
    quote, snapshot, before, after = inputs.quote, inputs.snapshot, then.policy, now.policy
    reasons = []
    if after.agent_by_owner and not before.agent_by_owner and quote.owner.email:
        reasons.append("which Halo agent the owner is")
    if after.send_suppliers and not before.send_suppliers and any(fold(line.supplier) for line in quote.lines):
        reasons.append("which suppliers Halo has")
    if after.revisions is not before.revisions and quote.parent_id:
        reasons.append("which Halo quote the revision before has")
    if after.section_headers and not before.section_headers and not any(line.section for line in quote.lines):
        reasons.append("which sections the quote has")
    person = choose_person(
        quote.contact.email, users=snapshot.users, linked_id=inputs.links.user_id, linked=snapshot.linked_user
    )
    if after.create_missing_user and not before.create_missing_user and find_user(person, snapshot) is None:
        reasons.append("which client the new user would belong to")
    if after.create_lead_instead and not before.create_lead_instead and find_user(person, snapshot) is None:
        reasons.append("which leads Halo has")
    if isinstance(person, Match) and inputs.links.opportunity_id is None:
        named = {found.id for found in named_opportunities(quote, now)}
        if named != {found.id for found in named_opportunities(quote, then)}:
            reasons.append("the opportunity that the quote names")
    if products := _other_products(inputs, then, now):
        reasons.append(f"the product of {', '.join(products)}")
    return tuple(reasons)


def _other_products(inputs: PlanInputs, then: Rules, now: Rules) -> list[str]:
    before, after = quote_for_halo(inputs.quote, then), quote_for_halo(inputs.quote, now)
    asked = {line_key(line) for line in before.sent_lines}
    fixed_before, fixed_after = fixed_products(before, then), fixed_products(after, now)
    return [
        f"“{line.name}”"
        for line in after.sent_lines
        if line_key(line) not in asked or fixed_before.get(line_key(line)) != fixed_after.get(line_key(line))
    ]
