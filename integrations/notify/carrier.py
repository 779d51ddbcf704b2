"""Carrying one message to one channel, now: by Django's e-mail, or through the portal's own door."""

import smtplib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from integrations.errors import AddressRefused, NotCarried, PortalError
from integrations.http import Http, Request
from integrations.models import Channel
from integrations.notify.message import Message, as_json, as_slack, as_teams, as_text

# A slow chat service must not keep a worker from quotes.
READ_TIMEOUT_S = 10.0
_ANSWER_BYTES = 65_536
_SHAPES: dict[str, Callable[[Message], dict[str, Any]]] = {
    Channel.Kind.TEAMS: as_teams,
    Channel.Kind.SLACK: as_slack,
    Channel.Kind.JSON: as_json,
}


def carry(channel: Channel, message: Message) -> None:
    """Send a message. Raises PortalError with a sentence for the channel's row."""
    if channel.kind == Channel.Kind.EMAIL:
        _mail(channel, message)
    else:
        _post(channel, message)


def recipients_of(text: str) -> list[str]:
    """Return the addresses of a field in which people write one a line, or with commas."""
    return [part for part in text.replace(",", "\n").replace(";", "\n").split() if part]


def _post(channel: Channel, message: Message) -> None:
    if not channel.address:
        raise NotCarried("The webhook address is missing.")
    http = Http(allow_private=settings.ALLOW_PRIVATE_REMOTES, read_timeout_s=READ_TIMEOUT_S)
    shape = _SHAPES[channel.kind]
    try:
        request = Request(
            "POST", channel.address.reveal(), json=shape(message), writes=True, max_bytes=_ANSWER_BYTES
        )
        response = http.send(request)
    except AddressRefused as exc:
        raise NotCarried(exc.user_message) from exc
    finally:
        http.close()
    if not 200 <= response.status < 300:
        # Its words are not repeated: they may hold the address, which is a secret.
        why = "no such webhook: was it removed?" if response.status in (404, 410) else "it was not accepted."
        raise NotCarried(f"{channel.host} answered {response.status}: {why}")


def _mail(channel: Channel, message: Message) -> None:
    to = recipients_of(channel.recipients)
    if not to:
        raise NotCarried("There is no recipient.")
    if not settings.EMAIL_IS_SET_UP:
        raise NotCarried("The portal has no mail server: whoever runs it sets EMAIL_URL.")
    mail = EmailMessage(subject=f"[Quote Portal] {message.title}", body=as_text(message), to=to)
    # Mailing lists and out-of-office replies leave it alone.
    mail.extra_headers = {"Auto-Submitted": "auto-generated"}
    try:
        mail.send()
    except smtplib.SMTPAuthenticationError as exc:
        raise NotCarried("The mail server refuses the portal's sign-in: look at EMAIL_URL.") from exc
    except smtplib.SMTPRecipientsRefused as exc:
        raise NotCarried(f"The mail server refuses {', '.join(sorted(exc.recipients))}.") from exc
    except smtplib.SMTPException as exc:
        raise NotCarried(f"The mail server did not take the message ({type(exc).__name__}).") from exc
    except OSError as exc:
        raise NotCarried("No connection to the mail server.") from exc


def in_words(error: PortalError) -> str:
    """Return why a message was not carried."""
    return error.user_message
