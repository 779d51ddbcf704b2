"""The dead man's switch: quotes change in Quoter, and no webhook comes at all."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from integrations.domain.hours import business_hours
from integrations.errors import WebhooksSilent
from integrations.models import Integration, Issue, Recovery, WebhookDelivery

SUBJECT = "webhooks"


@dataclass(frozen=True)
class Silence:
    """Since when no webhook has come although quotes changed, how many, and the business hours since."""

    since: datetime
    quotes: int
    hours: float
    limit: int | None

    @property
    def too_long(self) -> bool:
        """Somebody should look."""
        return self.limit is not None and self.hours >= self.limit


def last_webhook(integration: Integration) -> datetime | None:
    """Return when the newest webhook of any kind came; what the portal found by itself is none."""
    told = WebhookDelivery.objects.filter(integration=integration, recovered=False)
    return told.order_by("-last_received_at").values_list("last_received_at", flat=True).first()


def silence(integration: Integration, *, now: datetime) -> Silence | None:
    """Return how long quotes have changed in Quoter without a webhook of any kind; None where that is not so.

    Known as of the newest look for missed webhooks, so only where there is a key for Quoter's API.
    """
    row = Recovery.objects.filter(integration=integration).exclude(unanswered_since=None).first()
    if row is None or row.unanswered_since is None:
        return None
    last = last_webhook(integration)
    if last is not None and last > row.unanswered_since:
        return None
    hours = business_hours(row.unanswered_since, now, ZoneInfo(settings.TIME_ZONE))
    return Silence(since=row.unanswered_since, quotes=row.unanswered, hours=hours, limit=integration.silence_hours)


def note_gaps(row: Recovery, gaps: list[datetime]) -> None:
    """Count the newly found gaps that came after the newest webhook; one that came since ends the silence."""
    last = last_webhook(row.integration)
    if row.unanswered_since is not None and last is not None and last > row.unanswered_since:
        row.unanswered_since, row.unanswered = None, 0
    unanswered = [at for at in gaps if last is None or at > last]
    if unanswered:
        row.unanswered_since = min([*unanswered, *filter(None, [row.unanswered_since])])
        row.unanswered += len(unanswered)


def report_silence(integration: Integration, *, now: datetime) -> None:
    """Open the cause where the silence is too long; close it once a webhook has come."""
    found = silence(integration, now=now)
    if found is None or not found.too_long:
        Issue.settle(integration, code=WebhooksSilent.code, at=now)
        return
    quotes = "1 quote has" if found.quotes == 1 else f"{found.quotes} quotes have"
    with transaction.atomic():
        Issue.report(
            integration,
            code=WebhooksSilent.code,
            subject=SUBJECT,
            message=f"{quotes} changed in Quoter since {found.since:%Y-%m-%d %H:%M} UTC, and no webhook at all "
            f"came for {found.hours:.0f} business hours.",
            hint=WebhooksSilent.hint,
            at=now,
            stands_alone=True,
        )
