"""What may be created in Halo, and how an opportunity follows its quote: a part of the integration's settings."""

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models

from integrations.domain.policy import OpportunityValue

_PLAIN = (
    *("create_lead_instead", "lead_type"),
    *("opportunity_type", "opportunity_summary", "opportunity_value", "opportunity_target_days"),
    *("update_opportunity_value", "update_user_from_contact", "note_payments"),
)
STAGES = ("pending", "accepted", "lost")


def _percent(label: str) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(label, null=True, blank=True, validators=[MaxValueValidator(100)])


class OpportunityPolicy(models.Model):
    """Everything here is off until chosen."""

    create_missing_user = models.BooleanField(
        "Create the missing user",
        default=False,
        help_text="Where Halo has no user with the contact's e-mail: at the client with exactly the contact's "
        "organization, else at a new client. Several clients of that name wait for you.",
    )
    create_lead_instead = models.BooleanField(
        "Create a lead instead (unverified)",
        default=False,
        help_text="Where Halo has no user with the contact's e-mail: a lead with the contact's name, company and "
        "e-mail, and neither client nor user. The quote then waits until you have turned the lead into a user in "
        "Halo. Goes before creating the user. Nobody has tried it on a real Halo yet.",
    )
    lead_type = models.PositiveIntegerField(
        "Ticket type of new leads", null=True, blank=True, help_text="Halo ticket type id."
    )
    create_missing_opportunity = models.BooleanField(
        "Create the missing opportunity",
        default=False,
        help_text="Where the quote names none and the person has none open.",
    )
    opportunity_type = models.PositiveIntegerField(
        "Ticket type of new opportunities", null=True, blank=True, help_text="Halo ticket type id."
    )
    opportunity_summary = models.CharField(
        "Summary of new opportunities",
        max_length=150,
        default="{name}",
        help_text="{name}, {number} and {client} are filled in; [Quoter NUMBER] is added.",
    )
    opportunity_value = models.CharField(
        "Value of an opportunity",
        max_length=12,
        choices=[
            (OpportunityValue.UPFRONT.value, "the one-time total"),
            (OpportunityValue.FIRST_YEAR.value, "the one-time total and a year of the recurring ones"),
            (OpportunityValue.NONE.value, "left to Halo"),
        ],
        default=OpportunityValue.UPFRONT.value,
    )
    opportunity_target_days = models.PositiveSmallIntegerField(
        "Days to the target date", default=30, help_text="Used where the quote has no later expiry date."
    )
    update_opportunity_value = models.BooleanField(
        "Value follows the quote",
        default=False,
        help_text="A value that somebody has changed in Halo stays, with a warning.",
    )
    update_user_from_contact = models.BooleanField(
        "Phones and address follow the Quoter contact",
        default=False,
        help_text="When a linked contact changes in Quoter. Needs a webhook there that applies to People. What "
        "Quoter leaves empty stays; country and region belong to the site in Halo and are never changed.",
    )
    note_payments = models.BooleanField(
        "Note payments on the opportunity",
        default=False,
        help_text="As a private note. Needs a webhook in Quoter that applies to Payments.",
    )
    opportunity_status_pending = models.PositiveIntegerField(
        "Status when pending", null=True, blank=True, help_text="Halo ticket status id. Empty leaves it alone."
    )
    opportunity_status_accepted = models.PositiveIntegerField("Status when accepted", null=True, blank=True)
    opportunity_status_lost = models.PositiveIntegerField("Status when lost", null=True, blank=True)
    opportunity_probability_pending = _percent("Probability when pending, percent")
    opportunity_probability_accepted = _percent("Probability when accepted, percent")
    opportunity_probability_lost = _percent("Probability when lost, percent")

    class Meta:
        abstract = True

    def opportunity_policy(self) -> dict[str, Any]:
        """Return this part of the policy."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "create_missing_user": self.create_missing_user,
            "create_missing_opportunity": self.create_missing_opportunity,
            "opportunity_status": self._by_stage("opportunity_status"),
            "opportunity_probability": self._by_stage("opportunity_probability"),
        }

    def _by_stage(self, prefix: str) -> dict[str, int]:
        found = {stage: getattr(self, f"{prefix}_{stage}") for stage in STAGES}
        return {stage: value for stage, value in found.items() if value is not None}
