"""What shadow mode found: what the portal would have made of a quote, beside what Halo has."""

from django.db import models
from django.db.models import Q

from integrations.choices import ShadowVerdict
from integrations.models.attempts import SyncAttempt
from integrations.models.deliveries import WebhookDelivery
from integrations.models.integration import Integration
from integrations.models.links import QuoteLink


class ShadowFinding(models.Model):
    """The newest comparison of one quote. What it was made from is on its attempt."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="shadow_findings")
    link = models.OneToOneField(QuoteLink, on_delete=models.CASCADE, related_name="shadow_finding")
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="+")
    attempt = models.ForeignKey(SyncAttempt, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=12, choices=ShadowVerdict.choices)
    summary = models.TextField(blank=True)
    found_by = models.CharField("Found by", max_length=300, blank=True)
    halo_quote_id = models.PositiveBigIntegerField("Halo quote", null=True, blank=True)
    halo_quote = models.JSONField(null=True, blank=True, help_text="As Halo had it when it was compared.")
    candidates = models.JSONField(default=list, help_text="Ids of the Halo quotes that could be it.")
    chosen_quote_id = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Which of them it is, as a person said."
    )
    halo_order_id = models.PositiveBigIntegerField(null=True, blank=True)
    differences = models.JSONField(default=list, help_text="What differs: label, portal, halo, weighs.")
    would_do = models.JSONField(default=list, help_text="What the portal would have done, in sentences.")
    quoter_total = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    halo_total = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    compared_at = models.DateTimeField()
    looks = models.PositiveSmallIntegerField(default=0)
    look_again_at = models.DateTimeField(
        null=True, blank=True, help_text="The other connector may be slower than the portal."
    )

    class Meta:
        ordering = ["-compared_at", "-id"]
        verbose_name = "shadow comparison"
        indexes = [
            models.Index(fields=["integration", "verdict"], name="shadow_by_verdict"),
            models.Index(
                fields=["look_again_at"], condition=Q(look_again_at__isnull=False), name="shadow_look_again"
            ),
        ]

    def __str__(self) -> str:
        return f"Comparison of {self.link}"
