"""The portal watches itself: worker, queue and disk are told when they go wrong and when they are well again."""

import ast
import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.test import override_settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from integrations.management.commands import serve
from integrations.models import Channel, Notice, Trouble, WebhookDelivery
from integrations.sync.heartbeat import WORKER_LATE_S, beat
from integrations.watch import rounds
from integrations.watch.troubles import look
from tests.console.conftest import LINES
from tests.portal import Portal


def events(name: str) -> list[str]:
    return list(Notice.objects.filter(cause=f"portal:{name}").values_list("event", flat=True))


def test_rounds_are_scheduled(db: None) -> None:
    tasks = dict(Schedule.objects.values_list("name", "func"))
    assert tasks["rounds"] == "integrations.watch.rounds.make_rounds"
    assert tasks["doctor"] == "integrations.lookup.checkups.look_where_due"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["rounds", "doctor"])
def test_what_is_scheduled_can_be_run(name: str) -> None:
    schedule = Schedule.objects.get(name=name)
    # One that goes well each minute is no news.
    assert ast.literal_eval(schedule.kwargs) == {"q_options": {"save": False}}
    assert isinstance(import_string(schedule.func)(), str)


def test_a_worker_that_is_away_is_told_and_then_that_it_is_back(db: None) -> None:
    now = timezone.now()
    assert look(now=now) == [], "one that was never started is being set up"
    beat(now=now)
    assert look(now=now + timedelta(seconds=WORKER_LATE_S - 1)) == []
    late = now + timedelta(seconds=WORKER_LATE_S + 60)
    (sentence,) = look(now=late)
    assert "has not been seen for 4 minutes" in sentence
    look(now=late + timedelta(seconds=60))
    assert events("worker") == ["opened"]
    beat(now=late + timedelta(seconds=70))
    assert look(now=late + timedelta(seconds=71)) == []
    assert events("worker") == ["opened", "closed"]
    assert Trouble.objects.get().over_at is not None


def test_a_late_queue_is_told(portal: Portal) -> None:
    portal.receive(portal.publish(LINES))
    now = timezone.now()
    WebhookDelivery.objects.update(next_attempt_at=now - timedelta(minutes=12))
    (sentence,) = look(now=now)
    assert sentence.startswith("The oldest quote has waited 12 minutes")
    portal.work()
    assert look(now=now) == []
    assert events("queue") == ["opened", "closed"]


def test_a_full_disk_is_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=300_000_000, total=100_000_000_000, used=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    (sentence,) = look(now=timezone.now())
    assert sentence.startswith("The portal's disk is nearly full: 0.3 GB of 100 GB are free.")
    usage.free = 50_000_000_000
    assert look(now=timezone.now()) == []
    assert events("disk") == ["opened", "closed"]


@override_settings(EMAIL_IS_SET_UP=True)
def test_the_supervisor_tells_what_no_worker_can(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Channel.objects.create(name="Desk", kind="email", recipients="ops@msp.example")
    now = timezone.now()
    beat(now=now - timedelta(seconds=WORKER_LATE_S + 100))
    assert serve._worker_is_late()
    rounds.make_rounds()
    assert mail.outbox == [], "what comes together goes in one message"
    monkeypatch.setattr(rounds.timezone, "now", lambda: now + timedelta(seconds=60))
    rounds.make_rounds()
    assert "worker has not been seen" in mail.outbox[0].subject
    beat(now=now + timedelta(seconds=60))
    assert rounds.make_rounds() == "0 wrong, 0 sent"
    monkeypatch.setattr(rounds.timezone, "now", lambda: now + timedelta(seconds=120))
    rounds.make_rounds()
    assert [message.subject[:25] for message in mail.outbox] == [
        "[Quote Portal] Needs atte",
        "[Quote Portal] Over: The ",
    ]
