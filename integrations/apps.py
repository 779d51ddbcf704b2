"""The Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IntegrationsConfig(AppConfig):
    """Registers the checks, the record of settings, the sweep's schedule and the roles."""

    name = "integrations"
    verbose_name = "Quotes"

    def ready(self) -> None:
        """Register the system checks, and the schedule on every migrated database."""
        from integrations import checks  # noqa: F401  importing registers them
        from integrations.models.history import watch_all
        from integrations.models.roles import ensure_roles
        from integrations.sync.tasks import each_minute, ensure_schedule

        watch_all()

        def ensure_rounds(**kwargs: object) -> None:
            each_minute("rounds", "integrations.watch.rounds.make_rounds", log=False)
            each_minute("doctor", "integrations.lookup.checkups.look_where_due", log=False)

        post_migrate.connect(ensure_rounds, sender=self, dispatch_uid="rounds schedule", weak=False)
        post_migrate.connect(ensure_schedule, sender=self, dispatch_uid="sweep schedule")
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="roles")
