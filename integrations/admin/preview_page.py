"""What a sync would do now, in the words of the page: actions, differences, lines, totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.admin.delivery_page import decisions_of, group_names
from integrations.admin.quote_links import links_of
from integrations.choices import State
from integrations.domain.actions import CloseQuote, CreateItem, CreateSalesOrder, SaveQuote
from integrations.domain.compare import Difference, compare_quote, pair_lines
from integrations.domain.content import PlannedLine
from integrations.domain.money import round_money
from integrations.domain.plan import Plan, gone_before_arrival
from integrations.domain.policy import Policy
from integrations.domain.snapshot import HaloLine, HaloQuote
from integrations.models import SettingsVersion, WebhookDelivery
from integrations.sync.links import load_links
from integrations.sync.newest import newer_state
from integrations.sync.preview import Preview

_MARKER = ".Quoter line id"


@dataclass(frozen=True)
class LineRow:
    """One line of both sides."""

    name: str
    sku: str
    verdict: str
    tone: str
    now: str
    after: str
    changes: list[tuple[str, str, str]]


def preview_page(
    delivery: WebhookDelivery, found: Preview, *, version: SettingsVersion | None = None
) -> dict[str, Any]:
    """Return the context of `integrations/preview.html`; `version` names the settings where not today's."""
    policy = version.as_rules().policy if version else delivery.integration.policy()
    plan, halo = found.plan, found.snapshot.quote
    tone, sentence = _verdict(delivery, found)
    # Compared afresh: a plan that waits for a person has no action that would carry its differences.
    changes = compare_quote(plan.content, halo) if plan.content and halo else ()
    decided = decisions_of(plan, delivery.integration_id)
    return {
        "delivery": delivery,
        "tone": tone,
        "sentence": sentence,
        "actions": _actions(plan, policy),
        "new_products": _new_products(plan, group_names(delivery.integration_id)),
        "header_changes": [change for change in changes if not change.path.startswith("lines[")],
        "line_rows": _line_rows(plan, halo, changes),
        "halo_now": _halo_now(halo, delivery.currency),
        "problems": plan.problems,
        "conflicts": plan.conflicts,
        "links": links_of(delivery.link, delivery.integration, quote_id=delivery.quote_id),
        "delivery_url": change_url(delivery),
        "sync_url": reverse("admin:integrations_webhookdelivery_sync_again", args=[delivery.pk]),
        # With other settings than today's only its replay syncs.
        "can_sync": delivery.state not in (State.QUEUED, State.RUNNING) and version is None,
        **decided,
        "changes": [],  # shown above, line by line
        "halo_label": "Halo, after the sync",
    }


def _verdict(delivery: WebhookDelivery, found: Preview) -> tuple[str, str]:
    plan = found.plan
    assert delivery.link is not None  # noqa: S101  there would be no preview
    if newer := newer_state(delivery):
        return "calm", f"A sync would set this state aside, for there is a newer one: {newer}."
    if gone_before_arrival(found.quote, load_links(delivery.link, found.quote, delivery.integration.rules())):
        return "calm", "A sync would write nothing: the quote was lost before it reached Halo."
    if plan.problems:
        return "turn", "A sync would write nothing and wait for you: the points below have to be settled first."
    if plan.empty:
        return "good", "Halo already agrees with this quote: a sync would write nothing."
    return "wait", "A sync would do this:"


def _actions(plan: Plan, policy: Policy) -> list[str]:
    texts = []
    made = sum(isinstance(action, CreateItem) for action in plan.actions)
    if made:
        texts.append(f"Create {made} product{'' if made == 1 else 's'} in Halo.")
    for action in plan.actions:
        if isinstance(action, SaveQuote):
            texts.append(
                f"Update Halo quote {action.quote_id} as shown below."
                if action.quote_id
                else f"Create a Halo quote on opportunity #{action.content.ticket_id}."
            )
        elif isinstance(action, CloseQuote):
            texts.append(f"Close Halo quote {action.quote_id}, of the revision before.")
        elif isinstance(action, CreateSalesOrder):
            texts.append("Have the sales order made.")
    if plan.problems:
        return texts
    if policy.attach_pdf:
        texts.append("Attach the quote's PDF to the opportunity, unless this version is there already.")
    if policy.note_on_opportunity:
        texts.append("Note the quote's state on the opportunity, unless that is done already.")
    return texts


def _new_products(plan: Plan, names: dict[int, str]) -> list[dict[str, str]]:
    return [
        {
            "name": action.line.name,
            "sku": action.line.sku,
            "group": names.get(action.group_id) or f"group {action.group_id}",
            "kind": f"Recurring, {action.line.period.label}" if action.line.recurring else "One-time",
        }
        for action in plan.actions
        if isinstance(action, CreateItem)
    ]


def _line_rows(plan: Plan, halo: HaloQuote | None, changes: Iterable[Difference]) -> list[LineRow]:
    if plan.content is None:
        return []
    rows = []
    for want, have in pair_lines(plan.content.lines, halo.lines if halo else ()):
        which = have.id if have and have.id is not None else (want.name if want else "")
        own = [c for c in changes if want and have and c.path.startswith(f"lines[{which}].")]
        # Quoter numbers its lines anew with each revision: that is written, and nothing a person decides by.
        told = [(c.label.rsplit(": ", 1)[1], c.found, c.wanted) for c in own if not c.path.endswith(_MARKER)]
        verdict, tone = _compare(want, have, changed=bool(told))
        rows.append(
            LineRow(
                name=want.name if want else have.name if have else "",
                sku=(want.sku if want else have.sku if have else ""),
                verdict=verdict,
                tone=tone,
                now=_amount(have.quantity, have.price) if have else "–",
                after=_amount(want.quantity, want.price) if want else "–",
                changes=told,
            )
        )
    return rows


def _compare(want: PlannedLine | None, have: HaloLine | None, *, changed: bool) -> tuple[str, str]:
    if want is None:
        return "Removed", "warn"
    if have is None:
        return "New", "wait"
    return ("Changed", "warn") if changed else ("Equal", "good")


def _amount(quantity: Decimal, price: Decimal) -> str:
    # A price that does not divide evenly shows its decimals, or the sum would look wrong.
    exact = round_money(price, 2) if price == round_money(price, 2) else round_money(price, 4)
    return f"{quantity.normalize():f} × {exact:,} = {round_money(quantity * price):,.2f}"


def _halo_now(halo: HaloQuote | None, currency: str) -> str:
    if halo is None:
        return "Halo has no quote for it yet."
    lines = [line for line in halo.lines if not (line.is_header or line.optional)]
    total = sum((round_money(line.total) for line in lines), Decimal(0))
    # Halo's answer names no currency and adds recurring lines up with the rest.
    count = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
    return f"Halo quote {halo.id} has {count} now, {show.amount(total, currency)} in all."
