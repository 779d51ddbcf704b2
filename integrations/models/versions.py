"""The rules as they were when an attempt used them."""

import hashlib
import json
from typing import Any

from django.db import IntegrityError, models, transaction

from integrations.domain.policy import Rules
from integrations.models.integration import Integration


class SettingsVersion(models.Model):
    """The rules as they were: an attempt names the version that it used."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    rules = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["integration", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["integration", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["integration", "digest"], name="version_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.integration} settings {self.number}"

    @classmethod
    def of(cls, integration: Integration, rules: Rules) -> "SettingsVersion":
        """Return the version with this content, made on first use: no way of editing can slip past it."""
        content: dict[str, Any] = rules.model_dump(mode="json")
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        while True:
            found = cls.objects.filter(integration=integration, digest=digest).first()
            if found is not None:
                return found
            newest = cls.objects.filter(integration=integration).order_by("-number").first()
            try:
                with transaction.atomic():
                    return cls.objects.create(
                        integration=integration,
                        number=newest.number + 1 if newest else 1,
                        digest=digest,
                        rules=content,
                    )
            except IntegrityError:  # another process was first with this number or this content
                continue
