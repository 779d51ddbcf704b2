"""`manage.py prune [--dry-run]`: delete what is older than the settings keep."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from integrations.sync.retention import count_due, run


class Command(BaseCommand):
    """Do now what is done each night."""

    help = "Deletes texts, details and summaries that are older than the settings keep; runs each night by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("--dry-run", action="store_true", help="Only count.")
        parser.add_argument(
            "--minutes", type=float, default=60.0, help="Stop after so long; the next run goes on."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune, and print the counts."""
        texts, years = settings.KEEP_TEXTS_DAYS, settings.KEEP_HISTORY_YEARS
        self.stdout.write(
            f"Texts are kept {f'{texts} days' if texts else 'for ever'}, "
            f"summaries {f'{years:g} years' if years else 'for ever'}."
        )
        now, finished = timezone.now(), True
        if options["dry_run"]:
            counts = count_due(now=now)
        else:
            counts, finished = run(now=now, seconds=options["minutes"] * 60)
        for label, count in counts.items():
            self.stdout.write(f"{count:>9,} {label}")
        if not counts:
            self.stdout.write("Nothing is old enough." if finished else "Another run is under way.")
        elif not finished:
            self.stdout.write("There is more; run it again.")
