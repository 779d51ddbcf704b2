"""Three years of a busy portal: a million attempts with their quotes, deliveries, steps and calls."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from integrations.choices import State
from integrations.models import (
    Integration,
    Issue,
    ItemLink,
    PersonLink,
    QuoteLink,
    QuoteRevision,
    RejectedWebhook,
    RemoteCall,
    SettingsChange,
    SyncAttempt,
    SyncStep,
    WebhookDelivery,
    WriteIntent,
)
from tests.admin.rows import add_delivery, add_integration
from tests.bench.multiply import analyse, back, multiply

# For 1,000,000 attempts: 400,000 quotes, each published and accepted (800,000 deliveries), every fourth delivery
# tried twice. Steps and calls of the newest tenth: older details are pruned after 90 days.
QUOTES, DELIVERIES, DETAILED, STEPS = 0.4, 0.8, 0.1, 3
YEARS_S = 3 * 365 * 86_400
ISSUES = 200


def seed(attempts: int) -> Iterator[str]:
    """Fill the database; yield what was done, one text a table."""
    boss = User.objects.create_superuser("bench", password="bench")
    integration = add_integration(name="Seeded", halo_url="https://halo.example.com")
    delivery = add_delivery(integration, "1", contact_email="person0@client0.example.com")
    attempt, link = delivery.attempts.get(), delivery.link
    assert link is not None
    quotes, deliveries = int(attempts * QUOTES), int(attempts * DELIVERIES)
    apart = YEARS_S / deliveries
    email = "'person' || (n % 5000) || '@client' || (n % 900) || '.example.com'"
    yield from _quotes(link, quotes, email, apart * 2)
    issue = Issue.report(
        integration, code="refused", subject="s", message="Halo refused it.", hint="", at=timezone.now()
    )
    multiply(
        issue,
        ISSUES - 1,
        fingerprint="'issue' || n",
        subject="'subject ' || n",
        message="'Halo refused product ' || n",
    )
    yield f"{ISSUES} causes"
    _deliveries(delivery, deliveries, link.pk, issue.pk, apart)
    yield f"{deliveries:,} deliveries"
    yield from _attempts(attempt, attempts, delivery.pk, deliveries, boss)
    yield from _others(integration, link, quotes, boss)
    analyse()


def _quotes(link: QuoteLink, count: int, email: str, apart: float) -> Iterator[str]:
    QuoteLink.objects.filter(pk=link.pk).update(
        contact_email="person0@client0.example.com", applied_status="accepted"
    )
    multiply(
        link,
        count,
        number="'Q-' || (100000 + n)",
        name="'Network refresh ' || n",
        contact_email=email,
        halo_user_id="n % 5000",
        halo_user_name="'Person ' || (n % 5000)",
        halo_opportunity_id="500000 + n",
        halo_quote_id="1500000 + n",
        halo_sales_order_id="2500000 + n",
        updated_at=back(f"n * {apart:.3f}"),
        created_at=back(f"n * {apart:.3f} + 600"),
    )
    yield f"{count:,} quotes"
    revision = QuoteRevision.objects.get(link=link)
    multiply(revision, count, link_id=f"{link.pk + 1} + n", quote_id="'r' || n")
    yield f"{count:,} revisions"


def _deliveries(sample: WebhookDelivery, count: int, link: int, issue: int, apart: float) -> None:
    # The newest has the highest key, as in life: n counts from the oldest.
    age = f"({count} - n) * {apart:.3f}"
    waiting, failed = "n % 400 = 7", "n % 1000 = 3"
    multiply(
        sample,
        count,
        fingerprint="'fp' || n",
        data="'{}'",
        received_at=back(age),
        last_received_at=back(age),
        state_since=back(age),
        link_id=f"{link + 1} + n / 2",
        quote_id="'r' || (n / 2)",
        quote_number="'Q-' || (100000 + n / 2)",
        quote_name="'Network refresh ' || (n / 2)",
        client_name="'Client ' || (n / 2 % 900)",
        contact_name="'Person ' || (n / 2 % 5000)",
        contact_email="'person' || (n / 2 % 5000) || '@client' || (n / 2 % 900) || '.example.com'",
        quote_status="CASE WHEN n % 2 = 0 THEN 'pending' ELSE 'accepted' END",
        total="1000 + n % 7000",
        skus="'SKU-' || (n / 2 % 3000)",
        state=f"CASE WHEN {waiting} THEN 'needs_attention' WHEN {failed} THEN 'failed' "
        "WHEN n % 10 = 1 THEN 'unchanged' WHEN n % 10 = 2 THEN 'superseded' ELSE 'succeeded' END",
        issue_id=f"CASE WHEN {waiting} OR {failed} THEN {issue} + n % {ISSUES} ELSE NULL END",
        error_message=f"CASE WHEN {waiting} OR {failed} THEN 'Halo refused product ' || n ELSE '' END",
    )
    WebhookDelivery.objects.filter(pk__gt=sample.pk + count - 20).update(
        state=State.RETRYING, next_attempt_at=timezone.now() + timedelta(hours=1), issue=None
    )


def _attempts(sample: SyncAttempt, count: int, delivery: int, deliveries: int, boss: User) -> Iterator[str]:
    # Every fourth delivery is tried twice: five attempts for four deliveries.
    of, second = "(n / 5 * 4 + CASE WHEN n % 5 = 4 THEN 3 ELSE n % 5 END)", "n % 5 = 4"
    age = f"({count} - n) * {YEARS_S / count:.3f}"
    multiply(
        sample,
        count,
        delivery_id=f"{delivery + 1} + {of}",
        number=f"CASE WHEN {second} THEN 2 ELSE 1 END",
        trigger=f"CASE WHEN {second} THEN 'retry' WHEN n % 100 = 0 THEN 'operator' ELSE 'webhook' END",
        outcome=f"CASE WHEN n % 320 = 9 THEN 'needs_attention' WHEN {second} THEN 'unchanged' "
        "ELSE 'succeeded' END",
        requested_by_id=f"CASE WHEN n % 100 = 0 THEN {boss.pk} ELSE NULL END",
        started_at=back(f"{age} + 4"),
        finished_at=back(f"{age} + 2"),
        halo_ids="(1500000 + n / 2) || ' ' || (n % 5000) || ' ' || (500000 + n / 2)",
        summary="'Halo quote ' || (1500000 + n / 2) || ' was updated.'",
    )
    yield f"{count:,} attempts"
    detailed = int(count * DETAILED)
    step, first = SyncStep.objects.get(attempt=sample), sample.pk + 1 + count - detailed
    SyncStep.objects.filter(pk=step.pk).update(number=9)
    multiply(step, detailed * STEPS, attempt_id=f"{first} + n / {STEPS}", number=f"1 + n % {STEPS}")
    yield f"{detailed * STEPS:,} steps"
    call = RemoteCall.objects.get(step=step)
    multiply(call, detailed * STEPS, step_id=f"{step.pk + 1} + n")
    yield f"{detailed * STEPS:,} calls"


def _others(integration: Integration, link: QuoteLink, quotes: int, boss: User) -> Iterator[str]:
    person = PersonLink.objects.create(
        integration=integration, email="a@example.com", halo_user_id=1, created_by=boss
    )
    multiply(
        person, 20_000, email="'person' || n || '@example.com'", halo_user_id="n", halo_user_name="'Person ' || n"
    )
    item = ItemLink.objects.create(
        integration=integration, key="sku:a", name="Thing", halo_item_id=1, created_by=boss
    )
    multiply(item, 20_000, key="'sku:' || n", name="'Thing ' || n", halo_item_id="n")
    yield "20,000 links of people, 20,000 of products"
    refused = RejectedWebhook.objects.create(integration=integration, day=timezone.localdate(), reason="bad_hash")
    multiply(refused, 1_000, reason="'r' || n")
    change = SettingsChange.objects.filter(integration=integration).first()
    assert change is not None
    multiply(change, 20_000, timestamp=back("n * 4000"), actor_id=str(boss.pk), who="'bench'")
    yield "1,000 refused webhooks, 20,000 changes of settings"
    newest = SyncAttempt.objects.order_by("-pk")[0]
    done = WriteIntent.objects.create(
        integration=integration,
        key="quote:0",
        attempt=newest,
        link=newest.delivery.link,
        state="done",
        created_at=timezone.now(),
        settles_at=timezone.now(),
        halo_id=1,
    )
    multiply(done, quotes // 4, key="'quote:' || n", link_id=f"{link.pk + 1} + n")
    yield f"{quotes // 4:,} writes"
