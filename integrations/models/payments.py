"""Payments that Quoter has told of."""

from django.db import models

from integrations.models.deliveries import WebhookDelivery
from integrations.models.integration import Integration


class PaymentReceived(models.Model):
    """One payment; shown on its quote's page, and noted in Halo where the policy says so."""

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="payments")
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="payments")
    payment_id = models.CharField(max_length=100)
    quote_number = models.CharField(max_length=50, blank=True, db_index=True)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=10, blank=True)
    method = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=100, blank=True)
    paid_at = models.CharField(max_length=100, blank=True, help_text="As Quoter wrote it.")
    noted_on = models.PositiveBigIntegerField(null=True, blank=True, help_text="The Halo opportunity noted on.")

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "payments received"
        constraints = [models.UniqueConstraint(fields=["integration", "payment_id"], name="payment_kept_once")]

    def __str__(self) -> str:
        return f"Payment {self.payment_id}"
