"""`bin/bench drain`: person search by real HTTP while a real worker syncs 500 quotes, on this database.

The budget is set high: what is measured is how the parts share the machine and the database. How long Halo's
own limit would make it is printed beside it.
"""

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django
from django.test.utils import setup_databases, teardown_databases

from tests.bench.search import QUERIES

QUOTES = int(os.environ.get("QUOTES", "500"))
USERS = int(os.environ.get("USERS", "50000"))
PAUSE_S = 0.2
MUST_STAY_UNDER_S = 1.0
GIVE_UP_S = 1_800


def main() -> None:
    """Fill, start, measure, print."""
    django.setup()
    from django.db import connection

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        measure(connection.vendor)
    finally:
        connection.close()
        teardown_databases(databases, verbosity=0)


def measure(vendor: str) -> None:
    """Print how long searches take while the queue drains, and how long it drains."""
    from integrations.choices import State
    from integrations.models import WebhookDelivery
    from integrations.simulator import Simulator

    with Simulator() as simulator, server() as url:
        cookie, integration = arrange(simulator)
        calm = [search(url, cookie, query) for query in QUERIES]
        show(vendor, "search, nothing else", calm)
        receive(simulator, integration)
        start, busy = time.monotonic(), []
        with process("manage.py", "qcluster"):
            while (left := WebhookDelivery.objects.exclude(state__in=WebhookDelivery.final).count()) > 0:
                busy.append(search(url, cookie, QUERIES[len(busy) % len(QUERIES)]))
                time.sleep(PAUSE_S)
                if time.monotonic() - start > GIVE_UP_S:
                    sys.exit(f"{vendor}: {left} quotes are left after {GIVE_UP_S} s")
        took = time.monotonic() - start
        through = WebhookDelivery.objects.filter(state=State.SUCCEEDED).count()
        show(vendor, f"search, {QUOTES} quotes at work", busy)
        print(f"{vendor}: {through} of {QUOTES} succeeded in {took:.0f} s, {QUOTES / took:.1f} quotes a second")
        at_limit(vendor, integration)
        if max(busy) >= MUST_STAY_UNDER_S or through != QUOTES:
            sys.exit(f"{vendor}: searches have to stay under {MUST_STAY_UNDER_S:g} s, and all quotes succeed")


def at_limit(vendor: str, integration: object) -> None:
    """Print how long Halo's usual limit makes it."""
    from django.utils import timezone

    from integrations.connect.budget import Lane, allowed
    from integrations.models import Integration
    from integrations.watch.ledger import requests_a_quote, seconds_to_empty

    assert isinstance(integration, Integration)
    each = requests_a_quote(integration, timezone.now()) or 0.0
    integration.halo_request_limit = 300
    top = allowed(integration, Lane.PUBLICATION)
    seconds = seconds_to_empty(QUOTES, a_quote=each, top=top, used=0, blocked_s=0, took_s=0)
    print(f"{vendor}: {each:.1f} requests a quote: with Halo's 300 in five minutes about {seconds / 60:.0f} min")


def arrange(simulator: object) -> tuple[str, object]:
    """Make an integration with a copy of many people and products, and somebody who searches."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from integrations.models import Integration
    from integrations.simulator import Simulator
    from integrations.sync import catalog, directory
    from integrations.sync.surroundings import Surroundings
    from tests.bench.people import fill

    assert isinstance(simulator, Simulator)
    fill(simulator, clients=USERS // 10, users=USERS)
    credentials, group = simulator.halo.credentials, simulator.halo.add_group("Other")
    integration = Integration.objects.create(
        name="Bench",
        halo_url=simulator.halo_url,
        halo_tenant=credentials.tenant,
        halo_client_id=credentials.client_id,
        halo_client_secret=credentials.client_secret,
        quoter_hash_key=simulator.quoter.hash_key,
        default_product_group=group["id"],
        halo_request_limit=100_000,
    )
    for number in range(200):
        simulator.halo.add_item(f"Item {number}", f"S{number}", assetgroup_id=group["id"])
    for copy in (catalog, directory):
        while (said := copy.refresh(integration, surroundings=Surroundings())) != "complete":
            assert said == "to be continued", said
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("bench", password="bench"))
    return client.cookies["sessionid"].value, integration


def receive(simulator: object, integration: object) -> None:
    """Have Quoter's webhooks of many quotes accepted, each on an opportunity of its own."""
    from integrations.models import Integration
    from integrations.simulator import Simulator
    from tests.portal import Portal, line

    assert isinstance(simulator, Simulator) and isinstance(integration, Integration)
    portal = Portal(integration, simulator)
    user = portal.add_person()
    for number in range(QUOTES):
        opportunity = simulator.halo.add_opportunity(user["id"], f"Opportunity {number}")
        lines = [line(f"Item {n % 200}", sku=f"S{n % 200}") for n in range(number, number + 8)]
        portal.receive(portal.publish(lines, notes=f"[Halo #{opportunity['id']}]"))


def search(url: str, cookie: str, query: str) -> float:
    """Return the seconds of one search."""
    from urllib.parse import quote

    address, headers = f"{url}/people/search/?q={quote(query)}", {"Cookie": f"sessionid={cookie}"}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  our own server
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        body = answer.read()
    assert answer.status == 200 and b"login" not in body[:200]
    return time.perf_counter() - start


def show(vendor: str, what: str, times: list[float]) -> None:
    """Print the figures in milliseconds."""
    ordered = sorted(times)
    p50, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    figures = f"p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, max {ordered[-1] * 1000:.0f} ms"
    print(f"{vendor}: {what}: {len(times)} × {figures}", flush=True)


@contextmanager
def process(*words: str) -> Iterator[None]:
    """Run a process on the bench's database until the block ends."""
    from tests.database import database_url

    environment = {**os.environ, "DATABASE_URL": database_url(), "SECURE_SSL_REDIRECT": "off"}
    running = subprocess.Popen([sys.executable, *words], env=environment)
    try:
        yield
    finally:
        running.terminate()
        running.wait(60)


@contextmanager
def server() -> Iterator[str]:
    """Run the web server as in production."""
    from tests.system.stack import free_port

    port = free_port()
    gunicorn = ("-m", "gunicorn", "portal.wsgi:application", "--worker-class", "gthread", "--threads", "8")
    with process(*gunicorn, "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--no-control-socket"):
        for _ in range(100):
            time.sleep(0.2)
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):  # noqa: S310
                    break
            except OSError:
                continue
        yield f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    main()
