"""Causes that stop deliveries: one row for a cause, however many deliveries it stops."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration


class Issue(models.Model):
    """A cause that stops deliveries.

    open → closed   when its last delivery goes through
    closed → open   when the same cause comes back
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="issues")
    fingerprint = models.CharField(max_length=64)
    code = models.CharField(max_length=50)
    subject = models.CharField(max_length=300)
    message = models.TextField()
    hint = models.TextField(blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    times_seen = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_seen"]
        constraints = [models.UniqueConstraint(fields=["integration", "fingerprint"], name="one_issue_per_cause")]

    def __str__(self) -> str:
        return self.message[:100]

    @property
    def is_open(self) -> bool:
        """Some delivery is still stopped by it."""
        return self.closed_at is None

    def is_snoozed(self, now: datetime) -> bool:
        """Somebody has put it aside for a while."""
        return self.is_open and self.snoozed_until is not None and self.snoozed_until > now

    @classmethod
    def report(
        cls, integration: Integration, *, code: str, subject: str, message: str, hint: str, at: datetime
    ) -> "Issue":
        """Return the open issue of this cause, new, counted on or reopened."""
        fingerprint = hashlib.sha256(f"{code}\n{subject}".encode()).hexdigest()
        issue, created = cls.objects.get_or_create(
            integration=integration,
            fingerprint=fingerprint,
            defaults={
                "code": code,
                "subject": subject[:300],
                "message": message,
                "hint": hint,
                "first_seen": at,
                "last_seen": at,
            },
        )
        if not created:
            cls.objects.filter(pk=issue.pk).update(
                message=message, hint=hint, last_seen=at, times_seen=models.F("times_seen") + 1, closed_at=None
            )
        return issue

    @classmethod
    def settle(cls, integration: Integration, *, code: str, at: datetime) -> None:
        """Close the causes of one kind that stop no delivery: what they told of is over."""
        mine = cls.objects.filter(integration=integration, code=code, closed_at=None, deliveries=None)
        cls.objects.filter(pk__in=list(mine.values_list("pk", flat=True))).update(closed_at=at, snoozed_until=None)

    def close_if_settled(self, *, at: datetime) -> None:
        """Close the issue when it stops no delivery any more."""
        if not self.deliveries.exists():
            # Should it come back, nobody has put that aside.
            Issue.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at, snoozed_until=None)
