"""`bin/bench seed --export`: the largest files, streamed: rows, seconds, first byte, memory."""

import resource
import time


def measure() -> None:
    """Print one line for each list and form."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(User.objects.get(username="bench"))
    for model in ("webhookdelivery", "syncattempt", "issue"):
        for form in ("csv", "json"):
            before, start = peak_mb(), time.monotonic()
            answer = client.get(reverse(f"admin:integrations_{model}_export", args=[form]))
            first, size, lines = 0.0, 0, 0
            for chunk in answer:  # type: ignore[attr-defined]
                first = first or time.monotonic() - start
                size += len(chunk)
                lines += chunk.count(b"\n")
            print(
                f"{connection.vendor}: {model} as {form}: {lines:,} lines, {size / 1e6:.0f} MB in "
                f"{time.monotonic() - start:.0f} s, first byte after {first * 1000:.0f} ms, "
                f"memory {before:.0f} → {peak_mb():.0f} MB",
                flush=True,
            )


def peak_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
