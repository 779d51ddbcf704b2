"""The Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IntegrationsConfig(AppConfig):
    """Registers the checks and the sweep's schedule."""

    name = "integrations"
    verbose_name = "Quotes"

    def ready(self) -> None:
        """Register the system checks, and the schedule on every migrated database."""
        from integrations import checks  # noqa: F401  importing registers them
        from integrations.sync.tasks import ensure_schedule

        post_migrate.connect(ensure_schedule, sender=self, dispatch_uid="sweep schedule")
