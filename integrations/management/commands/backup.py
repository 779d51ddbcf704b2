"""`manage.py backup FILE`: a copy of the database while the portal runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from portal.backup import NotBackedUp, back_up


class Command(BaseCommand):
    """Copy the database to a new file."""

    help = "Copies the database to a new file while the portal runs: SQLite as a file, PostgreSQL by pg_dump."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the argument."""
        parser.add_argument("file", type=Path, help="A file that does not exist yet.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Copy, and say what else has to be kept."""
        target: Path = options["file"]
        try:
            size = back_up(connection.settings_dict, target)
        except NotBackedUp as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{target}: {size:,} bytes.")
        self.stdout.write(
            "Keep FIELD_ENCRYPTION_KEYS and SECRET_KEY as well, in another place: without the first the stored "
            "credentials cannot be read. How to restore is in docs/backup.md."
        )
