"""`bin/bench seed`: a million attempts, then every list, search and page of the portal timed on this database."""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django
from django.test.utils import setup_databases, teardown_databases

TARGET_MS = {"postgresql": 500, "sqlite": 1000}


def main() -> int:
    """Seed, measure, print; 1 where a page is slower than its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--export", action="store_true", help="also stream the largest files")
    given = parser.parse_args()
    django.setup()
    from django.db import connection

    from tests.bench import export
    from tests.bench.rows import seed

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with connection.cursor() as cursor:  # also holds before that index is the product's own
            cursor.execute("CREATE INDEX bench_link_updated ON integrations_quotelink (updated_at DESC, id DESC)")
        start = time.monotonic()
        for done in seed(given.attempts):
            print(f"{connection.vendor}: {time.monotonic() - start:6.1f} s  {done}", flush=True)
        print(f"{connection.vendor}: seeded in {time.monotonic() - start:.0f} s", flush=True)
        missed = measure(connection.vendor, given.rounds)
        if given.export:
            export.measure()
        return missed
    finally:
        teardown_databases(databases, verbosity=0)


def measure(vendor: str, rounds: int) -> int:
    """Print p50 and p95 of each page in milliseconds: whole requests, rendering included.

    `cpu` is what this process itself worked, SQLite's part included: what p50 comes to on an idle machine.
    """
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, slow = Client(), 0
    print(f"\nload of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    client.force_login(User.objects.get(username="bench"))
    print(f"\n{vendor:42} {'p50':>6} {'p95':>6} {'cpu':>6}  queries")
    for name, path, query in pages():
        client.get(path, query)  # as after a start: templates and connection are there
        times, own = [], []
        for _ in range(rounds):
            start, busy = time.perf_counter(), time.process_time()
            answer = client.get(path, query)
            times.append((time.perf_counter() - start) * 1000)
            own.append((time.process_time() - busy) * 1000)
            assert answer.status_code == 200, (path, query, answer.status_code)
        times.sort()
        p50, p95 = statistics.median(times), times[min(int(len(times) * 0.95), len(times) - 1)]
        with CaptureQueriesContext(connection) as queries:
            client.get(path, query)
        missed = p95 > TARGET_MS[vendor]
        slow += missed
        mark = f"  over {TARGET_MS[vendor]} ms" if missed else ""
        print(f"{name:42} {p50:6.0f} {p95:6.0f} {statistics.median(own):6.0f}  {len(queries):4}{mark}", flush=True)
        if missed:
            for found in sorted(queries.captured_queries, key=lambda one: -float(one["time"]))[:2]:
                print(f"    {found['time']} s  {found['sql'][:400]}")
    print(
        f"{vendor}: {slow} pages over {TARGET_MS[vendor]} ms"
        if slow
        else f"{vendor}: all within {TARGET_MS[vendor]} ms"
    )
    return 1 if slow else 0


def pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name every page with its address: home, and each list plain, turned, sorted, filtered and searched."""
    from django.contrib import admin
    from django.urls import reverse

    from integrations.models import Issue, QuoteLink, SyncAttempt, WebhookDelivery

    for window in ("24h", "7d", "30d"):
        yield f"home, {window}", "/", {"window": window}
    yield "home, what it asks for while open", reverse("admin:integrations_home_fragment"), {}
    for model, model_admin in admin.site._registry.items():
        meta = model._meta
        if meta.app_label != "integrations":
            continue
        path, name = reverse(f"admin:integrations_{meta.model_name}_changelist"), str(meta.verbose_name_plural)
        yield name, path, {}
        if model._default_manager.count() > 100:
            if model._default_manager.count() > 20 * model_admin.list_per_page:
                yield f"{name}, page 20", path, {"p": "20"}
            yield from _sorted(name, path, model_admin)
        if model_admin.search_fields:
            for word in ("refresh 39", "Q-150000", "person7@client7.example.com", "1500123", "zzz nobody"):
                yield f"{name}, search “{word[:18]}”", path, {"q": word}
        if newest := model._default_manager.order_by("-pk").first():
            yield f"one of {name}", reverse(f"admin:integrations_{meta.model_name}_change", args=[newest.pk]), {}
    for model, query in (
        (WebhookDelivery, {"state__exact": "needs_attention"}),
        (WebhookDelivery, {"state__exact": "failed", "kind__exact": "quote"}),
        (WebhookDelivery, {"kind__exact": "payment"}),
        (WebhookDelivery, {"integration__id__exact": "1"}),
        (WebhookDelivery, {"received_at_from": "2025-01-01", "received_at_to": "2025-01-31"}),
        (SyncAttempt, {"outcome__exact": "failed"}),
        (SyncAttempt, {"trigger__exact": "operator"}),
        (SyncAttempt, {"started_at_from": "2025-01-01", "started_at_to": "2025-01-31"}),
        (QuoteLink, {"integration__id__exact": "1"}),
        (Issue, {"closed": "all"}),
    ):
        meta = model._meta
        said = ", ".join(f"{key.split('__')[0]} {value}" for key, value in query.items())[:40]
        yield (
            f"{meta.verbose_name_plural}: {said}",
            reverse(f"admin:integrations_{meta.model_name}_changelist"),
            query,
        )


def _sorted(name: str, path: str, model_admin: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    shown = model_admin.list_display
    for place, column in enumerate(shown, start=1):
        if getattr(getattr(model_admin, column, None), "admin_order_field", None):
            for sign in ("", "-"):
                yield f"{name}, by {sign}{column}", path, {"o": f"{sign}{place}"}


if __name__ == "__main__":
    sys.exit(main())
