"""One webhook: verify, store with the work it causes, and say what to answer."""

import hashlib
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from integrations.choices import FINAL, WAITING, State, Trigger
from integrations.errors import NotVerified
from integrations.inbox.headline import read_headline
from integrations.inbox.lineage import find_or_start_link
from integrations.models import Integration, RejectedWebhook, WebhookDelivery
from integrations.quoter.signature import SignedForm, read_form, verify
from integrations.sync.enqueue import ring

_TAKEN_UP_AGAIN = WAITING | {State.SUPERSEDED, State.SHADOWED}

logger = logging.getLogger(__name__)
MAX_BODY_BYTES = 5 * 1024 * 1024
KEEP_REJECTED_DAYS = 90


@dataclass(frozen=True)
class Receipt:
    """What became of a webhook; `new` tells a first arrival from a repetition."""

    delivery_id: int
    new: bool


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
    receipt = _store(integration, form, now=now)
    logger.info("delivery %s: %s", receipt.delivery_id, "stored" if receipt.new else "arrived again")
    return receipt


def _store(integration: Integration, form: SignedForm, *, now: datetime) -> Receipt:
    fingerprint = hashlib.sha256(form.data.encode()).hexdigest()
    try:
        with transaction.atomic():
            known = WebhookDelivery.objects.filter(integration=integration, fingerprint=fingerprint).first()
            if known is None:
                return Receipt(_create(integration, form, fingerprint, now=now), new=True)
            _again(known, form, now=now)
            return Receipt(known.pk, new=False)
    except IntegrityError:
        # The same text at the same moment, in another process that was first: its row answers.
        with transaction.atomic():
            known = WebhookDelivery.objects.get(integration=integration, fingerprint=fingerprint)
            _again(known, form, now=now)
            return Receipt(known.pk, new=False)


def _create(integration: Integration, form: SignedForm, fingerprint: str, *, now: datetime) -> int:
    headline = read_headline(form.data)
    delivery = WebhookDelivery.objects.create(
        integration=integration,
        kind=headline.kind,
        fingerprint=fingerprint,
        data=form.data,
        quoter_timestamp=form.timestamp,
        received_at=now,
        last_received_at=now,
        state=State.QUEUED,
        state_since=now,
        next_attempt_at=now,
        link=find_or_start_link(integration, headline.quote) if headline.quote else None,
        **headline.columns,
    )
    ring(delivery.pk, now=now)
    return delivery.pk


def _again(delivery: WebhookDelivery, form: SignedForm, *, now: datetime) -> None:
    """Note a repetition. One that was signed anew is Quoter's word that this is how the quote stands now."""
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(times_received=F("times_received") + 1, last_received_at=now)
    if form.timestamp <= delivery.quoter_timestamp:
        return
    rows.update(quoter_timestamp=form.timestamp)
    # A delivery that waits is tried again; one that another state has replaced meanwhile (lost, accepted, lost
    # again) takes its place back; one that was only compared may find the integration live by now.
    if delivery.state in _TAKEN_UP_AGAIN or _was_replaced(delivery):
        changed = rows.filter(state__in=FINAL).update(
            state=State.QUEUED, state_since=now, next_attempt_at=now, next_trigger=Trigger.WEBHOOK, retries_made=0
        )
        if changed:
            ring(delivery.pk, now=now)


def _was_replaced(delivery: WebhookDelivery) -> bool:
    link = delivery.link
    if link is None or delivery.state not in FINAL:
        return False
    mine = (delivery.sequence, delivery.rank)
    return link.applied_position[:2] == mine and link.applied_timestamp > delivery.quoter_timestamp


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
