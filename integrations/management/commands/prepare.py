"""`manage.py prepare`: what has to be done before the portal can be started, each time or once."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from integrations.management.sample import make_sample

FIRST_USER = "admin"


class Command(BaseCommand):
    """Bring the database and the static files up to date; make the first user and the sample."""

    help = "Migrates, collects static files, makes the first staff user and, with SIMULATOR on, the sample."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what is not done yet and say how to go on."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.SIMULATOR:
            make_sample()
        password = self._first_user()
        portal = settings.PUBLIC_URL or "the portal's address"
        self.stdout.write("")
        self.stdout.write(f"  Portal      {portal}/")
        if settings.SIMULATOR:
            self.stdout.write(f"  Simulator   {settings.SIMULATOR_URL}/       (Quoter)")
            self.stdout.write(f"              {settings.SIMULATOR_URL}/halo/  (Halo)")
        if password:
            self.stdout.write(f"  Log in as   {FIRST_USER}, password {password}   (shown this once)")
        else:
            self.stdout.write(
                f"  Log in as   {FIRST_USER}; forgotten: .venv/bin/python manage.py changepassword {FIRST_USER}"
            )
        self.stdout.write("")
        if settings.SIMULATOR:
            self.stdout.write(
                "Next: log in to the portal, then press Publish on the simulator's page and watch Quotes."
            )
        else:
            self.stdout.write("Next: log in and add an integration under Settings.")
        self.stdout.write("Ctrl-C stops everything.\n")

    def _first_user(self) -> str:
        """Make the first staff user and return the password; return "" where there are users already."""
        users = get_user_model().objects
        if users.exists():
            return ""
        password = secrets.token_urlsafe(12)
        users.create_superuser(FIRST_USER, password=password)
        return password
