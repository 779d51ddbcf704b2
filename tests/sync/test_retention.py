"""What is old goes, in batches; what is worked on, waits or is still needed stays."""

import threading
import time
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.choices import FINAL, WAITING, IntentState, Outcome, State
from integrations.models import (
    Heartbeat,
    RejectedWebhook,
    RemoteCall,
    RequestsSpent,
    SyncAttempt,
    WebhookDelivery,
    WriteIntent,
)
from integrations.sync import retention
from integrations.sync.enqueue import sync_again
from integrations.sync.retention import BATCH, count_due, is_due, run
from integrations.sync.tasks import sweep
from tests.console.conftest import sign_in as sign_in_fixture
from tests.portal import Portal, line

sign_in = sign_in_fixture
TEXTS, CALLS = "texts of webhooks, with the details of their attempts", "requests and answers"


def prune(days: float = 0, **more: Any) -> dict[str, int]:
    """Prune as of so many days from now."""
    counts, finished = run(now=timezone.now() + timedelta(days=days), sleep=lambda seconds: None, **more)
    assert finished
    return counts


@pytest.fixture
def lost(portal: Portal) -> WebhookDelivery:
    """A quote that came through and was then lost: two deliveries, both at rest."""
    quote_id = portal.publish([line(sku="CBL")])
    portal.sync(quote_id)
    portal.simulator.quoter.lose(quote_id)
    return portal.sync(quote_id).delivery


def test_texts_and_details_go_after_their_days_and_summaries_stay(lost: WebhookDelivery) -> None:
    assert not {TEXTS, CALLS} & set(prune(89))

    counts = prune(91)

    assert counts[TEXTS] == 2
    assert counts[CALLS] > 5 and not RemoteCall.objects.exists()
    for delivery in WebhookDelivery.objects.all():
        assert (delivery.data, delivery.api_text) == ("", "") and delivery.text_deleted_at is not None
        assert delivery.quote_number == "1" and delivery.client_name
        [attempt] = delivery.attempts.all()
        assert attempt.plan is None and attempt.summary
        assert all(step.facts == [] and step.summary for step in attempt.steps.all())
    assert prune(91) == {}


def test_the_newest_text_of_a_quote_without_an_answer_stays(portal: Portal) -> None:
    quote_id = portal.publish([line(sku="CBL")])
    first = portal.sync(quote_id).delivery
    newest = portal.sync(portal.simulator.quoter.revise(quote_id).id).delivery

    prune(91)

    first.refresh_from_db()
    newest.refresh_from_db()
    assert first.data == "" and newest.data
    assert sync_again([first.pk, newest.pk], now=timezone.now(), trigger=newest.next_trigger) == 1
    assert portal.work() == [Outcome.UNCHANGED]


@pytest.mark.parametrize("state", sorted(set(State) - (FINAL - WAITING)))
def test_what_is_worked_on_or_waits_is_never_touched(lost: WebhookDelivery, state: State) -> None:
    lease = WebhookDelivery.objects.get(pk=lost.pk).attempts.get().lease_token if state == State.RUNNING else None
    WebhookDelivery.objects.update(state=state, lease_token=lease, next_attempt_at=timezone.now())
    prune(5000)
    assert WebhookDelivery.objects.count() == 2
    assert all(WebhookDelivery.objects.values_list("data", flat=True))
    assert RemoteCall.objects.exists()


def test_summaries_go_after_their_years(lost: WebhookDelivery) -> None:
    prune(1000)
    assert WebhookDelivery.objects.count() == 2
    prune(1100)
    assert not WebhookDelivery.objects.exists() and not SyncAttempt.objects.exists()


def test_what_is_kept_for_ever(lost: WebhookDelivery, settings: Any) -> None:
    settings.KEEP_TEXTS_DAYS, settings.KEEP_HISTORY_YEARS = 0, 0
    prune(9000)
    assert WebhookDelivery.objects.exclude(data="").count() == 2


def test_the_text_comes_back_with_its_webhook(portal: Portal, lost: WebhookDelivery) -> None:
    text = lost.data
    prune(91)
    portal.receive(int(lost.quote_id))
    lost.refresh_from_db()
    assert (lost.data, lost.text_deleted_at) == (text, None)


def test_the_page_says_that_the_text_is_gone(lost: WebhookDelivery, sign_in: Any) -> None:
    prune(91)
    client = sign_in("Operator")
    page = client.get(reverse("admin:integrations_webhookdelivery_change", args=[lost.pk])).content.decode()
    assert "The text was deleted on" in page and "after 90 days" in page
    assert "Sync again" not in page and "exactly as it was signed" not in page
    attempt = reverse("admin:integrations_syncattempt_change", args=[lost.attempts.get().pk])
    assert "The text was deleted on" in client.get(attempt).content.decode()
    answer = client.post(
        reverse("admin:integrations_webhookdelivery_sync_again", args=[lost.pk]), follow=True
    ).content.decode()
    assert "so old that the text was deleted" in answer


