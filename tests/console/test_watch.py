"""Probes and metrics say how the portal is doing, to whom they should."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from django.utils import timezone

from integrations.models import Breaker, Channel, Checkup, WebhookDelivery
from integrations.sync.heartbeat import beat
from integrations.watch import numbers
from tests.console.conftest import LINES
from tests.portal import Portal

TOKEN = "scrape-me"


def ready() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.content.decode()


def test_ready_while_worker_and_queue_keep_up(portal: Portal) -> None:
    beat(now=timezone.now())
    portal.receive(portal.publish(LINES))
    assert ready() == (200, "database ok\nworker ok\nqueue ok\nhalo ok\n")


def test_not_ready_without_a_worker(db: None) -> None:
    assert ready() == (503, "database ok\nworker late\nqueue ok\nhalo ok\n")
    beat(now=timezone.now() - timedelta(minutes=10))
    assert ready()[0] == 503


def test_not_ready_when_work_is_long_due(portal: Portal) -> None:
    beat(now=timezone.now())
    portal.receive(portal.publish(LINES))
    WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=11))
    assert ready() == (503, "database ok\nworker ok\nqueue late\nhalo ok\n")
    # What a person holds back is not late.
    portal.integration.paused_at = timezone.now()
    portal.integration.save()
    assert ready()[0] == 200


def test_not_ready_without_a_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: object) -> float:
        raise OperationalError

    monkeypatch.setattr(numbers, "heartbeat_age_s", fail)
    assert ready() == (503, "database down\n")


def test_no_metrics_without_a_token_in_the_environment(db: None) -> None:
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@override_settings(METRICS_TOKEN=TOKEN)
@pytest.mark.parametrize("given", ["", "Bearer wrong", TOKEN, "Bearer scräpe"])
def test_metrics_refuse_a_wrong_token(db: None, given: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer.content) == (401, b"")


@override_settings(METRICS_TOKEN=TOKEN)
def test_metrics_count_what_happened(portal: Portal) -> None:
    portal.integration.name = 'A "quoted"\\name'
    portal.integration.save()
    beat(now=timezone.now())
    portal.sync(portal.publish(LINES))
    portal.receive(portal.publish(LINES))
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'portal_deliveries{state="succeeded"} 1\n' in text
    assert 'portal_deliveries{state="queued"} 1\n' in text
    assert 'portal_attempts_24h{outcome="succeeded"} 1\n' in text
    assert re.search(
        r'portal_halo_requests_used\{integration="A \\"quoted\\"\\\\name",lane="publication"\} \d+', text
    )
    assert re.search(r'portal_attempt_duration_seconds_24h\{quantile="0.5"\} [\d.]+', text)
    line = re.compile(r"^(# (HELP|TYPE) .+|[a-z_0-9]+(\{[^}]*\})? [-+.e\d]+)$")
    assert all(line.match(row) for row in text.splitlines()), text


@override_settings(METRICS_TOKEN=TOKEN)
def test_metrics_watch_the_portal_itself(portal: Portal) -> None:
    beat(now=timezone.now() - timedelta(minutes=10))
    portal.sync(portal.publish(LINES))
    Breaker.objects.create(integration=portal.integration, opened_at=timezone.now(), trial_at=timezone.now())
    Checkup.objects.create(integration=portal.integration, examined_at=timezone.now(), grade="bad")
    Channel.objects.create(name="Desk")
    WebhookDelivery.objects.update(last_received_at=timezone.now() - timedelta(minutes=1))
    text = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    of = 'integration="Example MSP"'
    for line in (
        f"portal_halo_held{{{of}}} 1",
        f"portal_doctor_red{{{of}}} 1",
        f"portal_halo_requests_limit{{{of}}} 270",
        f"portal_halo_pause_seconds{{{of}}} 0",
        'portal_notices_waiting{channel="Desk"} 0',
        "portal_issues_open 0",
    ):
        assert f"{line}\n" in text, line
    left = re.search(rf"portal_halo_requests_left\{{{of}\}} (\d+)", text)
    assert left and 255 < int(left[1]) < 270
    assert re.search(rf"portal_last_webhook_seconds\{{{of}\}} 6\d", text)
    assert re.search(rf"portal_halo_token_seconds_left\{{{of}\}} [1-9]", text)
    assert re.search(r"portal_disk_free_bytes [\d.e+]+", text)
    assert "portal_heartbeat_late 0\n" in text, "the sync has shown the worker"


def test_quantiles_are_those_of_the_middle(portal: Portal) -> None:
    attempt = portal.sync(portal.publish(LINES))
    since = timezone.now() - timedelta(hours=1)
    assert numbers.attempt_durations(since, [0.5]).keys() == {0.5}
    took = numbers.time_to_halo(since)
    assert took == pytest.approx((attempt.finished_at - attempt.delivery.received_at).total_seconds())
    assert numbers.time_to_halo(timezone.now() + timedelta(days=1)) is None
