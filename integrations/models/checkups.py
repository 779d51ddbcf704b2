"""What the doctor found the last time it looked by itself."""

from django.db import models

from integrations.models.integration import Integration


class Checkup(models.Model):
    """The last findings for one integration, and who is looking just now."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="checkup")
    examined_at = models.DateTimeField(null=True, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    findings = models.JSONField(default=list, help_text="Title, grade, sentence, way_out and field of each.")
    claimed_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Checkup of {self.integration}"
