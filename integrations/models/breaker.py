"""Whether an integration's Halo is asked at all: one row for all processes, which outlives them."""

import hashlib
from typing import Any

from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from integrations.models.integration import Integration
from integrations.models.issues import Issue

_DECISIVE = (
    *("halo_url", "halo_tenant", "halo_auth", "halo_client_id", "halo_client_secret"),
    *("halo_username", "halo_password"),
)


class Breaker(models.Model):
    """Holds deliveries back while Halo is away or refuses the sign-in.

    closed → open        after failures in a row
    open → half open     when `trial_at` has come: one delivery is let through
    half open → closed   Halo answered it
    half open → open     it did not: the next trial comes later
    """

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="breaker")
    failures = models.PositiveIntegerField(default=0, help_text="Of different deliveries, in a row.")
    failing_since = models.DateTimeField(null=True, blank=True)
    last_failed = models.PositiveBigIntegerField(null=True, blank=True, help_text="The delivery that failed last.")
    code = models.CharField(max_length=50, blank=True)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    trials = models.PositiveIntegerField(default=0)
    trial_at = models.DateTimeField(null=True, blank=True, help_text="From then on one delivery may try.")
    trial_token = models.UUIDField(null=True, blank=True, help_text="The lease of the trial under way.")
    settings_mark = models.CharField(max_length=64, blank=True, help_text="The sign-in with which it opened.")
    issue = models.ForeignKey(Issue, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"Breaker of {self.integration}"

    @property
    def is_open(self) -> bool:
        """Deliveries are held back."""
        return self.opened_at is not None


def mark_of(integration: Integration) -> str:
    """Return a fingerprint of where and how the portal signs in; secrets go in sealed."""
    values = [getattr(integration, name) for name in _DECISIVE]
    text = "\n".join(getattr(value, "sealed", str(value)) for value in values)
    return hashlib.sha256(text.encode()).hexdigest()


@receiver(post_save, sender=Integration, dispatch_uid="try changed credentials")
def try_what_was_changed(sender: type[Integration], instance: Integration, **kwargs: Any) -> None:
    """Let an open breaker try at once when address or sign-in were edited, whichever way."""
    held = Breaker.objects.filter(integration=instance, opened_at__isnull=False)
    held.exclude(settings_mark=mark_of(instance)).update(
        trial_at=timezone.now(), trial_token=None, trials=0, settings_mark=mark_of(instance)
    )
