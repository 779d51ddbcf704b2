"""What django-q calls. A task never raises for an expected failure: our rows hold what comes next."""

from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django_q.models import Schedule, Task
from django_q.signals import pre_execute
from django_q.tasks import async_task

from integrations.models import Integration
from integrations.sync import catalog, directory, heartbeat, missed, rehearse, retention, shadow
from integrations.sync import sweep as sweeping
from integrations.sync.enqueue import look_soon, ring_rehearsal
from integrations.sync.probe import probe
from integrations.sync.run import run_attempt
from integrations.sync.surroundings import Surroundings

KEEP_TASKS_DAYS = 30
_task_id: ContextVar[str] = ContextVar("task_id", default="")


@receiver(pre_execute, dispatch_uid="remember the task id")
def remember_task_id(task: dict[str, Any], **kwargs: object) -> None:
    """Keep the id of the task that this worker begins. Must not raise: django-q would lose the task."""
    _task_id.set(str(task.get("id", "")))


def sync_delivery(delivery_id: int) -> str:
    """Make one attempt at a delivery; return its outcome for the task log."""
    outcome: str = run_attempt(delivery_id, task_id=_task_id.get(), surroundings=Surroundings())
    return outcome


def sweep() -> str:
    """Revive what was stranded and ring what is due; return what was done for the task log."""
    now = Surroundings().now()
    heartbeat.beat(now=now)
    revived, rung = sweeping.sweep(now=now)
    for integration_id in catalog.integrations_to_refresh(now=now):
        name = f"products of integration {integration_id}"
        async_task("integrations.sync.tasks.refresh_catalog", integration_id, task_name=name, save=False)
    for integration_id in directory.integrations_to_refresh(now=now):
        name = f"people of integration {integration_id}"
        async_task("integrations.sync.tasks.refresh_directory", integration_id, task_name=name, save=False)
    shadow.look_again(now=now)
    for rehearsal_id in rehearse.due_rehearsals(now=now):
        ring_rehearsal(rehearsal_id)
    for integration_id in missed.integrations_to_look(now=now):
        look_soon(integration_id)
    if retention.is_due(now):
        async_task("integrations.sync.tasks.prune", task_name="prune", save=False)
    old = Task.objects.filter(stopped__lt=now - timedelta(days=KEEP_TASKS_DAYS)).values_list("pk", flat=True)
    Task.objects.filter(pk__in=list(old[:500])).delete()
    return f"{revived} revived, {rung} rung"


def go_on_rehearsing(rehearsal_id: int) -> str:
    """Look at the next quotes of a rehearsal; return what came of it for the task log."""
    return rehearse.go_on(rehearsal_id, surroundings=Surroundings())


def refresh_catalog(integration_id: int) -> str:
    """Go on with the copy of one integration's products; return what was done for the task log."""
    integration = Integration.objects.get(pk=integration_id)
    return catalog.refresh(integration, surroundings=Surroundings())


def refresh_directory(integration_id: int) -> str:
    """Go on with the copy of one integration's people; return what was done for the task log."""
    integration = Integration.objects.get(pk=integration_id)
    return directory.refresh(integration, surroundings=Surroundings())


def look_for_missed(integration_id: int) -> str:
    """Look in Quoter for what no webhook told of one integration; return what was done for the task log."""
    integration = Integration.objects.get(pk=integration_id)
    return missed.look(integration, surroundings=Surroundings())


def prune() -> str:
    """Delete what is old for a minute; what is left is queued again by the sweep."""
    counts, finished = retention.run(now=Surroundings().now())
    return f"{sum(counts.values())} deleted" + ("" if finished else ", to be continued")


def probe_halo(integration_id: int) -> str:
    """Ask Halo whether it answers again, where an open breaker has no delivery to try it with."""
    return probe(Integration.objects.get(pk=integration_id), surroundings=Surroundings())


def beat() -> None:
    """Show that tasks are being worked on."""
    heartbeat.beat(now=Surroundings().now())


def ask_for_beat() -> None:
    """Queue a heartbeat; called by the supervisor, which restarts the worker when none comes."""
    async_task("integrations.sync.tasks.beat", task_name="heartbeat", save=False)


def each_minute(name: str, task: str) -> None:
    """Make a task, named by its path, run each minute, whoever runs the worker."""
    values = {"func": task, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
    Schedule.objects.update_or_create(name=name, defaults=values)


def ensure_schedule(**kwargs: object) -> None:
    """Make the sweep run each minute."""
    each_minute("sweep", "integrations.sync.tasks.sweep")