def test_counters_and_refused_writes(portal: Portal, lost: WebhookDelivery) -> None:
    WriteIntent.objects.update(state=IntentState.REFUSED)
    done = WriteIntent.objects.order_by("pk").first()
    assert done is not None
    WriteIntent.objects.filter(pk=done.pk).update(state=IntentState.DONE)
    portal.post(b"nonsense")
    assert RejectedWebhook.objects.exists() and RequestsSpent.objects.exists()

    prune(2)
    assert RejectedWebhook.objects.exists() and not RequestsSpent.objects.exists()
    prune(91)
    assert not RejectedWebhook.objects.exists()
    assert list(WriteIntent.objects.all()) == [done]


def test_a_dry_run_counts_and_changes_nothing(lost: WebhookDelivery) -> None:
    old = timezone.now() - timedelta(days=100)
    WebhookDelivery.objects.update(state_since=old, last_received_at=old)
    RemoteCall.objects.update(started_at=old)
    out = StringIO()
    call_command("prune", "--dry-run", stdout=out)
    assert "Texts are kept 90 days, summaries 3 years." in out.getvalue()
    assert f"2 {TEXTS}" in out.getvalue()
    assert WebhookDelivery.objects.exclude(data="").count() == 2
    call_command("prune", stdout=out)
    assert not any(count_due(now=timezone.now()).values())
    assert not WebhookDelivery.objects.exclude(data="").exists()


def test_it_runs_once_a_night_and_goes_on_where_it_stopped(
    lost: WebhookDelivery, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TIME_ZONE = "America/Chicago"
    night = datetime.fromisoformat("2027-06-10T02:00:00-05:00")
    assert is_due(night)
    monkeypatch.setattr(retention, "BATCH", 1)
    ticks = iter(range(1000))
    counts, finished = run(now=night, seconds=3, sleep=lambda s: None, monotonic=lambda: float(next(ticks)))
    assert not finished and 0 < sum(counts.values()) < 5
    assert is_due(night)
    _, finished = run(now=night, sleep=lambda s: None)
    assert finished
    assert not is_due(night) and not is_due(night + timedelta(hours=23))
    assert is_due(night + timedelta(hours=24))


def test_the_sweep_queues_it(db: None) -> None:
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    def queued() -> list[str]:
        return [SignedPackage.loads(row.payload)["func"].rsplit(".", 1)[1] for row in OrmQ.objects.all()]

    sweep()
    assert "prune" in queued()
    OrmQ.objects.all().delete()
    Heartbeat.objects.create(name="retention", beat_at=timezone.now())
    sweep()
    assert "prune" not in queued()


ROWS = 5_000


@pytest.mark.django_db(transaction=True)
def test_thousands_of_rows_go_while_every_webhook_is_accepted(portal: Portal) -> None:
    old = timezone.now() - timedelta(days=100)
    common = {"integration": portal.integration, "kind": "quote", "state": State.SUCCEEDED, "state_since": old}
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                **common,
                fingerprint=f"{n:064d}",
                data="x" * 3_000,
                quoter_timestamp=1,
                received_at=old,
                last_received_at=old,
                quote_number=str(n),
                quote_status="lost",
            )
            for n in range(ROWS)
        ],
        batch_size=500,
    )
    quoter = portal.simulator.quoter
    ids = [quoter.publish(quoter.create_quote(lines=[line()]).id).id for _ in range(40)]
    answers: list[int] = []
    sent: set[int] = set()
    waits: list[float] = []
    done = threading.Event()

    def send() -> None:
        client = Client()
        try:
            while not done.is_set() or len(answers) < 40:
                quote_id = ids[len(answers) % len(ids)]
                sent.add(quote_id)
                body = quoter.form(quoter.payload(quote_id))
                start = time.monotonic()
                answer = client.post(portal.address, body, content_type="application/x-www-form-urlencoded")
                waits.append(time.monotonic() - start)
                answers.append(answer.status_code)
                time.sleep(0.02)
        finally:
            connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    start = time.monotonic()
    counts, finished = run(now=timezone.now(), seconds=300)
    took = time.monotonic() - start
    done.set()
    for sender in senders:
        sender.join(60)

    assert finished and counts[TEXTS] == ROWS > BATCH * 20
    assert len(answers) >= 40 and set(answers) == {200}
    assert WebhookDelivery.objects.filter(quote_id__in=[str(i) for i in sent]).count() == len(sent) > 20
    assert not WebhookDelivery.objects.filter(text_deleted_at__isnull=False).exclude(data="").exists()
    # A batch holds the database for a moment; the receiver's own time limit is twenty seconds.
    assert max(waits) < 5, f"{max(waits):.2f} s"
    print(f"{connection.vendor}: {ROWS} rows in {took:.1f} s, {len(answers)} webhooks, longest {max(waits):.2f} s")  # noqa: T201
