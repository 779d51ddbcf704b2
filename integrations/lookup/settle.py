"""What becomes of changes made in Halo: a person says so, and the quote goes on by itself."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from integrations.choices import WAITING, GuardDecision, Trigger
from integrations.domain.guard import Conflict, seen_in
from integrations.lookup.decide import NotDecided
from integrations.models import SyncAttempt, WebhookDelivery
from integrations.sync.enqueue import sync_again
from integrations.sync.plans import plan_of

# The problems that a guard raises; see `domain.guard`.
GUARDED = frozenset({"halo_edited", "already_sold"})
_SAID = {
    GuardDecision.KEEP_HALO: "Halo's version of quote {number} is kept. The portal notes that by itself.",
    GuardDecision.USE_QUOTER: "Quoter's version of quote {number} is written to Halo by itself, within seconds.",
}


def open_conflicts(delivery: WebhookDelivery, attempt: SyncAttempt | None) -> tuple[Conflict, ...]:
    """Return what was changed in Halo and waits for a person's word."""
    plan = plan_of(attempt) if delivery.state in WAITING else None
    return plan.conflicts if plan and plan.problems else ()


def settle(
    delivery: WebhookDelivery, decision: GuardDecision, *, attempt_id: int, by: AbstractBaseUser, now: datetime
) -> str:
    """Keep the decision and sync; return a sentence for the person. Raises NotDecided.

    `attempt_id` is the attempt whose differences the person was shown: a later one may have found others.
    """
    attempt = delivery.attempts.order_by("-number").first()
    conflicts = open_conflicts(delivery, attempt)
    if attempt is None or attempt.pk != attempt_id or not conflicts:
        raise NotDecided(f"Quote {delivery.quote_number} does not ask this any more.")
    with transaction.atomic():
        waiting = WebhookDelivery.objects.filter(pk=delivery.pk, state__in=WAITING)
        if not waiting.update(guard_decision=decision, guard_seen=seen_in(conflicts)):
            raise NotDecided(f"Quote {delivery.quote_number} is already being synced.")
        sync_again([delivery.pk], now=now, trigger=Trigger.DECISION, by=by)
    return _SAID[decision].format(number=delivery.quote_number)
