"""What arrived of Quoter, by webhook or found by the portal itself: stored together with the work it causes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from integrations.choices import FINAL, WAITING, State, Trigger
from integrations.models import Integration, WebhookDelivery
from integrations.sync.enqueue import ring
from integrations.sync.headline import read_headline
from integrations.sync.lineage import find_or_start_link


@dataclass(frozen=True)
class Arrival:
    """One state of a quote, person or payment as text; `timestamp` is when it was so, in seconds since 1970.

    `api_text` is what Quoter's API said, on a state that the portal found itself because no webhook came.
    """

    data: str
    timestamp: int
    api_text: str = ""

    @property
    def recovered(self) -> bool:
        """No webhook brought it."""
        return bool(self.api_text)


@dataclass(frozen=True)
class Receipt:
    """What became of an arrival; `new` tells a first one from a repetition."""

    delivery_id: int
    new: bool


def store(integration: Integration, arrival: Arrival, *, now: datetime) -> Receipt:
    """Store one arrival and ring for it, in one transaction; the same text again is the same delivery."""
    fingerprint = hashlib.sha256(arrival.data.encode()).hexdigest()
    try:
        with transaction.atomic():
            known = WebhookDelivery.objects.filter(integration=integration, fingerprint=fingerprint).first()
            if known is None:
                return Receipt(_create(integration, arrival, fingerprint, now=now), new=True)
            _again(known, arrival, now=now)
            return Receipt(known.pk, new=False)
    except IntegrityError:
        # The same text at the same moment, in another process that was first: its row answers.
        with transaction.atomic():
            known = WebhookDelivery.objects.get(integration=integration, fingerprint=fingerprint)
            _again(known, arrival, now=now)
            return Receipt(known.pk, new=False)


def _create(integration: Integration, arrival: Arrival, fingerprint: str, *, now: datetime) -> int:
    headline = read_headline(arrival.data)
    link = find_or_start_link(integration, headline.quote) if headline.quote else None
    columns = dict(headline.columns)
    if arrival.recovered and link is not None and not columns["sequence"]:
        # Quoter's API does not tell the number by which webhooks order revisions: it comes after all that came.
        newest = link.deliveries.order_by("-sequence").values_list("sequence", flat=True).first()
        columns["sequence"] = (newest or 0) + 1
    delivery = WebhookDelivery.objects.create(
        integration=integration,
        kind=headline.kind,
        fingerprint=fingerprint,
        data=arrival.data,
        recovered=arrival.recovered,
        api_text=arrival.api_text,
        quoter_timestamp=arrival.timestamp,
        received_at=now,
        last_received_at=now,
        state=State.QUEUED,
        state_since=now,
        next_attempt_at=now,
        next_trigger=Trigger.RECOVERED if arrival.recovered else Trigger.WEBHOOK,
        link=link,
        **columns,
    )
    ring(delivery.pk, now=now)
    return delivery.pk


def _again(delivery: WebhookDelivery, arrival: Arrival, *, now: datetime) -> None:
    """Note a repetition. One that was signed anew is Quoter's word that this is how the quote stands now."""
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(times_received=F("times_received") + 1, last_received_at=now)
    if delivery.text_deleted_at is not None:
        rows.update(data=arrival.data, text_deleted_at=None)
    if arrival.timestamp <= delivery.quoter_timestamp:
        return
    rows.update(quoter_timestamp=arrival.timestamp)
    # A delivery that waits is tried again; one that another state has replaced meanwhile (lost, accepted, lost
    # again) takes its place back.
    if delivery.state in WAITING or delivery.state == State.SUPERSEDED or _was_replaced(delivery):
        trigger = Trigger.RECOVERED if arrival.recovered else Trigger.WEBHOOK
        changed = rows.filter(state__in=FINAL).update(
            state=State.QUEUED, state_since=now, next_attempt_at=now, next_trigger=trigger, retries_made=0
        )
        if changed:
            ring(delivery.pk, now=now)


def _was_replaced(delivery: WebhookDelivery) -> bool:
    link = delivery.link
    if link is None or delivery.state not in FINAL:
        return False
    mine = (delivery.sequence, delivery.rank)
    return link.applied_position[:2] == mine and link.applied_timestamp > delivery.quoter_timestamp
