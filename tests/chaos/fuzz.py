"""The receiver of a real web server against malformed webhooks: no error, bounded rows, flat memory."""

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path
from random import Random

import psutil

from tests.inbox.malformed import KEY as HASH_KEY
from tests.inbox.malformed import body
from tests.system.stack import KEY, ROOT, free_port

_THREADS = 3
_GROWTH_MB = 30
_WARM_AFTER = 10_000
_REASONS = 10


def fuzz(count: int, *, seed: int) -> int:
    """Send so many bodies; return 1 on a server error, unbounded rows or growing memory."""
    with tempfile.TemporaryDirectory(prefix="chaos-fuzz-") as name:
        folder, port = Path(name), free_port()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "tests-only",
            "FIELD_ENCRYPTION_KEYS": KEY,
            "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{folder / 'portal.sqlite3'}"),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "LOG_LEVEL": "ERROR",
        }
        endpoint = _prepare()
        with (folder / "log").open("wb") as log:
            command = ["gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
            server = subprocess.Popen(
                [sys.executable, "-m", *command, "--threads", "8", "--no-control-socket"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        try:
            _wait(port)
            return _report(_Run(port, f"/webhooks/quoter/{endpoint}/", server.pid, count, seed))
        finally:
            server.terminate()
            server.wait(30)


def _prepare() -> str:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from integrations.models import Integration

    made = Integration.objects.create(name="Fuzzed", quoter_hash_key=HASH_KEY)
    return str(made.endpoint)


def _wait(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()  # noqa: S310
            return
        except OSError:
            time.sleep(0.2)


class _Run:
    """All bodies, sent from a few threads."""

    def __init__(self, port: int, path: str, pid: int, count: int, seed: int) -> None:
        self.answers: Counter[object] = Counter()
        self.failures: list[str] = []
        self.memory_mb: list[float] = []
        self.start = time.monotonic()
        self._port, self._path, self._process = port, path, psutil.Process(pid)
        self._lock = threading.Lock()
        share = count // _THREADS + 1
        threads = [threading.Thread(target=self._send, args=(seed * 1_000 + n, share)) for n in range(_THREADS)]
        for thread in threads:
            thread.start()
        done = 0
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.2)
            if sum(self.answers.values()) * 10 // count > done:
                done = sum(self.answers.values()) * 10 // count
                self.memory_mb.append(self._memory())
        self.seconds = time.monotonic() - self.start

    def _memory(self) -> float:
        return sum(child.memory_info().rss for child in self._process.children()) / 2**20

    def _send(self, seed: int, count: int) -> None:
        for number in range(count):
            # The seed of one body tells it again.
            one = seed * 10**9 + number
            status: object
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", self._path, body=body(Random(one)), headers=headers)
                status = connection.getresponse().status
                connection.close()
            except (OSError, http.client.HTTPException) as exc:
                status = type(exc).__name__
            with self._lock:
                self.answers[status] += 1
                if status not in (200, 400, 403, 413):
                    self.failures.append(f"{status} for body {one}")


def _report(run: _Run) -> int:
    from django_q.models import OrmQ

    from integrations.models import RejectedWebhook, WebhookDelivery

    rows, queued, rejected = (model.objects.count() for model in (WebhookDelivery, OrmQ, RejectedWebhook))
    # Eight threads' memory pools fill with the largest bodies first.
    warm = max(run.memory_mb[:3], default=0.0)
    grown = run.memory_mb[-1] - warm if sum(run.answers.values()) >= _WARM_AFTER else 0.0
    bad = [*run.failures[:20]]
    if rows > run.answers[200] or queued > rows or rejected > _REASONS:
        bad.append("rows are not bounded")
    if grown > _GROWTH_MB:
        bad.append("memory grows")
    print(f"bodies                {sum(run.answers.values()):,} in {run.seconds:.0f} s")
    print(f"answers               {dict(sorted(run.answers.items(), key=str))}")
    print(f"rows                  {rows:,} deliveries, {queued:,} queued, {rejected} of rejections")
    print(f"memory of the server  {' '.join(f'{mb:.0f}' for mb in run.memory_mb)} MB at each tenth")
    for text in bad:
        print(f"! {text}")
    return 1 if bad else 0
