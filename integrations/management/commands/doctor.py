"""`manage.py doctor [NAME] [--json]`: is everything in order that a quote's way depends on?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.lookup.checkups import checkup
from integrations.lookup.doctor import Report
from integrations.lookup.finding import Grade
from integrations.models import Integration
from integrations.sync.surroundings import Surroundings

_MARKS = {Grade.GOOD: "ok    ", Grade.UNSURE: "look  ", Grade.BAD: "REPAIR"}


class Command(BaseCommand):
    """Print a row for each thing; exit with 1 where one is red."""

    help = "Looks at sign-in, rights, statuses, product groups, webhooks, secrets and budget; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("name", nargs="?", help="Only the integration of this name.")
        parser.add_argument("--json", action="store_true", help="As JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print."""
        rows = Integration.objects.all()
        if options["name"]:
            rows = rows.filter(name=options["name"])
            if not rows:
                raise CommandError(f"There is no integration named “{options['name']}”.")
        reports = [(row, checkup(row, surroundings=Surroundings())) for row in rows]
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(*pair) for pair in reports], indent=2, ensure_ascii=False))
        else:
            for integration, report in reports:
                self._print(integration, report)
        if any(report.grade is Grade.BAD for _, report in reports):
            sys.exit(1)

    def _print(self, integration: Integration, report: Report) -> None:
        self.stdout.write(f"{integration}")
        for finding in report.findings:
            self.stdout.write(f"  {_MARKS[finding.grade]} {finding.title}: {finding.sentence}")
            if finding.way_out:
                self.stdout.write(f"         {finding.way_out}")


def _as_json(integration: Integration, report: Report) -> dict[str, Any]:
    return {
        "integration": integration.name,
        "grade": report.grade,
        "at": report.at.isoformat(timespec="seconds"),
        "findings": [asdict(finding) for finding in report.findings],
    }
