"""The Django application."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Registers checks; nothing else happens at start."""

    name = "integrations"
    verbose_name = "Quotes"

    def ready(self) -> None:
        """Register the system checks."""
        from integrations import checks  # noqa: F401  importing registers them
