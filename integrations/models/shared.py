"""Rows that all processes share: the access token, the budget of requests, the heartbeat."""

from django.db import models

from integrations.models.fields import SecretField
from integrations.models.integration import Integration


class HaloToken(models.Model):
    """The one access token of an integration, and who is fetching the next."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="token")
    value = SecretField()
    expires_at = models.FloatField(default=0, help_text="Seconds since 1970.")
    claimed_until = models.FloatField(default=0, help_text="Until then one process is fetching a new one.")

    def __str__(self) -> str:
        return f"Token of {self.integration}"


class RequestBudget(models.Model):
    """The budget of requests to one Halo tenant; also the lock under which it is spent."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="budget")
    blocked_until = models.FloatField(default=0, help_text="Seconds since 1970; set when Halo asks for a pause.")
    refused_at = models.FloatField(default=0, help_text="When Halo last asked for fewer; seconds since 1970.")
    refusals = models.PositiveIntegerField(default=0, help_text="How often Halo has asked for fewer.")

    def __str__(self) -> str:
        return f"Budget of {self.integration}"


class RequestsSpent(models.Model):
    """The ledger: how many requests went out in one short slot of time, by lane and purpose."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="requests_spent")
    slot = models.BigIntegerField(help_text="Start of the slot, in seconds since 1970.")
    lane = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-slot"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "slot", "lane", "purpose"], name="requests_counted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} requests ({self.lane})"


class Claim(models.Model):
    """The right to do one thing at a time; it lapses by itself when its holder dies."""

    key = models.CharField(max_length=400, primary_key=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%H:%M:%S}"


class Heartbeat(models.Model):
    """When a part of the portal was last seen at work."""

    name = models.CharField(max_length=50, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%H:%M:%S}"
