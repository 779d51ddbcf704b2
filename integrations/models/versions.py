"""The rules as they were when an attempt used them."""

import hashlib
import json
from typing import Any

from django.db import IntegrityError, models, transaction
from pydantic import ValidationError

from integrations.domain.policy import Rules
from integrations.domain.rules_diff import read_rules
from integrations.errors import SettingsError
from integrations.models.integration import Integration


class VersionsAreKept(TypeError):
    """A version was to be changed: what an attempt was made with would be told wrongly."""


class _Versions(models.QuerySet["SettingsVersion"]):
    def update(self, **values: Any) -> int:
        """Refuse: attempts name versions, so none may ever say something else."""
        raise VersionsAreKept("A settings version is never changed; a change makes a new one.")


class SettingsVersion(models.Model):
    """The rules as they were, mappings included, secrets never: an attempt names the version that it used.

    Written once and never changed.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    rules = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = _Versions.as_manager()

    class Meta:
        ordering = ["integration", "-number"]
        verbose_name = "settings version"
        constraints = [
            models.UniqueConstraint(fields=["integration", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["integration", "digest"], name="version_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.integration} settings {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it down the first time; later it is as it is."""
        if not self._state.adding:
            raise VersionsAreKept("A settings version is never changed; a change makes a new one.")
        super().save(*args, **kwargs)

    def as_rules(self) -> Rules:
        """Return the rules. Raises SettingsError where they hold a choice that this portal does not know."""
        try:
            return read_rules(self.rules)
        except ValidationError as exc:
            raise SettingsError(
                f"Version {self.number} of the settings holds a choice that this portal no longer knows.",
                hint="Use today's settings instead.",
                subject=f"settings version {self.number}",
            ) from exc

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
