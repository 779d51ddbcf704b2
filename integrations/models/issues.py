"""Causes that stop deliveries: one row for a cause, however many deliveries it stops."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import models, transaction

from integrations.models.integration import Integration
from integrations.models.notices import Notice, Topic

# Causes that lie in the connection itself, whatever quote met them first.
_CONNECTION = frozenset(
    {
        *("halo_away", "credentials_rejected", "permission_missing", "address_refused", "secret_unreadable"),
        *("settings", "doctor", "webhook_missed", "webhooks_silent", "look_failed"),
    }
)


class Issue(models.Model):
    """A cause that stops deliveries.

    open → closed   when its last delivery goes through; where it stands alone, when what reported it says so
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
    stands_alone = models.BooleanField(default=False, help_text="Not closed by deliveries that go through.")
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
    @transaction.atomic
    def report(
        cls,
        integration: Integration,
        *,
        code: str,
        subject: str,
        message: str,
        hint: str,
        at: datetime,
        stands_alone: bool = False,
    ) -> "Issue":
        """Return the open issue of this cause, new, counted on or reopened; whoever wants it is told of it.

        The cause and its notice are written in one transaction.
        """
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
                "stands_alone": stands_alone,
            },
        )
        if not created:
            reopened = cls.objects.filter(pk=issue.pk, closed_at__isnull=False).exists()
            cls.objects.filter(pk=issue.pk).update(
                message=message,
                hint=hint,
                last_seen=at,
                times_seen=models.F("times_seen") + 1,
                closed_at=None,
                stands_alone=stands_alone or issue.stands_alone,
            )
            issue.message, issue.closed_at = message, None
            created = reopened
        if created:
            issue.tell(Notice.Event.OPENED, at=at)
        return issue

    @classmethod
    def settle(cls, integration: Integration, *, code: str, at: datetime) -> None:
        """Let go of the open causes of one kind that stood alone: what they told of is over."""
        with transaction.atomic():
            for issue in cls.objects.filter(integration=integration, code=code, closed_at=None):
                issue.stand_down(at=at)

    def tell(self, event: Notice.Event, *, at: datetime) -> bool:
        """Note that people are to be told; who heard that it began hears that it is over."""
        begun = self.notices.filter(event=Notice.Event.OPENED).order_by("created_at", "id").last()
        topic = Topic.CONNECTION if self.stands_alone or self.code in _CONNECTION else Topic.QUOTES
        return Notice.write(
            f"issue:{self.pk}",
            event,
            topic=Topic(begun.topic) if begun and event == Notice.Event.CLOSED else topic,
            sentence=self.message,
            at=at,
            integration=self.integration,
            issue=self,
        )

    def close_if_settled(self, *, at: datetime) -> None:
        """Close the issue when it stops no delivery any more."""
        if not self.stands_alone and not self.deliveries.exists():
            self._close(at=at)

    def stand_down(self, *, at: datetime) -> None:
        """Let go of an issue that stood alone: what reported it says that it is over."""
        self.stands_alone = False
        Issue.objects.filter(pk=self.pk).update(stands_alone=False)
        self.close_if_settled(at=at)

    @transaction.atomic
    def _close(self, *, at: datetime) -> None:
        # Should it come back, nobody has put that aside.
        if Issue.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at, snoozed_until=None):
            self.tell(Notice.Event.CLOSED, at=at)
