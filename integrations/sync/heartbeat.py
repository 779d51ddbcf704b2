"""The worker's sign of life: every task and every stage leaves one, so a long attempt does not look like death."""

from datetime import datetime, timedelta

from integrations.models import Heartbeat

WORKER = "worker"
# Often enough to be told from a hang, seldom enough not to be a load.
EVERY_S = 5
# Beats come every 15 seconds under the supervisor, and each minute with a bare worker.
WORKER_LATE_S = 180


def beat(*, now: datetime) -> None:
    """Show that work is being done; writes nothing where it was shown a moment ago."""
    recent = Heartbeat.objects.filter(name=WORKER, beat_at__gt=now - timedelta(seconds=EVERY_S))
    if not recent.exists():
        Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": now})


def last_beat() -> datetime | None:
    """Return when work was last seen."""
    return Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
