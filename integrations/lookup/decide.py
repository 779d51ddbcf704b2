"""What staff decide: the choice is kept as a link, with who, when and why, and the quote goes on by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from integrations.choices import WAITING, Trigger
from integrations.domain.choice import Problem
from integrations.domain.lines import line_key
from integrations.domain.text import fold
from integrations.errors import NotFound, PortalError
from integrations.lookup.halo import name_client, name_item, name_opportunity, name_user
from integrations.lookup.linking import keep_link
from integrations.lookup.relink import (
    sync_waiting_on_code,
    sync_waiting_on_lines,
    sync_waiting_on_person,
    take_link,
)
from integrations.models import ClientLink, Integration, ItemLink, PersonLink, SyncAttempt, WebhookDelivery
from integrations.quoter.webhook import read_quote
from integrations.sync.enqueue import sync_again
from integrations.sync.plans import plan_of

# Problems that are settled by saying whose version counts.


class NotDecided(PortalError):
    """A choice that cannot be carried out; nothing was changed."""

    code = "not_decided"
    hint = "Load the page again and choose from what it shows now."


@dataclass(frozen=True)
class Decision:
    """Which problem of a delivery is settled, by which Halo object, by whom."""

    code: str
    line_id: str
    halo_id: int
    by: AbstractBaseUser
    now: datetime


def open_problems(delivery: WebhookDelivery, attempt: SyncAttempt | None) -> tuple[Problem, ...]:
    """Return what a person has to settle before the delivery can go on."""
    plan = plan_of(attempt) if delivery.state in WAITING else None
    return plan.problems if plan else ()


def decidable(problem: Problem) -> str:
    """Return what Halo object settles a problem: user, client, opportunity, product; "" where a link cannot."""
    kind, _, _ = problem.code.partition("_")
    return {"person": "user", "client": "client", "opportunity": "opportunity", "line": "product"}.get(kind, "")


def decide(delivery: WebhookDelivery, decision: Decision) -> str:
    """Keep the choice and sync what it settles; return a sentence for the person. Raises PortalError."""
    attempt = delivery.attempts.order_by("-number").first()
    problems = open_problems(delivery, attempt)
    asked = (decision.code, decision.line_id)
    problem = next((p for p in problems if (p.code, p.line_id) == asked), None)
    if problem is None or not decidable(problem):
        raise NotDecided(f"Quote {delivery.quote_number} does not ask this any more.")
    kind = decidable(problem)
    # Halo is asked before the transaction begins: none is open while a remote call runs.
    name = _name(delivery.integration, kind, problem, decision.halo_id)
    with transaction.atomic():
        return _KEEP[kind](delivery, problem, decision, name)


def _name(integration: Integration, kind: str, problem: Problem, halo_id: int) -> str:
    for candidate in problem.candidates:
        if candidate.id == halo_id:
            return candidate.name
    ask = {"user": name_user, "client": name_client, "opportunity": name_opportunity, "product": name_item}[kind]
    try:
        return ask(integration, halo_id)
    except NotFound as exc:
        raise NotDecided(exc.user_message, hint="Look the number up in Halo and enter it again.") from exc


def _link_person(delivery: WebhookDelivery, problem: Problem, decision: Decision, name: str) -> str:
    email = fold(delivery.contact_email)
    if not email:
        raise NotDecided(
            "The Quoter contact has no e-mail address to remember the user by.",
            hint="Give the contact an e-mail address in Quoter and publish the quote again.",
        )
    # Where the user is now is kept at the next sync, which reads them anyway.
    values = {"halo_user_id": decision.halo_id, "halo_user_name": name[:300], "halo_client_id": None}
    _keep_link(PersonLink, delivery, problem, decision, {"email": email}, values)
    sync_waiting_on_person(delivery.integration_id, email, by=decision.by, now=decision.now)
    _continue(delivery, decision)
    return f"{email} is now linked to {name or f'Halo user {decision.halo_id}'}. The quote syncs by itself."


def _link_client(delivery: WebhookDelivery, problem: Problem, decision: Decision, name: str) -> str:
    company = delivery.client_name
    values = {"name": company, "halo_client_id": decision.halo_id, "halo_client_name": name[:300]}
    _keep_link(ClientLink, delivery, problem, decision, {"key": fold(company)[:300]}, values)
    sync_waiting_on_code(delivery.integration_id, problem.code, by=decision.by, now=decision.now)
    _continue(delivery, decision)
    return f"New people of “{company}” now belong to {name or f'Halo client {decision.halo_id}'}."


def _link_opportunity(delivery: WebhookDelivery, problem: Problem, decision: Decision, name: str) -> str:
    if delivery.link_id is None:
        raise NotDecided("This delivery belongs to no quote.")
    taken = take_link(
        delivery.link_id,
        now=decision.now,
        by=decision.by,
        why=_why(delivery, problem),
        halo_opportunity_id=decision.halo_id,
        opportunity_source=f"chosen by {decision.by.get_username()}",
    )
    if not taken:
        raise NotDecided("The quote is being synced at this moment.", hint="Choose again in a minute.")
    _continue(delivery, decision)
    what = f"opportunity #{decision.halo_id} {name.removeprefix(f'#{decision.halo_id}').strip()}".strip()
    return f"Quote {delivery.quote_number} is now linked to {what}. It syncs by itself."


def _link_item(delivery: WebhookDelivery, problem: Problem, decision: Decision, name: str) -> str:
    lines = read_quote(delivery.data).lines
    line = next((line for line in lines if line.id == problem.line_id), None)
    if line is None:
        raise NotDecided("The quote has no such line.")
    values = {
        "sku": line.sku[:200],
        "name": line.name[:300],
        "halo_item_id": decision.halo_id,
        "halo_item_name": name[:300],
    }
    _keep_link(ItemLink, delivery, problem, decision, {"key": line_key(line)[:500]}, values)
    sync_waiting_on_lines(delivery.integration_id, by=decision.by, now=decision.now)
    _continue(delivery, decision)
    return (
        f"“{line.name}” is now linked to {name or f'Halo product {decision.halo_id}'}. The quote syncs by itself."
    )


_KEEP: dict[str, Callable[[WebhookDelivery, Problem, Decision, str], str]] = {
    "user": _link_person,
    "client": _link_client,
    "opportunity": _link_opportunity,
    "product": _link_item,
}


def _keep_link(
    model: type[Any],
    delivery: WebhookDelivery,
    problem: Problem,
    decision: Decision,
    key: dict[str, Any],
    values: dict[str, Any],
) -> None:
    why = _why(delivery, problem)
    keep_link(model, delivery.integration, key, values, by=decision.by, why=why, now=decision.now)


def _why(delivery: WebhookDelivery, problem: Problem) -> str:
    return f"Chosen for quote {delivery.quote_number}: {problem.message}"[:300]


def _continue(delivery: WebhookDelivery, decision: Decision) -> None:
    # Queued by now, unless it had failed: that is not known to be settled by a link, but a person says to go on.
    sync_again([delivery.pk], now=decision.now, trigger=Trigger.DECISION, by=decision.by)
