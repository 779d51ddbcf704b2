"""`manage.py work`: the worker as the supervisor runs it."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.supervisor import end_with_the_supervisor


class Command(BaseCommand):
    """Run django-q's cluster, and end with the supervisor."""

    help = "Runs the worker for `serve`; by hand, use `qcluster`."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM, or until the supervisor is gone."""
        end_with_the_supervisor()
        call_command("qcluster")
