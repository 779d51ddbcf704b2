"""Planning many quotes without writing: the preview of a replay, and "what would these settings have done?"."""

from django.conf import settings
from django.db import models

from integrations.models.attempts import SyncAttempt
from integrations.models.deliveries import WebhookDelivery
from integrations.models.versions import SettingsVersion


class Rehearsal(models.Model):
    """One run of the planner over stored deliveries, in the background.

    running → done → replayed      (the preview of a replay that somebody then carried out)
       └────→ stopped              (by a person; what was looked at stays)
    """

    class Purpose(models.TextChoices):
        """What it is for."""

        REPLAY = "replay", "Replay"
        WHAT_IF = "what_if", "What if"

    class Using(models.TextChoices):
        """Which settings the planner is given."""

        TODAY = "today", "today's settings"
        THEN = "then", "the settings of then"
        VERSION = "version", "an earlier version"

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        REPLAYED = "replayed", "Replayed"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    using = models.CharField(max_length=10, choices=Using.choices, default=Using.TODAY)
    version = models.ForeignKey(SettingsVersion, on_delete=models.SET_NULL, null=True, blank=True)
    question = models.CharField(max_length=300, help_text="Which quotes, in words.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    note = models.CharField(max_length=300, blank=True, help_text="Why it waits, while it does.")
    warnings = models.JSONField(default=list, help_text="What those settings name and Halo no longer has.")
    warned_at = models.DateTimeField(null=True, blank=True, help_text="When Halo was asked about that.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "rehearsal"
        verbose_name_plural = "replays and what-ifs"

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"


class RehearsedQuote(models.Model):
    """What the planner said of one delivery."""

    class Verdict(models.TextChoices):
        """The answer in two words; which of them can come depends on the rehearsal's purpose."""

        PENDING = "pending", "Not looked at yet"
        # A replay
        WRITES = "writes", "Would write"
        NOTHING = "nothing", "Nothing to write"
        SUPERSEDED = "superseded", "A newer state counts"
        NO_QUOTE = "no_quote", "Is no quote"
        # What if
        SAME = "same", "The same"
        DIFFERS = "differs", "Differs"
        PASSES = "passes", "Would go through"
        NO_PLAN = "no_plan", "Nothing to compare with"
        UNANSWERED = "unanswered", "Halo has to be asked"
        # Both
        WAITS = "waits", "Would need a decision"
        FAILED = "failed", "Could not be looked at"

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.CASCADE, related_name="quotes")
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="+")
    attempt = models.ForeignKey(
        SyncAttempt,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The attempt whose plan it was compared with.",
    )
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.PENDING)
    ask_halo = models.BooleanField(default=False, help_text="Look at Halo as it is now, not as it was then.")
    summary = models.TextField(blank=True)
    changes = models.JSONField(default=list, help_text="What differs: label, then, now.")
    writes = models.JSONField(default=list, help_text="What would be written, in sentences.")
    skipped = models.JSONField(default=list, help_text="What is there already and is not made again.")
    counts = models.JSONField(default=dict, help_text="What would be written, counted by kind.")
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["rehearsal", "id"]
        verbose_name = "rehearsed quote"
        constraints = [models.UniqueConstraint(fields=["rehearsal", "delivery"], name="delivery_rehearsed_once")]
        indexes = [models.Index(fields=["rehearsal", "verdict"], name="rehearsed_by_verdict")]

    def __str__(self) -> str:
        return str(self.delivery)
