"""`manage.py import_settings FILE`: create or update integrations from JSON."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.models.history import by_command
from integrations.transfer import SettingsRefused, import_settings


class Command(BaseCommand):
    """Read the file and say what was done."""

    help = "Creates or updates integrations from a JSON file, or from standard input with -. All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the argument."""
        parser.add_argument("file", help="Path of the file, or - for standard input.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import."""
        name = options["file"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
            document = json.loads(text)
        except OSError as exc:
            raise CommandError(f"{name} cannot be read: {exc.strerror}.") from exc
        except ValueError as exc:
            raise CommandError(f"{name} is no JSON: {exc}.") from exc
        try:
            with by_command("import_settings"):
                for sentence in import_settings(document):
                    self.stdout.write(sentence)
        except SettingsRefused as exc:
            raise CommandError(str(exc)) from exc
