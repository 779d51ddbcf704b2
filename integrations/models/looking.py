"""Looking for what no webhook told: a part of the integration's settings, and how far the look has come."""

from django.core.validators import MaxValueValidator
from django.db import models


class LooksForMissed(models.Model):
    """What the portal asks Quoter's API for by itself."""

    recover_missed = models.BooleanField(
        "Look for missed webhooks",
        default=True,
        help_text="Quoter repeats a failed webhook a few times and then never. Every 15 minutes the portal asks "
        "Quoter's API what has changed, and takes up what no webhook told it. Needs a key for Quoter's API.",
    )
    recover_without_status = models.BooleanField(
        "Take quotes whose status Quoter's API does not tell as pending",
        default=False,
        help_text="Only where the section Webhooks seen says that statuses cannot be read. Off: such quotes are "
        "listed there, to be sent again from Quoter.",
    )
    silence_hours = models.PositiveSmallIntegerField(
        "Report silent webhooks after",
        null=True,
        blank=True,
        default=4,
        validators=[MaxValueValidator(200)],
        help_text="Business hours (Monday to Friday, 8 to 18 in the portal's time zone) in which a quote changed "
        "in Quoter and no webhook at all came. Empty: never.",
    )

    class Meta:
        abstract = True
