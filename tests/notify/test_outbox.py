"""One cause, one message; over, one more; what fails comes again; nothing twice."""

import smtplib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import environ
import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import override_settings

from integrations.choices import State
from integrations.errors import NotCarried
from integrations.models import Channel, Integration, Issue, Notice, NoticeSending, Topic, Trouble, WebhookDelivery
from integrations.models.notices import WINDOW_S
from integrations.notify.outbox import BACKOFF_S, GROUP_S, KEEP, catch_up, forget_old, send_due, send_test
from integrations.sync.breaker import FAILURES
from tests.admin.rows import add_delivery, add_integration
from tests.http.server import Answer, Server
from tests.notify.conftest import MakeChannel
from tests.notify.smtp import mail_server
from tests.portal import Portal, line

START = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
MESSAGE = "Halo has two users with the e-mail avery.sample@example.com (Avery Sample, id 41)."


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def row(db: None) -> Integration:
    return add_integration()


def report(row: Integration, *, at: datetime = START, subject: str = "contact x", message: str = MESSAGE) -> Issue:
    return Issue.report(row, code="person_ambiguous", subject=subject, message=message, hint="Choose.", at=at)


def close(issue: Issue, *, at: datetime) -> None:
    issue.deliveries.update(issue=None)
    issue.close_if_settled(at=at)


def told(receiver: Server) -> list[list[tuple[str, str]]]:
    """Return event and sentence of each cause, by message."""
    return [[(c["event"], c["sentence"]) for c in got.json["causes"]] for got in receiver.received]


