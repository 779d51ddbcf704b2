"""Every try at every delivery: written before the work begins, closed after it, never rewritten."""

from django.conf import settings
from django.db import models

from integrations.choices import IntentState, Outcome, Stage, Trigger
from integrations.models.deliveries import WebhookDelivery
from integrations.models.integration import Integration
from integrations.models.links import QuoteLink
from integrations.models.versions import SettingsVersion


class SyncAttempt(models.Model):
    """One try at one delivery: who or what triggered it, its outcome, its plan.

    running → succeeded | unchanged | superseded | ignored | needs_attention | failed | retrying | errored
    """

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    trigger = models.CharField(max_length=20, choices=Trigger.choices)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField()
    summary = models.TextField(blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    plan = models.JSONField(null=True, blank=True)
    halo_ids = models.CharField(max_length=500, blank=True, help_text="Halo ids it dealt with, for searching.")
    task_id = models.CharField("django-q task", max_length=32, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    settings_version = models.ForeignKey(SettingsVersion, on_delete=models.SET_NULL, null=True, blank=True)
    chosen_version = models.BooleanField(
        default=False, help_text="Somebody chose that version for this attempt; else it was the one of the day."
    )
    portal_version = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = "attempt"
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once")]
        indexes = [
            models.Index(fields=["-started_at"], name="attempt_recent"),
            models.Index(fields=["outcome", "-started_at"], name="attempt_by_outcome"),
            models.Index(fields=["trigger", "-started_at"], name="attempt_by_trigger"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery}, attempt {self.number}"


class AttemptInputs(models.Model):
    """What an attempt's plan was made from beside the webhook's text: what Halo had, what was known.

    With it the planner can be asked again, with other settings and without Halo. Kept as long as the calls are.
    """

    attempt = models.OneToOneField(SyncAttempt, on_delete=models.CASCADE, related_name="inputs")
    content = models.JSONField(help_text="See `domain.replanning.PlanInputs`.")
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"What {self.attempt} was planned from"


class SyncStep(models.Model):
    """One stage of an attempt."""

    class Result(models.TextChoices):
        """How the stage went."""

        RUNNING = "running", "Running"
        OK = "ok", "Done"
        ATTENTION = "attention", "Needs a person"
        FAILED = "failed", "Failed"

    attempt = models.ForeignKey(SyncAttempt, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=10, choices=Stage.choices)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.RUNNING)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    summary = models.TextField(blank=True)
    facts = models.JSONField(default=list, help_text="What was found or done, as label and text pairs.")

    class Meta:
        ordering = ["attempt", "number"]
        constraints = [models.UniqueConstraint(fields=["attempt", "number"], name="step_number_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.get_stage_display()}"


class RemoteCall(models.Model):
    """One request to a remote system and its answer, without secrets."""

    step = models.ForeignKey(SyncStep, on_delete=models.CASCADE, related_name="calls")
    number = models.PositiveIntegerField()
    method = models.CharField(max_length=10)
    url = models.TextField()
    sent = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    received = models.TextField(blank=True)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    error = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["step", "number"]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class WriteIntent(models.Model):
    """A write to Halo, on record before it is sent: see `choices.IntentState` for its life.

    Only one write with a key can be open at a time, whichever process or quote wants it: two quotes that
    need the same new product cannot both create it.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="intents")
    key = models.CharField(max_length=500)
    attempt = models.ForeignKey(SyncAttempt, on_delete=models.CASCADE, related_name="intents")
    link = models.ForeignKey(QuoteLink, on_delete=models.CASCADE, null=True, blank=True, related_name="intents")
    state = models.CharField(max_length=10, choices=IntentState.choices, default=IntentState.OPEN)
    created_at = models.DateTimeField()
    settles_at = models.DateTimeField(help_text="From then on the request can no longer take effect.")
    halo_id = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "key"],
                condition=models.Q(state__in=[IntentState.OPEN, IntentState.UNKNOWN]),
                name="one_open_write_per_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.get_state_display()})"
