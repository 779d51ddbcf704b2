"""How far the look for missed webhooks has come."""

from django.db import models

from integrations.models.integration import Integration


class Recovery(models.Model):
    """The look at what changed in Quoter: how far it has come, and what the newest one found."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="recovery")
    began_at = models.DateTimeField(null=True, blank=True, help_text="Nothing that changed before is taken up.")
    looked_until = models.DateTimeField(
        null=True, blank=True, help_text="Everything that changed in Quoter before it has been compared."
    )
    looked_since = models.DateTimeField(null=True, blank=True, help_text="Where the newest look began.")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When the newest whole look ended.")
    tried_at = models.DateTimeField(null=True, blank=True, help_text="When the newest look began, whole or not.")
    claimed_until = models.DateTimeField(null=True, blank=True)
    to_be_continued = models.BooleanField(default=False, help_text="The newest look stopped in the middle.")
    changed = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    recovered = models.PositiveIntegerField(default=0)
    recovered_ever = models.PositiveIntegerField(default=0)
    missing = models.JSONField(
        default=list, blank=True, help_text="Changed quotes that no webhook told of and the API cannot replace."
    )
    unanswered_since = models.DateTimeField(
        null=True, blank=True, help_text="The first change in Quoter after the newest webhook of any kind."
    )
    unanswered = models.PositiveIntegerField(default=0, help_text="How many quotes have changed since.")
    last_error = models.TextField(blank=True)
    last_hint = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Look at Quoter for {self.integration}"