def test_a_cause_is_told_once_with_count_money_and_link(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    channel = make_channel()
    issue = report(row)
    for number in ("1", "2"):
        delivery = add_delivery(row, number, state=State.NEEDS_ATTENTION)
        WebhookDelivery.objects.filter(pk=delivery.pk).update(issue=issue, total=60, currency="USD")
    report(row, at=after(5))
    assert send_due(now=after(GROUP_S - 1)) == 0
    assert send_due(now=after(GROUP_S)) == 1
    report(row, at=after(100))
    assert send_due(now=after(400)) == 0

    (got,) = receiver.received
    assert (got.method, got.path) == ("POST", "/hook/s3cret-part")
    (cause,) = got.json["causes"]
    assert cause["quotes_waiting"] == 2 and cause["money_waiting"] == "120.00 USD"
    assert cause["link"] == f"http://127.0.0.1/integrations/issue/{issue.pk}/change/"
    # Whose address it is stands in the portal, not in a chat room.
    assert cause["sentence"] == MESSAGE.replace("avery.sample@", "…@")
    channel.refresh_from_db()
    assert (channel.last_error, channel.last_sent_at) == ("", after(GROUP_S))


def test_a_cause_that_is_undone_tells_nothing(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        report(row)
        assert Notice.objects.count() == 1
        raise ZeroDivisionError
    assert send_due(now=after(60)) == 0 and not Notice.objects.exists()


def test_over_is_told_to_those_who_were_told_of_it(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel()
    issue = report(row)
    send_due(now=after(40))
    late = make_channel(name="Late comer")
    close(issue, at=after(60))
    send_due(now=after(100))
    assert [message[0][0] for message in told(receiver)] == ["opened", "closed"]
    assert NoticeSending.objects.get(channel=late).state == "dropped"


def test_what_was_over_before_it_was_told_is_not_told(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel()
    close(report(row), at=after(5))
    assert send_due(now=after(60)) == 0 and receiver.received == []
    assert set(NoticeSending.objects.values_list("state", flat=True)) == {"dropped"}


def test_what_flaps_is_told_once_an_hour_and_ends_true(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel()
    at = 0.0
    for _ in range(10):
        issue = report(row, at=after(at))
        send_due(now=after(at + 40))
        close(issue, at=after(at + 60))
        send_due(now=after(at + 100))
        at += 120
    assert [message[0][0] for message in told(receiver)] == ["opened", "closed"]
    report(row, at=after(at))
    send_due(now=after(at + 40))
    assert len(receiver.received) == 2, "its hour is used up"
    for seconds in range(int(at), WINDOW_S + 600, 60):
        catch_up(now=after(seconds))
        send_due(now=after(seconds))
    assert [message[0][0] for message in told(receiver)] == ["opened", "closed", "opened"]


def test_many_causes_at_once_are_one_message(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel()
    for number in range(40):
        report(row, at=after(number / 10), subject=f"contact {number}", message=f"Cause {number}.")
    send_due(now=after(60))
    (got,) = receiver.received
    assert got.json["title"] == "40 causes: 40 need attention"
    assert len(got.json["causes"]) == 40


def test_put_aside_is_not_told_until_that_is_over(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel()
    issue = report(row)
    Issue.objects.update(snoozed_until=after(86_400))
    for hours in range(24):
        catch_up(now=after(hours * 3600))
        send_due(now=after(60 + hours * 3600))
    assert receiver.received == []
    send_due(now=after(86_401))
    assert told(receiver)[0][0][0] == "opened" and issue.is_open


def test_what_is_not_taken_comes_again_with_longer_waits_and_then_ends(
    row: Integration, receiver: Server, make_channel: MakeChannel, answers: list[Answer]
) -> None:
    channel = make_channel()
    answers += [Answer(status=500)] * 2 + [Answer(status=404)]
    report(row)
    at = float(GROUP_S)
    assert send_due(now=after(at)) == 0
    channel.refresh_from_db()
    assert channel.last_error == "127.0.0.1 answered with server error 500." and channel.failing_since == after(at)
    for wait in BACKOFF_S[:2]:
        assert send_due(now=after(at + wait - 1)) == 0
        at += wait
        send_due(now=after(at))
    channel.refresh_from_db()
    assert channel.last_error == "127.0.0.1 answered 404: no such webhook: was it removed?"
    assert "s3cret" not in channel.last_error
    at += BACKOFF_S[2]
    assert send_due(now=after(at)) == 1
    channel.refresh_from_db()
    assert (channel.last_error, channel.failing_since) == ("", None)
    ids = {got.json["causes"][0]["id"] for got in receiver.received}
    assert len(receiver.received) == 4 and len(ids) == 1, "a receiver can tell repeats"

    answers += [Answer(status=503)] * 20
    report(row, subject="another")
    for step in range(60):
        send_due(now=after(at + step * 3600))
    assert NoticeSending.objects.get(notice__issue__subject="another").state == "failed"
    assert len(receiver.received) == 4 + 1 + len(BACKOFF_S)


def test_a_channel_that_asks_for_time_gets_it(
    row: Integration, receiver: Server, make_channel: MakeChannel, answers: list[Answer]
) -> None:
    make_channel()
    answers.append(Answer(status=429, headers={"Retry-After": "1200"}))
    report(row)
    send_due(now=after(40))
    assert NoticeSending.objects.get().next_try_at == after(40 + 1200)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_message(receiver: Server, make_channel: MakeChannel) -> None:
    row = add_integration()
    make_channel()
    report(row)
    send_due(now=START)  # handed out, not due yet
    barrier = threading.Barrier(4)

    def work() -> None:
        try:
            barrier.wait()
            send_due(now=after(GROUP_S))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("topic", "values", "wanted"),
    [
        (Topic.QUOTES, {"about_quotes": False}, False),
        (Topic.CONNECTION, {"about_quotes": False}, True),
        (Topic.PORTAL, {"about_portal": False}, False),
        (Topic.QUOTES, {"enabled": False}, False),
    ],
)
def test_channels_get_what_they_want(
    row: Integration, receiver: Server, make_channel: MakeChannel, topic: Topic, values: Any, wanted: bool
) -> None:
    make_channel(**values)
    issue = report(row)
    Notice.objects.update(topic=topic)
    send_due(now=after(60))
    assert bool(receiver.received) == wanted and issue.is_open


def test_who_hears_that_it_began_hears_that_it_is_over(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel(about_quotes=False)
    issue = Issue.report(
        row, code="look_failed", subject="Quoter", message="No.", hint="Look.", at=START, stands_alone=True
    )
    send_due(now=after(40))
    issue.stand_down(at=after(60))
    send_due(now=after(100))
    assert [message[0][0] for message in told(receiver)] == ["opened", "closed"]


def test_channels_of_one_integration_hear_nothing_of_others(
    row: Integration, receiver: Server, make_channel: MakeChannel
) -> None:
    make_channel(integration=row)
    report(Integration.objects.create(name="Other"))
    Notice.write("portal:disk", Notice.Event.OPENED, topic=Topic.PORTAL, sentence="The disk is full.", at=START)
    Trouble.objects.create(name="disk", sentence="The disk is full.", since=START)
    send_due(now=after(60))
    assert told(receiver) == [[("opened", "The disk is full.")]]


def test_an_opened_breaker_is_one_message_whatever_it_holds(
    portal: Portal, receiver: Server, make_channel: MakeChannel
) -> None:
    from integrations.simulator import Fault

    make_channel()
    for number in range(FAILURES * 2):
        portal.receive(portal.publish([line(f"Item {number}", sku=f"S{number}")]))
    portal.simulator.halo.fail(Fault("500", times=100_000))
    portal.work()
    send_due(now=portal.surroundings.now() + timedelta(seconds=60))
    (causes,) = told(receiver)
    assert len(causes) == 1 and "Quotes are held back until Halo answers again." in causes[0][1]
    assert receiver.received[0].json["causes"][0]["quotes_waiting"] == FAILURES * 2
    portal.simulator.halo.faults.clear()
    portal.wait(100)
    portal.wait(5)
    send_due(now=portal.surroundings.now() + timedelta(seconds=60))
    assert [message[0][0] for message in told(receiver)] == ["opened", "closed"]


def test_teams_gets_an_adaptive_card(row: Integration, receiver: Server, make_channel: MakeChannel) -> None:
    make_channel("teams")
    report(row, message="Halo said: “[click](https://evil.example)”")
    send_due(now=after(60))
    body = receiver.received[0].json
    assert body["type"] == "message"
    card = body["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["type"] == "AdaptiveCard"
    # Rich text is never read as markdown.
    assert {block["type"] for block in card["content"]["body"]} == {"RichTextBlock"}
    assert card["content"]["actions"][0]["url"].startswith("http://127.0.0.1/integrations/issue/")


def test_slack_gets_escaped_text(row: Integration, receiver: Server, make_channel: MakeChannel) -> None:
    make_channel("slack")
    report(row, message="Halo said: <!channel> & more")
    report(row, subject="second", message="A second cause.")
    send_due(now=after(60))
    text = receiver.received[0].json["text"]
    assert "&lt;!channel&gt; &amp; more" in text and "<!channel>" not in text
    assert text.startswith("*2 causes: 2 need attention*") and "|Open>" in text


@override_settings(EMAIL_IS_SET_UP=True)
def test_mail_goes_to_the_recipients(row: Integration, make_channel: MakeChannel) -> None:
    make_channel("email", recipients="ops@msp.example\nboss@msp.example")
    report(row, message="One line\nBcc: victim@example.com")
    send_due(now=after(60))
    (sent,) = mail.outbox
    assert sent.to == ["ops@msp.example", "boss@msp.example"] and sent.bcc == []
    assert sent.subject == "[Quote Portal] Needs attention: One line Bcc: …@example.com"
    assert "http://127.0.0.1/integrations/issue/" in sent.body


@override_settings(EMAIL_IS_SET_UP=True)
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), "refuses the portal's sign-in"),
        (smtplib.SMTPRecipientsRefused({"ops@msp.example": (550, b"no")}), "refuses ops@msp.example"),
        (smtplib.SMTPServerDisconnected("gone"), "did not take the message"),
        (ConnectionRefusedError(), "No connection to the mail server."),
    ],
)
def test_mail_that_fails_says_why(
    make_channel: MakeChannel, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(self: object, messages: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    channel = make_channel("email", recipients="ops@msp.example")
    with pytest.raises(NotCarried, match=words):
        send_test(channel, now=START)
    channel.refresh_from_db()
    assert words in channel.last_error


def test_mail_by_a_real_server(make_channel: MakeChannel) -> None:
    channel = make_channel("email", recipients="ops@msp.example\nboss@msp.example")
    with mail_server() as server:
        settings = environ.Env().email_url_config(f"smtp://127.0.0.1:{server.port}")
        real = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_IS_SET_UP": True}
        with override_settings(**settings | real):
            send_test(channel, now=START)
    assert server.recipients == ["ops@msp.example", "boss@msp.example"]
    assert "Subject: [Quote Portal] Test from the Quote Portal" in server.text
    assert "Auto-Submitted: auto-generated" in server.text


def test_mail_without_a_server_says_so(make_channel: MakeChannel) -> None:
    with pytest.raises(NotCarried, match="EMAIL_URL"):
        send_test(make_channel("email", recipients="ops@msp.example"), now=START)


@override_settings(ALLOW_PRIVATE_REMOTES=False)
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://hooks.example.com/x", "https only"),
        ("https://127.0.0.1/x", "private"),
        ("https://[::1]/x", "private"),
    ],
)
def test_webhooks_go_through_the_guard(make_channel: MakeChannel, address: str, words: str) -> None:
    with pytest.raises(NotCarried, match=words):
        send_test(make_channel(address=address), now=START)


def test_a_redirect_is_not_followed(receiver: Server, make_channel: MakeChannel, answers: list[Answer]) -> None:
    answers.append(Answer(status=302, headers={"Location": "http://127.0.0.1:9/"}))
    from integrations.errors import PortalError

    with pytest.raises(PortalError, match="redirect"):
        send_test(make_channel(), now=START)
    assert len(receiver.received) == 1


def test_what_was_told_long_ago_is_forgotten(row: Integration, make_channel: MakeChannel) -> None:
    make_channel()
    report(row)
    send_due(now=after(60))
    forget_old(now=START + KEEP)
    assert Notice.objects.count() == 1
    forget_old(now=START + KEEP + timedelta(seconds=1))
    assert (Notice.objects.count(), NoticeSending.objects.count(), Channel.objects.count()) == (0, 0, 1)
