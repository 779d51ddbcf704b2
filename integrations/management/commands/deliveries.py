"""`manage.py deliveries --json [--quote NUMBER]`: what happened, for scripts."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from integrations.models import SyncAttempt, SyncStep, WebhookDelivery


class Command(BaseCommand):
    """Print deliveries, newest first."""

    help = "Prints deliveries with their attempts, steps, outcomes and errors, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("--json", action="store_true", help="As JSON; without it, a line for each delivery.")
        parser.add_argument("--quote", metavar="NUMBER", help="Only those of this Quoter quote.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        rows = WebhookDelivery.objects.select_related("integration", "link").prefetch_related(
            "attempts__steps__calls", "attempts__settings_version"
        )
        if options["quote"]:
            rows = rows.filter(quote_number=options["quote"])
        if options["json"]:
            self.stdout.write(json.dumps([_delivery(row) for row in rows], indent=2, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{row.received_at:%Y-%m-%d %H:%M:%S}  {row}  {row.state}  {row.error_message}")


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    link = row.link
    return {
        "id": row.pk,
        "integration": row.integration.name,
        "kind": row.kind,
        "quote": row.quote_number,
        "quote_id": row.quote_id,
        "quote_name": row.quote_name,
        "quote_status": row.quote_status,
        "state": row.state,
        "received_at": _time(row.received_at),
        "recovered": row.recovered,
        "times_received": row.times_received,
        "next_attempt_at": _time(row.next_attempt_at),
        "error": _error(row),
        "halo": {
            "user_id": link.halo_user_id,
            "opportunity_id": link.halo_opportunity_id,
            "quote_id": link.halo_quote_id,
            "sales_order_id": link.halo_sales_order_id,
        }
        if link
        else None,
        "attempts": [_attempt(attempt) for attempt in sorted(row.attempts.all(), key=lambda a: a.number)],
    }


def _attempt(row: SyncAttempt) -> dict[str, Any]:
    plan = row.plan or {}
    return {
        "number": row.number,
        "trigger": row.trigger,
        "outcome": row.outcome,
        "started_at": _time(row.started_at),
        "finished_at": _time(row.finished_at),
        "task_id": row.task_id,
        "summary": row.summary,
        "error": _error(row),
        "lines": [
            {k: line[k] for k in ("name", "sku", "rule", "why", "item_label")} for line in plan.get("lines", [])
        ],
        "problems": [{k: p[k] for k in ("code", "message", "hint")} for p in plan.get("problems", [])],
        "warnings": plan.get("warnings", []),
        "steps": [_step(step) for step in row.steps.all()],
    }


def _step(row: SyncStep) -> dict[str, Any]:
    return {
        "stage": row.stage,
        "result": row.result,
        "duration_ms": row.duration_ms,
        "summary": row.summary,
        "facts": row.facts,
        "calls": [
            {"method": c.method, "url": c.url, "status": c.status, "duration_ms": c.duration_ms, "error": c.error}
            for c in row.calls.all()
        ],
    }


def _error(row: WebhookDelivery | SyncAttempt) -> dict[str, str] | None:
    if not row.error_code:
        return None
    return {"code": row.error_code, "message": row.error_message, "hint": row.error_hint}


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
