"""Rows made directly: an integration, and deliveries in any state with their attempts."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from integrations.choices import DUE, WAITING, Kind, Outcome, Stage, State, Trigger
from integrations.domain.choice import Candidate, Problem
from integrations.domain.lines import ItemRef, LineMatch
from integrations.domain.plan import Plan
from integrations.domain.quote import Note
from integrations.domain.totals import TotalRow
from integrations.models import (
    Integration,
    Issue,
    QuoteLink,
    QuoteRevision,
    RemoteCall,
    SettingsVersion,
    SyncAttempt,
    SyncStep,
    WebhookDelivery,
)
from tests.quoter.payload import quote_data

SECRET, PASSWORD, KEY = "c1ient-s3cret", "pa55-w0rd", "0123456789abcdef0123456789abcdef"
# Nobody listens there: what is asked of Halo goes unanswered at once.
NOWHERE = "http://127.0.0.1:9"

PERSON = Problem(
    code="person_ambiguous",
    message="Halo has two users with the e-mail avery.sample@example.com.",
    hint="Choose one below; the quote then syncs by itself.",
    subject="contact avery.sample@example.com",
    candidates=(
        Candidate(id=41, name="Avery Sample", detail="Example Dental", reason="has this e-mail address"),
        Candidate(id=97, name="Avery Sample-Reyes", detail="Sample Law", reason="has this e-mail address"),
    ),
)
OPPORTUNITY = Problem(
    code="opportunity_ambiguous",
    message="Quote 7: The quote names no opportunity.",
    hint="Choose the opportunity below.",
    subject="quote 7",
    candidates=(Candidate(id=1051, name="#1051 Network refresh", reason="is open"),),
)
LINE = Problem(
    code="line_ambiguous",
    message="Line “Patch Cable”: Halo has 2 products with the SKU CBL-C6-2M.",
    hint="Choose one below.",
    subject="sku:cbl-c6-2m",
    candidates=(Candidate(id=501, name="Patch Cable Cat6"), Candidate(id=502, name="Patch Cable Cat6 old")),
    line_id="1",
)


def add_integration(**values: Any) -> Integration:
    """An integration with every secret set."""
    fields: dict[str, Any] = {
        "name": "Example MSP",
        "halo_url": NOWHERE,
        "halo_tenant": "example",
        "halo_client_id": "the-client-id",
        "halo_client_secret": SECRET,
        "halo_password": PASSWORD,
        "quoter_hash_key": KEY,
        "quoter_subdomain": "example-msp",
        **values,
    }
    return Integration.objects.create(**fields)


def add_delivery(
    integration: Integration,
    number: str = "7",
    *,
    state: State = State.SUCCEEDED,
    problem: Problem | None = None,
    **more: Any,
) -> WebhookDelivery:
    """A delivery with one attempt; `problem` makes it wait for a person."""
    now = timezone.now()
    link, _ = QuoteLink.objects.get_or_create(integration=integration, number=number, defaults={"name": "Refresh"})
    revision = more.pop("quote_id", f"90000{number}")
    QuoteRevision.objects.get_or_create(
        integration=integration, quote_id=revision, defaults={"link": link, "uuid": f"u-{number}", "seen": True}
    )
    text = json.dumps(quote_data({}, id=revision, number=number))
    if problem is not None:
        state = State.NEEDS_ATTENTION
    fields: dict[str, Any] = {
        "integration": integration,
        "kind": Kind.QUOTE,
        "fingerprint": uuid.uuid4().hex,
        "data": text,
        "quoter_timestamp": 1_700_000_000,
        "received_at": now,
        "last_received_at": now,
        "link": link,
        "quote_id": revision,
        "quote_number": number,
        "quote_name": "Network Refresh",
        "quote_status": "pending",
        "client_name": "Example Dental",
        "contact_name": "Avery Sample",
        "contact_email": "Avery.Sample@example.com",
        "total": 3075,
        "currency": "USD",
        "skus": "CBL-C6-2M",
        "state": state,
        "state_since": now,
        "next_attempt_at": now + timedelta(hours=1) if state in DUE else None,
        "attempts_made": 1,
        **more,
    }
    if state in WAITING:
        message = problem.message if problem else "Halo refused the quote."
        code = problem.code if problem else "refused"
        fields |= {
            "error_code": code,
            "error_message": message,
            "error_hint": problem.hint if problem else "Repair.",
        }
        fields["issue"] = Issue.report(
            integration, code=code, subject=message, message=message, hint="Choose one below.", at=now
        )
    delivery = WebhookDelivery.objects.create(**fields)
    add_attempt(delivery, problem=problem)
    return delivery


def add_attempt(delivery: WebhookDelivery, *, problem: Problem | None = None, **values: Any) -> SyncAttempt:
    """An attempt with a plan, a step and a call."""
    start = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
    attempt = SyncAttempt.objects.create(
        **{
            "delivery": delivery,
            "number": delivery.attempts.count() + 1,
            "trigger": Trigger.WEBHOOK,
            "outcome": Outcome.SUCCEEDED if delivery.state not in Outcome.values else delivery.state,
            "started_at": start,
            "finished_at": start + timedelta(seconds=2),
            "lease_token": uuid.uuid4(),
            "summary": "Halo quote 3001 was created.",
            "plan": make_plan(problem).model_dump(mode="json"),
            "halo_ids": "3001 41 1051",
            "task_id": "f00d",
            "settings_version": SettingsVersion.of(delivery.integration, delivery.integration.rules()),
            "traceback": "Traceback: KeyError",
            **values,
        }
    )
    step = SyncStep.objects.create(
        attempt=attempt,
        number=1,
        stage=Stage.OBSERVE,
        result=SyncStep.Result.OK,
        started_at=start,
        duration_ms=1_200,
        summary="Halo has 1 user.",
        facts=[{"label": "User", "text": "Avery Sample, id 41"}],
    )
    RemoteCall.objects.create(
        step=step,
        number=1,
        method="GET",
        url="https://halo.example.com/api/Users?search=avery",
        status=200,
        received='{"users": [{"id": 41}]}',
        started_at=start,
        duration_ms=80,
    )
    return attempt


def make_plan(problem: Problem | None) -> Plan:
    """A plan with one matched line, totals and a warning."""
    line = LineMatch(
        line_id="1",
        name="Patch Cable",
        sku="CBL-C6-2M",
        rule="sku",
        why="Patch Cable Cat6 is the only Halo product with the SKU CBL-C6-2M.",
        item=ItemRef(id=501),
        item_label="Patch Cable Cat6, id 501",
        losers=(Candidate(id=502, name="Other cable", reason="has the same name, but the SKU decides"),),
    )
    return Plan(
        lines=(line,),
        problems=(problem,) if problem else (),
        totals=(TotalRow(label="One-time total", quoter="3075.00", halo="3075.00", agrees=True),),
        warnings=(Note(path="shipping", text="is not carried over"),),
    )
