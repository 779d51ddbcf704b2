"""What an integration has beside its settings: a pause that a person made, and the age of its secrets."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.choices import PauseScope
from integrations.errors import SecretUnreadable
from integrations.models.fields import Secret


class Pausable(models.Model):
    """A pause with its reason and its end; over by itself once the end has come.

    working → paused (everything, or only the writing) → working
    """

    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    pause_scope = models.CharField(
        max_length=10, choices=PauseScope.choices, default=PauseScope.ALL, editable=False
    )
    pause_reason = models.CharField(max_length=200, blank=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        abstract = True

    def is_paused(self, now: datetime) -> bool:
        """Say whether a pause, of whichever scope, holds."""
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > now)

    def works(self, now: datetime) -> bool:
        """Say whether deliveries are taken up; see `at_work` for the same as a condition."""
        return bool(getattr(self, "enabled", True)) and not (
            self.is_paused(now) and self.pause_scope == PauseScope.ALL
        )

    def writes_paused(self, now: datetime) -> bool:
        """Say whether only the writing is held back; a whole pause stops the work before it begins."""
        return self.is_paused(now) and self.pause_scope == PauseScope.WRITES


def at_work(now: datetime, *, prefix: str = "", trial: bool = False) -> Q:
    """Return the condition under which an integration's deliveries are worked on.

    `trial`: also while its breaker is open, once one delivery may try; see `Breaker`.
    """
    held = Q(**{f"{prefix}breaker__opened_at__isnull": False})
    if trial:
        held &= ~Q(**{f"{prefix}breaker__trial_at__lte": now})
    awake = (
        Q(**{f"{prefix}paused_at": None})
        | Q(**{f"{prefix}paused_until__lte": now})
        | Q(**{f"{prefix}pause_scope": PauseScope.WRITES})
    )
    return Q(**{f"{prefix}enabled": True}) & awake & ~held


class SecretAges(models.Model):
    """Remembers when each secret was last entered, whichever way it came in."""

    secret_names: ClassVar[tuple[str, ...]] = ()
    secrets_set_at = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the time at every secret that is another one than before."""
        given = kwargs.get("update_fields")
        names = [name for name in self.secret_names if given is None or name in given]
        if names:
            before = type(self)._base_manager.filter(pk=self.pk).only(*names).first()
            changed = [name for name in names if _is_new(getattr(self, name), getattr(before, name, Secret()))]
            for name in changed:
                self.secrets_set_at[name] = timezone.now().isoformat()
            if changed and given is not None:
                kwargs["update_fields"] = {*given, "secrets_set_at"}
        super().save(*args, **kwargs)

    def secret_set_at(self, name: str) -> datetime | None:
        """Return when a secret was entered; None where that was before it was remembered."""
        text = self.secrets_set_at.get(name)
        return datetime.fromisoformat(text) if text else None


def _is_new(now: Secret, before: Secret) -> bool:
    if now == before:
        return False
    try:
        # The same secret sealed with another key is as old as it was.
        return now.reveal() != before.reveal()
    except SecretUnreadable:
        return True
