"""Pausing an integration, and letting it go on: what arrives meanwhile is kept and waits."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from integrations.choices import DUE, PauseScope, State
from integrations.errors import WritesPaused
from integrations.models import Integration, WebhookDelivery
from integrations.sync.enqueue import ring_due


@dataclass(frozen=True)
class Pause:
    """What is paused, why, until when (None: until somebody resumes it), by whom."""

    scope: PauseScope
    reason: str
    until: datetime | None
    by: AbstractBaseUser


def pause(integration: Integration, chosen: Pause, *, now: datetime) -> None:
    """Hold work back. What is under way at this moment is finished."""
    Integration.objects.filter(pk=integration.pk).update(
        paused_at=now,
        paused_until=chosen.until,
        pause_scope=chosen.scope,
        pause_reason=chosen.reason[:200],
        paused_by_id=chosen.by.pk,
    )


def resume(integration: Integration, *, now: datetime) -> int:
    """Let work go on at once; return how many deliveries had waited."""
    with transaction.atomic():
        Integration.objects.filter(pk=integration.pk).update(
            paused_at=None, paused_until=None, pause_reason="", paused_by=None
        )
        held = WebhookDelivery.objects.filter(
            integration=integration, state=State.RETRYING, error_code=WritesPaused.code
        )
        held.update(next_attempt_at=now)
        count = waiting(integration, now=now)
    ring_due(now=now, again_after_s=0)
    return count


def waiting(integration: Integration, *, now: datetime) -> int:
    """Count what is due."""
    return WebhookDelivery.objects.filter(integration=integration, state__in=DUE, next_attempt_at__lte=now).count()
