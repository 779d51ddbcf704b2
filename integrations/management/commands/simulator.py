"""Run the simulator: a Quoter and a Halo on this machine."""

import os
import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from integrations.simulator import Simulator, demo

RATE_LIMIT = 300
SCALEPAD_RATE_LIMIT, LEGACY_RATE_LIMIT = 50, 5


class Command(BaseCommand):
    """Serve the simulator until it is stopped."""

    help = "Serve a simulated Quoter and Halo on 127.0.0.1, for the demo and for trying things out."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options; each has an environment variable for secrets and service managers."""
        parser.add_argument("--port", type=int, default=int(_env("PORT", "8001")))
        parser.add_argument("--webhook-url", default=_env("WEBHOOK_URL"), help="SIMULATOR_WEBHOOK_URL")
        parser.add_argument("--hash-key", default=_env("HASH_KEY"), help="SIMULATOR_HASH_KEY")
        parser.add_argument("--client-secret", default=_env("CLIENT_SECRET"), help="SIMULATOR_CLIENT_SECRET")
        parser.add_argument("--api-key", default=_env("API_KEY"), help="Quoter's; SIMULATOR_API_KEY")
        parser.add_argument("--state", default=_env("STATE"), help="JSON file that survives a restart")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, fill an empty state with demo data, and serve."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, _stop)
        sim = Simulator(port=options["port"], state_file=options["state"] or None)
        sim.halo.rate_limit = RATE_LIMIT
        sim.quoter.rate_limit, sim.quoter.legacy_rate_limit = SCALEPAD_RATE_LIMIT, LEGACY_RATE_LIMIT
        sim.quoter.retry_scale = 1
        sim.quoter.webhook_url = options["webhook_url"]
        if options["hash_key"]:
            sim.quoter.hash_key = options["hash_key"]
        if options["api_key"]:
            sim.quoter.api_key = options["api_key"]
        if options["client_secret"]:
            sim.halo.credentials.client_secret = options["client_secret"]
        if not sim.loaded:
            demo.fill(sim)

        def ready() -> None:
            self.stdout.write(f"Quoter (simulator): {sim.url}/\nHalo (simulator):   {sim.halo_url}/")
            self.stdout.flush()

        sim.serve_forever(ready)
        self.stdout.write("Stopped.")


def _env(name: str, default: str = "") -> str:
    return os.environ.get(f"SIMULATOR_{name}", default)


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
