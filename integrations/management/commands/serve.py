"""`manage.py serve`: the web server and the worker under one supervisor."""

import logging
import os
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from integrations.management.sample import make_sample, simulator_environment
from integrations.sync.claim import WORKER_VARIABLE
from integrations.sync.heartbeat import WORKER_LATE_S, last_beat
from integrations.sync.sweep import sweep, take_over
from integrations.sync.tasks import ask_for_beat
from integrations.watch.rounds import make_rounds
from portal.supervisor import Child, Supervisor

logger = logging.getLogger(__name__)

_SWEEP_EVERY_S = 3.0
_ROUNDS_EVERY_S = 60.0


class Command(BaseCommand):
    """Run the portal until it is stopped."""

    help = "Runs the web server and the worker, restarts what dies or hangs, and stops cleanly on SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("--bind", default="127.0.0.1:8000", help="Address of the web server.")
        parser.add_argument("--web-workers", type=int, default=1, help="Processes; 1 is best on SQLite.")
        parser.add_argument("--threads", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        """Build the children and look after them."""
        manage = [sys.executable, sys.argv[0]]
        worker = f"{socket.gethostname()}-{os.getpid()}"
        web = [sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--bind", options["bind"]]
        web += ["--worker-class", "gthread", "--workers", str(options["web_workers"])]
        web += ["--threads", str(options["threads"]), "--no-control-socket", "--graceful-timeout", "20"]
        children = [
            Child("web", web),
            Child(
                "worker",
                [*manage, "work"],
                is_hung=_worker_is_hung,
                before_start=lambda: _take_up_the_work_of(worker),
                environment={WORKER_VARIABLE: worker},
            ),
        ]
        if settings.SIMULATOR:
            environment = simulator_environment(make_sample())
            children.append(Child("simulator", [*manage, "simulator"], environment=environment))
        Supervisor(children, tick=Doorman().tick).run()


def _take_up_the_work_of(worker: str) -> None:
    """Let the new worker begin with what the one before it left."""
    try:
        close_old_connections()
        take_over(worker, now=timezone.now())
    except DatabaseError as exc:
        logger.warning("the database does not answer: %s", type(exc).__name__)


def _worker_is_hung(running_s: float) -> bool:
    limit = settings.WORKER_HUNG_AFTER_S
    if running_s < limit:
        return False
    try:
        seen = last_beat()
    except DatabaseError:
        return False  # without a database no worker can show itself
    return seen is None or (timezone.now() - seen).total_seconds() > limit


def _worker_is_late() -> bool:
    seen = last_beat()
    return seen is not None and (timezone.now() - seen).total_seconds() > WORKER_LATE_S


def _make_rounds() -> None:
    try:
        make_rounds()
    except DatabaseError as exc:
        logger.warning("the database does not answer: %s", type(exc).__name__)
    finally:
        connection.close()


class Doorman:
    """Revives and rings what is due between the worker's minutely sweeps, and asks it for a sign of life."""

    def __init__(self) -> None:
        self._sweep_at = self._ask_at = self._rounds_at = 0.0

    def tick(self) -> None:
        """Do what is due now; a database that is away is no reason to stop."""
        now = time.monotonic()
        if now < self._sweep_at:
            return
        self._sweep_at = now + _SWEEP_EVERY_S
        try:
            close_old_connections()
            sweep(now=timezone.now())
            if now >= self._rounds_at and _worker_is_late():
                # Nobody else would tell: in a thread, so that a slow mail server does not keep from the children.
                self._rounds_at = now + _ROUNDS_EVERY_S
                threading.Thread(target=_make_rounds, name="rounds", daemon=True).start()
            if now >= self._ask_at:
                ask_for_beat()
                self._ask_at = now + settings.WORKER_HUNG_AFTER_S / 5
        except DatabaseError as exc:
            logger.warning("the database does not answer: %s", type(exc).__name__)
