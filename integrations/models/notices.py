"""Telling people: what is to be told, where to, and what became of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from integrations.models.fields import SecretField
from integrations.models.integration import Integration

if TYPE_CHECKING:
    from integrations.models.issues import Issue

# One cause is told once within it: what flaps is not told each time.
WINDOW_S = 3_600


class Topic(models.TextChoices):
    """What a notice is about; channels choose by it."""

    QUOTES = "quotes", "Quotes that wait for a person"
    CONNECTION = "connection", "The connection to Halo or Quoter"
    PORTAL = "portal", "The portal itself"


class Channel(models.Model):
    """Where notices go: an e-mail list or a webhook, and which notices."""

    class Kind(models.TextChoices):
        """How it is spoken to."""

        EMAIL = "email", "E-mail"
        TEAMS = "teams", "Microsoft Teams (workflow webhook)"
        SLACK = "slack", "Slack (incoming webhook)"
        JSON = "json", "Any other webhook (JSON)"

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    integration = models.ForeignKey(
        Integration,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="channels",
        help_text="Empty: all of them. What concerns the portal itself goes to every channel that wants it.",
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.EMAIL)
    recipients = models.TextField(blank=True, help_text="E-mail addresses, one on each line.")
    address = SecretField("Webhook address")
    host = models.CharField(max_length=255, blank=True, editable=False)
    about_quotes = models.BooleanField("Quotes that wait for a person", default=True)
    about_connection = models.BooleanField("The connection: Halo away, sign-in refused, doctor", default=True)
    about_portal = models.BooleanField("The portal itself: worker, queue, disk", default=True)
    tell_when_over = models.BooleanField("Also tell when a cause is over", default=True)
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "notification channel"

    def __str__(self) -> str:
        return self.name

    def wants(self, notice: "Notice") -> bool:
        """Say whether this notice is one that the channel was set up for."""
        if self.integration_id and notice.integration_id and self.integration_id != notice.integration_id:
            return False
        return bool(getattr(self, f"about_{notice.topic}"))


class Notice(models.Model):
    """One thing to tell, written in the transaction in which it became true."""

    class Event(models.TextChoices):
        """What happened to the cause."""

        OPENED = "opened", "Opened"
        CLOSED = "closed", "Over"

    cause = models.CharField(max_length=100)
    event = models.CharField(max_length=10, choices=Event.choices)
    window = models.BigIntegerField(help_text="Hours since 1970.")
    topic = models.CharField(max_length=20, choices=Topic.choices)
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    issue = models.ForeignKey(
        "integrations.Issue", on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    sentence = models.TextField()
    created_at = models.DateTimeField()
    handed_out_at = models.DateTimeField(null=True, blank=True, help_text="When the channels were chosen.")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["cause", "event", "window"], name="one_notice_per_cause_and_window")
        ]
        indexes = [models.Index(fields=["handed_out_at", "created_at"], name="notice_to_hand_out")]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.sentence[:80]}"

    @classmethod
    def write(
        cls,
        cause: str,
        event: "Notice.Event",
        *,
        topic: Topic,
        sentence: str,
        at: datetime,
        integration: Integration | None = None,
        issue: "Issue | None" = None,
    ) -> bool:
        """Note something to tell; False where the same was noted in this window."""
        _, created = cls.objects.get_or_create(
            cause=cause,
            event=event,
            window=int(at.timestamp()) // WINDOW_S,
            defaults={
                "topic": topic,
                "sentence": sentence,
                "created_at": at,
                "integration": integration,
                "issue": issue,
            },
        )
        return created


class NoticeSending(models.Model):
    """One notice on its way to one channel.

    waiting → sent | failed | dropped
       └─→ waiting, later   (the channel did not take it)
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"
        DROPPED = "dropped", "Not needed any more"

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="sendings")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="sendings")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["notice"]
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="one_sending_per_channel")]
        indexes = [models.Index(fields=["state", "next_try_at"], name="sending_due")]

    def __str__(self) -> str:
        return f"{self.notice} → {self.channel}"


class Trouble(models.Model):
    """Something about the portal itself that is wrong now or was: worker, queue, disk."""

    name = models.CharField(max_length=20, primary_key=True)
    sentence = models.TextField()
    since = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.sentence
