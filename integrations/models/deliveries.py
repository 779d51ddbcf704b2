"""What Quoter sent, and the schedule of the work it causes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now, Upper

from integrations.choices import ACTIVE, DUE, FINAL, GuardDecision, Kind, State, Trigger
from integrations.models.integration import Integration
from integrations.models.issues import Issue
from integrations.models.links import QuoteLink
from integrations.models.versions import SettingsVersion


class WebhookDelivery(models.Model):
    """One verified webhook: the exact text, when, its fingerprint, and the schedule of its work.

    The states and their order are drawn in `choices.State`. The row is the truth; the queue only rings.
    """

    class Lane(models.IntegerChoices):
        """Who goes first when requests to Halo are scarce."""

        ACCEPTANCE = 1, "Acceptance"
        PUBLICATION = 2, "Publication"
        OTHER = 3, "Other"

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the text, per integration.")
    data = models.TextField(help_text="The text exactly as it was signed; see `recovered` for the exception.")
    recovered = models.BooleanField(
        "Recovered", default=False, help_text="No webhook came: the text was made of what Quoter's API says."
    )
    api_text = models.TextField(blank=True, help_text="What Quoter's API said, where no webhook came.")
    text_deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the text and the details of its attempts were deleted for their age.",
    )
    quoter_timestamp = models.BigIntegerField(
        help_text="Seconds since 1970, from the first delivery of this text."
    )
    received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    times_received = models.PositiveIntegerField(default=1)

    # Read off the text on arrival, for lists and searches; the text stays the truth.
    link = models.ForeignKey(QuoteLink, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries")
    quote_id = models.CharField(max_length=50, blank=True)
    quote_number = models.CharField("Quote", max_length=50, blank=True, db_index=True)
    quote_name = models.CharField(max_length=300, blank=True)
    quote_status = models.CharField("Quoter status", max_length=20, blank=True)
    sequence = models.BigIntegerField(default=0, help_text="Place of this revision among the quote's revisions.")
    rank = models.SmallIntegerField(default=0, help_text="How far along the quote's status is.")
    client_name = models.CharField("Client", max_length=300, blank=True)
    contact_name = models.CharField("Contact", max_length=300, blank=True)
    contact_email = models.CharField("E-mail", max_length=300, blank=True)
    total = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    skus = models.TextField(blank=True)
    lane = models.SmallIntegerField(choices=Lane.choices, default=Lane.OTHER)

    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    state_since = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    attempts_made = models.PositiveIntegerField(default=0)
    retries_made = models.PositiveIntegerField(
        default=0, help_text="Automatic ones in a row; decides the next wait."
    )
    next_trigger = models.CharField(max_length=20, choices=Trigger.choices, default=Trigger.WEBHOOK)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    guard_decision = models.CharField(
        max_length=12,
        choices=GuardDecision.choices,
        blank=True,
        help_text="What a person decided about changes made in Halo since the portal's last write.",
    )
    guard_seen = models.JSONField(
        null=True, blank=True, help_text="What that person was shown: path and value in Halo of each change."
    )
    replay_version = models.ForeignKey(
        SettingsVersion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The settings that a replay was asked for with, until it has ended; none means today's.",
    )
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the queue was last told of this row.")

    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    issue = models.ForeignKey(Issue, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries")
    superseded_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)

    active: ClassVar[frozenset[State]] = ACTIVE
    due: ClassVar[frozenset[State]] = DUE
    final: ClassVar[frozenset[State]] = FINAL

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        permissions = [("decide_webhookdelivery", "Can preview, and decide on people and opportunities")]
        constraints = [
            models.UniqueConstraint(fields=["integration", "fingerprint"], name="same_text_same_delivery"),
            models.CheckConstraint(
                condition=models.Q(state=State.RUNNING, lease_token__isnull=False)
                | (~models.Q(state=State.RUNNING) & models.Q(lease_token__isnull=True)),
                name="running_means_leased",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=sorted(DUE)) | models.Q(next_attempt_at__isnull=False),
                name="due_means_scheduled",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["integration", "-received_at"], name="delivery_recent"),
            models.Index(fields=["-received_at", "-id"], name="delivery_newest"),
            models.Index(fields=["link", "state"], name="delivery_of_link"),
            models.Index(fields=["state", "-received_at", "-id"], name="delivery_by_state"),
            models.Index(fields=["kind", "-received_at", "-id"], name="delivery_by_kind"),
            models.Index(Upper("contact_email"), name="delivery_by_email"),
        ]

    def __str__(self) -> str:
        return f"Quote {self.quote_number}" if self.quote_number else f"{self.get_kind_display()} {self.pk}"

    @property
    def position(self) -> tuple[int, int, int]:
        """Where this state stands among all states of its quote: revision, status, time of sending."""
        return self.sequence, self.rank, self.quoter_timestamp


class RejectedWebhook(models.Model):
    """Webhooks that were not accepted: counted by reason and day, with the latest as a sample."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="rejected")
    day = models.DateField()
    reason = models.CharField(max_length=30)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())
    last_message = models.CharField(max_length=200, blank=True)
    last_size = models.PositiveIntegerField(default=0, help_text="Bytes of the latest body; the body is not kept.")

    class Meta:
        ordering = ["-day", "reason"]
        constraints = [
            models.UniqueConstraint(fields=["integration", "day", "reason"], name="rejections_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.reason} on {self.day}"
