"""Notification channels in the browser: who may set them up, and that a webhook's address never comes out."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse

from integrations.models import Channel
from tests.console.conftest import ROLES, SignIn, said
from tests.http.server import Answer, Server, serve

SECRET = "https://hooks.example.com/services/T000/B000/s3cretpart"
LIST = reverse("admin:integrations_channel_changelist")
ADD = reverse("admin:integrations_channel_add")


@pytest.fixture
def receiver() -> Iterator[Server]:
    with serve(lambda got: Answer(b"ok")) as server:
        yield server


def page(channel: Channel, name: str = "change") -> str:
    return reverse(f"admin:integrations_channel_{name}", args=[channel.pk])


def form(**values: str) -> dict[str, str]:
    wants = dict.fromkeys(("enabled", "about_quotes", "about_connection", "about_portal", "tell_when_over"), "on")
    return {"name": "Service desk", "kind": "slack", "new_address": SECRET, "recipients": "", **wants, **values}


def test_an_address_goes_in_and_never_comes_out(sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    assert client.post(ADD, form()).status_code == 302
    channel = Channel.objects.get()
    assert (channel.address.reveal(), channel.host) == (SECRET, "hooks.example.com")
    for address in (LIST, page(channel), reverse("admin:integrations_channel_history", args=[channel.pk])):
        text = client.get(address).content.decode()
        assert "s3cretpart" not in text
    assert "hooks.example.com" in client.get(LIST).content.decode()
    # Nothing entered keeps it.
    assert client.post(page(channel), form(new_address="", name="Desk")).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.address.reveal()) == ("Desk", SECRET)
    assert client.get(LIST, {"address__contains": "s3cret"}).status_code != 200
    call_command("rotate_secrets")
    channel.refresh_from_db()
    assert channel.address.reveal() == SECRET


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"new_address": ""}, "Enter the webhook"),
        ({"new_address": "ftp://x.example.com/"}, "https only"),
        ({"kind": "email"}, "Enter at least one address."),
        ({"kind": "email", "recipients": "ops@msp.example, nonsense"}, "“nonsense” is no e-mail address."),
    ],
)
def test_what_cannot_work_is_refused(sign_in: SignIn, values: dict[str, str], words: str) -> None:
    answer = sign_in("Administrator").post(ADD, form(**values))
    assert answer.status_code == 200 and words in answer.content.decode()
    assert not Channel.objects.exists()


@pytest.mark.parametrize("role", ROLES)
def test_who_may_set_them_up(sign_in: SignIn, receiver: Server, role: str) -> None:
    channel = Channel.objects.create(name="Desk", kind="json", address=f"{receiver.url}/x", host="127.0.0.1")
    allowed, client = role == "Administrator", sign_in(role)
    text = client.get(page(channel)).content.decode()
    assert ("Send a test" in text) == allowed and ("new_address" in text) == allowed
    assert client.post(page(channel, "test")).status_code == (302 if allowed else 403)
    assert len(receiver.received) == allowed
    assert client.get(ADD).status_code == (200 if allowed else 403)
    assert client.get(page(channel, "delete")).status_code == (200 if allowed else 403)


def test_a_test_says_how_it_went(sign_in: SignIn, receiver: Server) -> None:
    client = sign_in("Administrator")
    channel = Channel.objects.create(name="Desk", kind="teams", address=f"{receiver.url}/x", host="127.0.0.1")
    answer = client.post(page(channel, "test"), follow=True)
    assert said(answer) == ["The test went out. See whether it has arrived."]
    assert "Arrives" in client.get(LIST).content.decode()
    channel.refresh_from_db()
    channel.address = "http://127.0.0.1:9/x"
    channel.save()
    answer = client.post(page(channel, "test"), follow=True)
    assert said(answer) == ["The test did not go out. No connection to 127.0.0.1."]
    assert "No connection to 127.0.0.1. (since" in client.get(LIST).content.decode()


@override_settings(EMAIL_IS_SET_UP=True)
def test_a_test_by_mail(sign_in: SignIn) -> None:
    channel = Channel.objects.create(name="Desk", kind="email", recipients="ops@msp.example")
    sign_in("Administrator").post(page(channel, "test"))
    assert mail.outbox[0].subject == "[Quote Portal] Test from the Quote Portal"
