"""One webhook: verify, store with the work it causes, and say what to answer."""

import logging
import uuid
from datetime import datetime, timedelta

from django.db.models import F

from integrations.errors import NotVerified
from integrations.models import Integration, RejectedWebhook
from integrations.quoter.signature import read_form, verify
from integrations.sync.arrival import Arrival, Receipt, store

logger = logging.getLogger(__name__)
MAX_BODY_BYTES = 5 * 1024 * 1024
KEEP_REJECTED_DAYS = 90


class NoSuchEndpoint(Exception):
    """No integration has this address."""


def receive(endpoint: uuid.UUID, body: bytes, *, now: datetime) -> Receipt:
    """Store one webhook and return its receipt. Raises NoSuchEndpoint or NotVerified."""
    integration = Integration.objects.filter(endpoint=endpoint).first()
    if integration is None:
        raise NoSuchEndpoint
    try:
        if len(body) > MAX_BODY_BYTES:
            raise NotVerified("The body is too large.", status=413, reason="too_large")
        form = read_form(body)
        verify(form, keys=integration.hash_keys(), now=now.timestamp())
    except NotVerified as exc:
        _count_rejected(integration, exc, size=len(body), now=now)
        raise
    receipt = store(integration, Arrival(form.data, form.timestamp), now=now)
    logger.info("delivery %s: %s", receipt.delivery_id, "stored" if receipt.new else "arrived again")
    return receipt


def _count_rejected(integration: Integration, error: NotVerified, *, size: int, now: datetime) -> None:
    rows = RejectedWebhook.objects.filter(integration=integration, day=now.date(), reason=error.reason)
    latest = {"last_at": now, "last_message": error.user_message[:200], "last_size": size}
    if rows.update(count=F("count") + 1, **latest):
        return
    RejectedWebhook.objects.get_or_create(
        integration=integration, day=now.date(), reason=error.reason, defaults={"count": 0, **latest}
    )
    rows.update(count=F("count") + 1)
    RejectedWebhook.objects.filter(day__lt=now.date() - timedelta(days=KEEP_REJECTED_DAYS)).delete()
