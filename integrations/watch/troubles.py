"""What can be wrong with the portal itself: worker, queue, disk. One row each, told when it changes."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from integrations.models import Notice, Topic, Trouble
from integrations.sync.heartbeat import WORKER_LATE_S
from integrations.watch import numbers

QUEUE_LATE_S = 600
# Less free than either, and a database soon cannot write.
DISK_FREE_SHARE = 0.05
DISK_FREE_BYTES = 500_000_000


def look(*, now: datetime) -> list[str]:
    """Keep the rows true and tell what changed; return the sentences of what is wrong now."""
    wrong = dict(_troubles(now))
    for name in ("worker", "queue", "disk"):
        _keep(name, wrong.get(name), now=now)
    return list(wrong.values())


def disk_free() -> tuple[int, int]:
    """Return the free bytes and all bytes of the disk that holds the database file, or else the portal."""
    database = settings.DATABASES["default"]
    name = str(database.get("NAME") or "")
    folder = Path(name).parent if database["ENGINE"].endswith("sqlite3") and name else Path(settings.BASE_DIR)
    usage = shutil.disk_usage(folder if folder.exists() else settings.BASE_DIR)
    return usage.free, usage.total


def _troubles(now: datetime) -> Iterator[tuple[str, str]]:
    beat = numbers.heartbeat_age_s(now)
    if beat is not None and beat > WORKER_LATE_S:
        text = f"The portal's worker has not been seen for {int(beat // 60)} minutes, so no quote is synced."
        yield "worker", f"{text} What arrives is kept. Restart the service that runs the portal."
    late = numbers.oldest_due_s(now)
    if late > QUEUE_LATE_S:
        text = f"The oldest quote has waited {int(late // 60)} minutes for the portal's worker."
        yield "queue", f"{text} Home, under How it runs, shows what it does."
    free, total = disk_free()
    if free < DISK_FREE_BYTES or free < total * DISK_FREE_SHARE:
        text = f"The portal's disk is nearly full: {free / 1e9:.1f} GB of {total / 1e9:.0f} GB are free."
        yield "disk", f"{text} Once it is full, webhooks are refused. Make room on it."


def _keep(name: str, sentence: str | None, *, now: datetime) -> None:
    with transaction.atomic():
        row = Trouble.objects.select_for_update().filter(pk=name).first()
        is_open = row is not None and row.over_at is None
        if sentence is not None:
            if is_open:
                Trouble.objects.filter(pk=name).update(sentence=sentence)
            else:
                values = {"sentence": sentence, "since": now, "over_at": None}
                Trouble.objects.update_or_create(pk=name, defaults=values)
        elif is_open:
            Trouble.objects.filter(pk=name).update(over_at=now)
        if sentence is None and row is None:
            return
        # Told by what was said last: what flaps within an hour is told when the hour is over.
        event = Notice.Event.OPENED if sentence is not None else Notice.Event.CLOSED
        told = (
            Notice.objects.filter(cause=f"portal:{name}").order_by("-pk").values_list("event", flat=True).first()
        )
        if told != event and (told or event == Notice.Event.OPENED):
            text = sentence or (row.sentence if row else "")
            Notice.write(f"portal:{name}", event, topic=Topic.PORTAL, sentence=text, at=now)
