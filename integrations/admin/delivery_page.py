"""What the page of one delivery shows, in the order in which a person needs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.admin.breaker_line import held_of
from integrations.admin.pause_form import pause_line
from integrations.admin.payments import payments_of
from integrations.admin.quote_links import links_of
from integrations.admin.replay_page import replay_url
from integrations.admin.rows import delivery_rows
from integrations.admin.timeline import calls_of, newest_attempts, view_attempt
from integrations.choices import ACTIVE, DUE, WAITING, State
from integrations.domain.actions import SaveQuote
from integrations.domain.choice import Candidate, Problem
from integrations.domain.lines import LineMatch
from integrations.domain.plan import Plan
from integrations.domain.totals import TotalRow
from integrations.lookup.decide import decidable, open_problems
from integrations.lookup.groups import CODE, known_groups, line_of
from integrations.lookup.settle import GUARDED, open_conflicts
from integrations.lookup.suggest import suggest_products
from integrations.models import Integration, ProductGroupMapping, SyncAttempt, WebhookDelivery
from integrations.sync.plans import plan_of

_RELATED = 30
_SENTENCES = {
    State.QUEUED: "It is in the queue and syncs within seconds.",
    State.RUNNING: "It is being synced at this moment.",
    State.RETRYING: "It could not be finished yet. The portal tries again by itself.",
    State.SUCCEEDED: "Halo shows this quote: written, read back and compared.",
    State.UNCHANGED: "Halo already agreed with this quote, so nothing was written.",
    State.SUPERSEDED: "A newer state of this quote has taken its place. Nothing to do here.",
    State.IGNORED: "It is kept on record. Nothing is written to Halo for it.",
    State.SHADOWED: "It was only compared with what Halo has: this integration is in shadow mode.",
    State.NEEDS_ATTENTION: "It is your turn: the portal does not guess this.",
    State.FAILED: "It is your turn: this cannot go on until the cause is repaired.",
}
_RULES = {"link": "Linked", "sku": "Same SKU", "name": "Same name", "new": "New product"}
_ASKS = {
    "user": ("Another user, by its Halo id", "Link this user"),
    "client": ("Another client, by its Halo id", "Choose this client"),
    "opportunity": ("Another opportunity, by its number", "Link this opportunity"),
    "product": ("Another product, by its Halo id", "Link this product"),
}


@dataclass(frozen=True)
class ProblemView:
    """One thing to settle."""

    code: str
    line_id: str
    message: str
    hint: str
    candidates: Sequence[Candidate]
    kind: str
    ask: str
    button: str
    may_decide: bool
    """It has candidates of a kind, and the person the right to choose."""
    groups: Sequence[tuple[int, str]] = ()
    category: str = ""
    suggestions: Sequence[Candidate] = ()


@dataclass(frozen=True)
class LineView:
    """What one line became."""

    name: str
    sku: str
    rule: str
    tone: str
    product: str
    why: str
    losers: Sequence[Candidate]


def delivery_page(
    delivery: WebhookDelivery, *, technical: bool, may_decide: Callable[[str], bool]
) -> dict[str, Any]:
    """Return the context of `integrations/delivery.html`."""
    attempts = newest_attempts(delivery.pk)
    newest = attempts[0] if attempts else None
    plan = plan_of(newest)
    conflicts = open_conflicts(delivery, newest)
    # A conflict has its own card, with the three versions and the two buttons.
    asked = [problem for problem in open_problems(delivery, newest) if not (conflicts and problem.code in GUARDED)]
    problems = [_view_problem(problem, delivery, may_decide(problem.code)) for problem in asked]
    integration = delivery.integration
    return {
        "delivery": delivery,
        "pill": show.pill(delivery.state, delivery.get_state_display()),
        "tone": show.tone(delivery.state),
        "sentence": _sentence(delivery, integration),
        "your_turn": delivery.state in WAITING,
        "active": delivery.state in ACTIVE and integration.works(timezone.now()),
        "can_sync": delivery.state not in (State.QUEUED, State.RUNNING) and delivery.text_deleted_at is None,
        "text_deleted": deleted_sentence(delivery),
        # Not "error": Unfold's template for messages would show that instead of the message.
        "trouble": delivery.error_message if delivery.state in WAITING | {State.RETRYING} else "",
        "trouble_hint": delivery.error_hint if delivery.state in WAITING | {State.RETRYING} else "",
        "next_try": show.moment(delivery.next_attempt_at) if delivery.state == State.RETRYING else "",
        "superseded_by": delivery.superseded_by,
        "quote_url": change_url(delivery.link) if delivery.link else "",
        "facts": _facts(delivery),
        "links": links_of(delivery.link, integration, quote_id=delivery.quote_id),
        "problems": problems,
        "conflicts": conflicts,
        "conflict_attempt": newest.pk if newest else "",
        "settle_url": reverse("admin:integrations_webhookdelivery_settle", args=[delivery.pk]),
        "preview_url": reverse("admin:integrations_webhookdelivery_preview", args=[delivery.pk]),
        "sync_url": reverse("admin:integrations_webhookdelivery_sync_again", args=[delivery.pk]),
        "replay_url": replay_url([delivery.pk]),
        "group_url": reverse("admin:integrations_webhookdelivery_group", args=[delivery.pk]),
        "decide_url": reverse("admin:integrations_webhookdelivery_decide", args=[delivery.pk]),
        **decisions_of(plan, integration.pk),
        "attempts": _view_attempts(attempts, technical=technical),
        "more_attempts": delivery.attempts_made > len(attempts),
        "related": _related(delivery),
        "payments": payments_of(delivery),
        "text": show.pretty(delivery.data),
        "exact_text": delivery.data,
        "api_text": show.pretty(delivery.api_text) if delivery.api_text else "",
    }


def deleted_sentence(delivery: WebhookDelivery) -> str:
    """Say that the text is gone and what that means; "" while it is there."""
    if delivery.text_deleted_at is None:
        return ""
    day = timezone.localtime(delivery.text_deleted_at)
    kept = f" after {settings.KEEP_TEXTS_DAYS} days" if settings.KEEP_TEXTS_DAYS else ""
    return (
        f"The text was deleted on {day.day} {day:%b %Y}{kept}, with the details of its attempts. It cannot be "
        "synced again from here; Quoter can send it again, under Integration Requests Status."
    )


def _sentence(delivery: WebhookDelivery, integration: Integration) -> str:
    if delivery.state in DUE and not integration.enabled:
        return "It waits: this integration is switched off. It syncs when somebody switches it on."
    if delivery.state in DUE and (held := held_of(integration)):
        return f"It waits. {held}."
    if delivery.state in DUE and (pause := pause_line(integration)):
        return f"It waits. {pause}."
    return _SENTENCES[State(delivery.state)]


def _facts(delivery: WebhookDelivery) -> list[tuple[str, str | SafeString]]:
    contact = " ".join(part for part in (delivery.contact_name, delivery.contact_email) if part)
    times = f" ({delivery.times_received} times)" if delivery.times_received > 1 else ""
    pairs: list[tuple[str, str | SafeString]] = [
        ("Client", delivery.client_name),
        ("Contact", contact),
        ("In Quoter", delivery.quote_status.capitalize()),
        ("Total", show.amount(delivery.total, delivery.currency) if delivery.total is not None else ""),
        (("Recovered" if delivery.recovered else "Received") + times, show.moment(delivery.received_at)),
        ("How it came", "No webhook came: the portal found it in Quoter." if delivery.recovered else ""),
        ("Integration", str(delivery.integration)),
    ]
    return [(label, text) for label, text in pairs if text]


def _view_problem(problem: Problem, delivery: WebhookDelivery, may_decide: bool) -> ProblemView:
    kind = decidable(problem)
    line = line_of(delivery, problem.line_id) if problem.code == CODE else None
    ask, button = _ASKS.get(kind, ("", ""))
    return ProblemView(
        code=problem.code,
        line_id=problem.line_id,
        message=problem.message,
        hint=problem.hint,
        candidates=problem.candidates,
        kind=kind,
        groups=known_groups(delivery.integration) if line else (),
        category=line.category.name if line else "",
        suggestions=suggest_products(delivery.integration, line) if line else (),
        ask=ask if problem.candidates else ask.replace("Another p", "P").replace("Another ", ""),
        button=button,
        may_decide=may_decide and bool(kind),
    )


def decisions_of(plan: Plan | None, integration_id: int) -> dict[str, Any]:
    """Return what a plan decided about lines, totals and warnings."""
    if plan is None:
        return {"lines": [], "totals": [], "warnings": [], "changes": []}
    names = group_names(integration_id)
    saved = [action for action in plan.actions if isinstance(action, SaveQuote)]
    return {
        "lines": [_view_line(line, names) for line in plan.lines],
        "totals": [_view_total(row) for row in plan.totals],
        "warnings": plan.warnings,
        "conflicts": plan.conflicts,
        "changes": [change for action in saved for change in action.changes],
    }


def group_names(integration_id: int) -> dict[int, str]:
    """Return the names of the mapped product groups, as far as they are known."""
    rows = ProductGroupMapping.objects.filter(integration=integration_id)
    return dict(rows.values_list("halo_group_id", "halo_group_name"))


def _view_total(row: TotalRow) -> dict[str, Any]:
    quoter, halo = (f"{Decimal(text):,.2f}" for text in (row.quoter, row.halo))
    return {"label": row.label, "quoter": quoter, "halo": halo, "agrees": row.agrees}


def _view_line(line: LineMatch, names: dict[int, str]) -> LineView:
    group = (names.get(line.group_id, "") or f"group {line.group_id}") if line.group_id is not None else ""
    new = line.rule == "new"
    return LineView(
        name=line.name,
        sku=line.sku,
        rule=_RULES.get(line.rule, line.rule),
        tone="wait" if new else "good",
        product=f"New product in {group}" if new else line.item_label,
        why=line.why,
        losers=line.losers,
    )


def _view_attempts(attempts: Sequence[SyncAttempt], *, technical: bool) -> list[Any]:
    # Bodies can be large: the older attempts show theirs on their own pages.
    return [
        view_attempt(attempt, calls=None if index else calls_of(attempt), technical=technical and not index)
        for index, attempt in enumerate(attempts)
    ]


def _related(delivery: WebhookDelivery) -> list[Any]:
    if delivery.link_id is None:
        return []
    same = WebhookDelivery.objects.filter(link=delivery.link_id).defer("data")
    rows = delivery_rows(same[:_RELATED], current=delivery.pk)
    return rows if len(rows) > 1 else []
