"""The planner: what has to happen in Halo for this quote, or what a person must settle first."""

from dataclasses import dataclass
from datetime import date

from integrations.domain.actions import Action, choose_actions
from integrations.domain.amounts import fixed_products, quote_for_halo
from integrations.domain.choice import Choice, Problem
from integrations.domain.compare import compare_quote, pair_lines
from integrations.domain.content import QuoteContent, build_content
from integrations.domain.guard import Conflict, Seen, all_seen, guard
from integrations.domain.leads import CreateLead
from integrations.domain.lines import LineMatch, match_lines
from integrations.domain.parties import Parties, find_parties
from integrations.domain.people import changed_client
from integrations.domain.policy import Rules
from integrations.domain.preparations import CreateClient, CreateOpportunity, CreateUser, follow_quote
from integrations.domain.prepare import Preparation, prepare
from integrations.domain.problems import (
    currency_problems,
    opportunity_problems,
    person_problems,
    quote_problems,
)
from integrations.domain.quote import Note, Quote, QuoteStatus
from integrations.domain.record import Record
from integrations.domain.snapshot import HaloOpportunity, HaloUser, KnownLinks, Snapshot
from integrations.domain.totals import TotalRow, compare_totals
from integrations.domain.warnings import plan_warnings, quantity_notes


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
    seen: Seen | None = None,
) -> Plan:
    """Decide what to do.

    `last_status` is Quoter's status that was last carried over: Halo's own status is touched only when
    Quoter's has changed since, because Halo's automation may have moved it on. `today` dates a new quote.
    `overwrite`: a person has decided that Quoter's version goes over what was changed in Halo, as far as it was
    `seen` then.
    """
    if gone_before_arrival(quote, links):
        return Plan(warnings=quote.notes)
    planner = _Planner(
        stated=quote,
        quote=quote_for_halo(quote, rules),
        snapshot=snapshot,
        rules=rules,
        links=links,
        last_status=last_status,
        today=today,
        overwrite=overwrite,
        seen=seen,
    )
    return planner.plan()


@dataclass(frozen=True)
class _Planner:
    """The inputs of one plan. `quote` is as Halo is to have it, `stated` as Quoter stated it."""

    stated: Quote
    quote: Quote
    snapshot: Snapshot
    rules: Rules
    links: KnownLinks
    last_status: QuoteStatus | None
    today: date
    overwrite: bool
    seen: Seen | None

    def plan(self) -> Plan:
        """Settle who, which opportunity and which products; then what is written."""
        parties = find_parties(self.stated, snapshot=self.snapshot, rules=self.rules, links=self.links)
        preparation = self._preparation(parties)
        matched = self._match_lines()
        elsewhere = changed_client(self.links, parties.user) if parties.user else ""
        told = (Note(path="contact", text=elsewhere),) if elsewhere else ()
        decided = Plan(
            person=parties.person,
            opportunity=parties.opportunity,
            lines=tuple(m for m in matched if isinstance(m, LineMatch)),
            warnings=(*self.quote.notes, *told),
        )
        problems = self._problems(parties, preparation, moved=elsewhere)
        problems += [m for m in matched if isinstance(m, Problem)]
        problems += quote_problems(self.quote, self.snapshot, self.links)
        problems += currency_problems(self.quote, self.rules)
        if preparation is not None and not isinstance(preparation, Problem) and not problems:
            return decided.model_copy(update={"actions": (preparation,)})
        if problems or parties.user is None or parties.halo_opportunity is None:
            return decided.model_copy(update={"problems": tuple(problems)})
        if _lost_and_unlinked(self.quote, self.links) and self.snapshot.quote is None:
            return decided  # the write whose answer was lost did not arrive, and now there is nothing to close
        return self._write(decided, parties.user, parties.halo_opportunity)

    def _preparation(self, parties: Parties) -> Preparation | Problem | None:
        return prepare(
            self.stated,
            person=parties.person,
            user=parties.user,
            opportunity=parties.opportunity,
            snapshot=self.snapshot,
            policy=self.rules.policy,
            links=self.links,
            today=self.today,
        )

    def _match_lines(self) -> tuple[LineMatch | Problem, ...]:
        linked = {**fixed_products(self.quote, self.rules), **self.links.items}
        return tuple(
            match_lines(self.quote.sent_lines, items=self.snapshot.items, links=linked, groups=self.rules.groups)
        )

    def _problems(
        self, parties: Parties, preparation: Preparation | Problem | None, *, moved: str
    ) -> list[Problem]:
        """Return what is open about person and opportunity; what can be prepared is no problem."""
        if preparation is not None:
            return [preparation] if isinstance(preparation, Problem) else []
        return [
            *person_problems(parties.person, self.quote),
            *opportunity_problems(parties.opportunity, self.quote, moved=moved),
        ]

    def _write(self, decided: Plan, user: HaloUser, opportunity: HaloOpportunity) -> Plan:
        """Add what is written, or what keeps it from being written."""
        quote, now, moved = self.quote, self.snapshot.quote, self.quote.status is not self.last_status
        content = build_content(
            quote,
            person=user,
            opportunity=opportunity,
            matches=decided.lines,
            rules=self.rules,
            today=self.today,
            status=self.rules.policy.halo_status(quote.status) if now is None or moved else None,
            agent=self.snapshot.agent,
        )
        if isinstance(content, Problem):
            return decided.model_copy(update={"problems": (content,)})
        content = _keep_line_ids(content, self.snapshot)
        changes = compare_quote(content, now) if now else ()
        warnings = [*decided.warnings, *plan_warnings(self.stated, self.rules, self.links, self.snapshot)]
        warnings += quantity_notes(quote, content)
        decided = decided.model_copy(update={"content": content, "totals": compare_totals(quote, content)})
        problem, conflicts = guard(
            quote, changes, last_written=self.links.last_written, now=now, orders=self.snapshot.sales_orders
        )
        if problem is not None and not (self.overwrite and all_seen(conflicts, self.seen)):
            stopped = {"problems": (problem,), "conflicts": conflicts, "warnings": tuple(warnings)}
            return decided.model_copy(update=stopped)
        actions = choose_actions(
            quote,
            content,
            changes,
            matches=decided.lines,
            snapshot=self.snapshot,
            rules=self.rules,
            links=self.links,
        )
        update, doubt = follow_quote(
            self.stated, opportunity, policy=self.rules.policy, links=self.links, status_moved=moved
        )
        warnings += [Note(path="opportunity", text=doubt)] if doubt else []
        actions = (*actions, update) if update is not None else actions
        return decided.model_copy(update={"actions": actions, "warnings": tuple(warnings)})


def gone_before_arrival(quote: Quote, links: KnownLinks) -> bool:
    """Lost before it ever reached Halo: there is nothing to close, and nobody need decide anything."""
    return _lost_and_unlinked(quote, links) and not links.write_unknown


def _lost_and_unlinked(quote: Quote, links: KnownLinks) -> bool:
    return quote.status is QuoteStatus.LOST and links.quote_id is None and links.previous_quote_id is None


def _keep_line_ids(content: QuoteContent, snapshot: Snapshot) -> QuoteContent:
    """Give each wanted line the id of the Halo line that it continues."""
    if snapshot.quote is None:
        return content
    pairs = pair_lines(content.lines, snapshot.quote.lines)
    lines = tuple(
        want.model_copy(update={"halo_id": have.id}) if have else want for want, have in pairs if want is not None
    )
    return content.model_copy(update={"lines": lines})
