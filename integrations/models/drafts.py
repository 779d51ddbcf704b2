"""Quotes that staff started from the portal: what ties a draft in Quoter to its user and opportunity."""

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration
from integrations.models.links import QuoteLink


class StartedQuote(models.Model):
    """One draft that the portal made in Quoter; on record before it is asked for.

    asked → made, or unknown where Quoter's answer was lost; then Quoter is looked at before it is asked again.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        MADE = "made", "Made"
        UNKNOWN = "unknown", "Answer lost"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="started_quotes")
    ref = models.CharField(max_length=40, unique=True, help_text="Stands in the draft's notes and on no other.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    email = models.CharField(max_length=300, help_text="The contact's, in the form in which it is compared.")
    halo_user_id = models.PositiveBigIntegerField()
    halo_user_name = models.CharField(max_length=300, blank=True)
    halo_opportunity_id = models.PositiveBigIntegerField()
    opportunity_summary = models.CharField(max_length=300, blank=True)
    template_title = models.CharField(max_length=300, blank=True)
    quoter_id = models.CharField(max_length=100, blank=True)
    quoter_uuid = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=500, blank=True)
    marked = models.BooleanField(default=True, help_text="The draft's notes name the opportunity.")
    link = models.ForeignKey(
        QuoteLink,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="started",
        help_text="Once it came.",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["integration", "email"], name="started_by_email")]

    def __str__(self) -> str:
        return f"Draft for {self.halo_user_name} on opportunity #{self.halo_opportunity_id}"


class NewOpportunity(models.Model):
    """One opportunity that staff asked for on a person's page; on record before Halo is asked for it.

    asked → made, or unknown where Halo's answer was lost; then Halo is looked at before it is asked again.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        MADE = "made", "Made"
        UNKNOWN = "unknown", "Answer lost"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="new_opportunities")
    ref = models.CharField(
        max_length=40, unique=True, help_text="The form's own: a second press makes no second one."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    halo_user_id = models.PositiveBigIntegerField()
    halo_type_id = models.PositiveBigIntegerField()
    summary = models.CharField(max_length=300)
    halo_opportunity_id = models.PositiveBigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        number = f"#{self.halo_opportunity_id} " if self.halo_opportunity_id else ""
        return f"Opportunity {number}{self.summary}"

    @property
    def marker(self) -> str:
        """What the opportunity carries in Halo, so that it is found again."""
        return f"[Portal {self.ref}]"
