"""`manage.py export_settings`: integrations as JSON, without secrets."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from integrations.transfer import export_settings


class Command(BaseCommand):
    """Print the settings."""

    help = "Prints all integrations as JSON in the shape that import_settings reads. Secrets are left out."

    def handle(self, *args: Any, **options: Any) -> None:
        """Export."""
        self.stdout.write(json.dumps(export_settings(), indent=2, ensure_ascii=False))
