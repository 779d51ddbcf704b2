"""From the outbox to the channels: one message for what came together, again later where it was not taken.

A sending is claimed by a conditional UPDATE, so two workers never send the same. Where a channel's answer is lost,
it is sent again: an alarm that comes twice is better than none, and JSON receivers can tell repeats by `id`.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from integrations.errors import PortalError
from integrations.models import Channel, Issue, Notice, NoticeSending, Trouble
from integrations.models.money import money_by_issue
from integrations.notify.carrier import carry, in_words
from integrations.notify.message import Item, Message, harmless, message_of

logger = logging.getLogger(__name__)

# What comes within this time goes in one message.
GROUP_S = 30
BACKOFF_S = (60, 300, 900, 3_600, 10_800, 21_600)
KEEP = timedelta(days=90)
_CLAIM = timedelta(minutes=2)
_State = NoticeSending.State


def send_due(*, now: datetime) -> int:
    """Hand out what is new and send what is due; return how many messages went out."""
    _hand_out(now=now)
    return sum(_send(channel, now=now) for channel in Channel.objects.filter(enabled=True))


def send_test(channel: Channel, *, now: datetime) -> None:
    """Send a test at once. Raises PortalError."""
    item = Item(
        id="test", over=False, topic="portal", sentence="This is a test from the Quote Portal.", link=_home()
    )
    message = Message("Test from the Quote Portal", [item], _home())
    try:
        carry(channel, message)
    except PortalError as exc:
        _note(channel, in_words(exc), now=now)
        raise
    _note(channel, "", now=now)


def catch_up(*, now: datetime) -> int:
    """Tell what changed while its window had already been used: the last word told is what holds."""
    newest = Notice.objects.filter(issue=OuterRef("pk")).order_by("-pk").values("event")[:1]
    issues = Issue.objects.annotate(told=Subquery(newest)).select_related("integration")
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    opened = issues.filter(awake, closed_at=None, told=Notice.Event.CLOSED)
    closed = issues.filter(closed_at__isnull=False, told=Notice.Event.OPENED)
    count = sum(issue.tell(Notice.Event.OPENED, at=now) for issue in opened)
    return count + sum(issue.tell(Notice.Event.CLOSED, at=now) for issue in closed)


def forget_old(*, now: datetime) -> None:
    """Delete what was told long ago."""
    Notice.objects.filter(created_at__lt=now - KEEP, handed_out_at__isnull=False).delete()


def _hand_out(*, now: datetime) -> None:
    channels = list(Channel.objects.filter(enabled=True))
    for notice in Notice.objects.filter(handed_out_at=None)[:500]:
        due = notice.created_at + timedelta(seconds=GROUP_S)
        with transaction.atomic():
            NoticeSending.objects.bulk_create(
                [
                    NoticeSending(notice=notice, channel=channel, next_try_at=due)
                    for channel in channels
                    if channel.wants(notice)
                ],
                ignore_conflicts=True,
            )
            Notice.objects.filter(pk=notice.pk).update(handed_out_at=now)


def _send(channel: Channel, *, now: datetime) -> int:
    mine = _claim(channel, now=now)
    items = [item for sending in mine if (item := _item(sending, now=now)) is not None]
    if not items:
        return 0
    waiting = NoticeSending.objects.filter(
        pk__in=[s.pk for s in mine], state=_State.WAITING, claimed_until__isnull=False
    )
    try:
        carry(channel, message_of(items, link=_home()))
    except PortalError as exc:
        _note(channel, in_words(exc), now=now)
        for sending in waiting:
            _later(sending, wait=exc.wait or 0.0, now=now)
        logger.warning("channel %s: not sent, %s", channel.pk, exc.code)
        return 0
    waiting.update(state=_State.SENT, sent_at=now, claimed_until=None)
    _note(channel, "", now=now)
    return 1


def _claim(channel: Channel, *, now: datetime) -> list[NoticeSending]:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = NoticeSending.objects.filter(free, channel=channel, state=_State.WAITING, next_try_at__lte=now)
    mine = []
    for sending in due.select_related("notice__issue", "notice__integration"):
        if due.filter(pk=sending.pk).update(claimed_until=now + _CLAIM):
            mine.append(sending)
    return mine


def _item(sending: NoticeSending, *, now: datetime) -> Item | None:
    """Return what is to be said of a cause as it stands now; None where there is nothing to say any more."""
    notice = sending.notice
    over = notice.event == Notice.Event.CLOSED
    issue = notice.issue
    if over == _is_open(notice) or (over and not _was_told(sending)):
        _end(sending, _State.DROPPED)
        return None
    if not over and issue is not None and issue.is_snoozed(now):
        # Somebody has put it aside: it is told when that is over, should it still be there.
        NoticeSending.objects.filter(pk=sending.pk).update(claimed_until=None, next_try_at=issue.snoozed_until)
        return None
    return Item(
        id=f"{notice.cause}/{notice.event}/{notice.window}",
        over=over,
        topic=notice.topic,
        sentence=harmless(issue.message if issue and not over else notice.sentence),
        integration=notice.integration.name if notice.integration else "",
        count=0 if over or issue is None else issue.deliveries.count(),
        money="" if over or issue is None else _money(money_by_issue([issue.pk]).get(issue.pk, [])),
        link=_link(issue),
        at=notice.created_at,
    )


def _is_open(notice: Notice) -> bool:
    if notice.issue is not None:
        return notice.issue.is_open
    return Trouble.objects.filter(pk=notice.cause.removeprefix("portal:"), over_at=None).exists()


def _was_told(sending: NoticeSending) -> bool:
    """Say whether this channel has been told that the cause is open."""
    told = NoticeSending.objects.filter(
        channel=sending.channel_id, notice__cause=sending.notice.cause, state=_State.SENT
    )
    last = told.order_by("-notice_id").values_list("notice__event", flat=True).first()
    return last == Notice.Event.OPENED and sending.channel.tell_when_over


def _later(sending: NoticeSending, *, wait: float, now: datetime) -> None:
    mine: QuerySet[NoticeSending] = NoticeSending.objects.filter(pk=sending.pk)
    if sending.tries >= len(BACKOFF_S):
        _end(sending, _State.FAILED)
        return
    seconds = max(float(BACKOFF_S[sending.tries]), wait)
    mine.update(tries=sending.tries + 1, next_try_at=now + timedelta(seconds=seconds), claimed_until=None)


def _end(sending: NoticeSending, state: NoticeSending.State) -> None:
    NoticeSending.objects.filter(pk=sending.pk).update(state=state, claimed_until=None)


def _note(channel: Channel, error: str, *, now: datetime) -> None:
    """Keep on the channel's row how the last message went."""
    rows = Channel.objects.filter(pk=channel.pk)
    if error:
        rows.update(last_error=error[:300])
        rows.filter(failing_since=None).update(failing_since=now)
    else:
        rows.update(last_error="", failing_since=None, last_sent_at=now)


def _money(sums: Iterable[tuple[str, Decimal]]) -> str:
    return ", ".join(f"{total:,.2f} {currency}".strip() for currency, total in sums)


def _link(issue: Issue | None) -> str:
    if issue is None or not settings.PUBLIC_URL:
        return _home()
    return f"{settings.PUBLIC_URL}{reverse('admin:integrations_issue_change', args=[issue.pk])}"


def _home() -> str:
    return f"{settings.PUBLIC_URL}{reverse('admin:index')}" if settings.PUBLIC_URL else ""
