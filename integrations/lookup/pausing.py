"""Pausing an integration, and letting it go on: what arrives meanwhile is kept and waits."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from integrations.choices import DUE, PauseScope, State
from integrations.errors import WritesPaused
from integrations.models import Integration, WebhookDelivery
from integrations.sync.enqueue import ring_due

_FIELDS = ("paused_at", "paused_until", "pause_scope", "pause_reason", "paused_by")


@dataclass(frozen=True)
class Pause:
    """What is paused, why, until when (None: until somebody resumes it), by whom."""

    scope: PauseScope
    reason: str
    until: datetime | None
    by: AbstractBaseUser


def pause(integration: Integration, chosen: Pause, *, now: datetime) -> None:
    """Hold work back. What is under way at this moment is finished."""
    integration.paused_at, integration.paused_until = now, chosen.until
    integration.pause_scope, integration.pause_reason = chosen.scope, chosen.reason[:200]
    integration.paused_by_id = chosen.by.pk
    integration.save(update_fields=_FIELDS)


def resume(integration: Integration, *, now: datetime) -> int:
    """Let work go on at once; return how many deliveries had waited."""
    with transaction.atomic():
        integration.paused_at = integration.paused_until = integration.paused_by = None
        integration.pause_reason = ""
        integration.save(update_fields=_FIELDS)
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
