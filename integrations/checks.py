"""System checks: every wrong setting that can be seen from here, each with the way out."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from integrations.errors import SecretUnreadable
from integrations.models import SECRETS, Channel, Integration

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@register(Tags.security)
def check_simulator(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A simulator must not stand beside real customers."""
    if not settings.SIMULATOR or urlsplit(settings.PUBLIC_URL).hostname in _LOOPBACK:
        return []
    return [
        Warning(
            "The simulator is on, and PUBLIC_URL is not this machine alone.",
            hint="Set SIMULATOR=off, or PUBLIC_URL to http://127.0.0.1:PORT for a demo.",
            id="integrations.W001",
        )
    ]


@register(Tags.security)
def check_private_remotes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Private addresses are for the simulator and for tests."""
    if not settings.ALLOW_PRIVATE_REMOTES or settings.SIMULATOR:
        return []
    return [
        Warning(
            "Integrations may point at http and at private addresses.",
            hint="Set ALLOW_PRIVATE_REMOTES=off, unless Halo runs inside your own network.",
            id="integrations.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_public_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Quoter has to be given an address that it can reach."""
    if settings.PUBLIC_URL:
        return []
    return [
        Warning(
            "PUBLIC_URL is not set, so the webhook address is guessed from each request.",
            hint="Set PUBLIC_URL to where people and Quoter reach the portal, such as https://portal.example.com.",
            id="integrations.W003",
        )
    ]


@register(Tags.security)
def check_encryption_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without proper keys no secret can be stored or read."""
    keys: Sequence[str] = settings.FIELD_ENCRYPTION_KEYS
    wrong = [str(place) for place, key in enumerate(keys, start=1) if not _is_key(key)]
    if keys and not wrong:
        return []
    make = "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"
    return [
        Error(
            f"FIELD_ENCRYPTION_KEYS holds something that is no Fernet key, in place {', '.join(wrong)}."
            if wrong
            else "FIELD_ENCRYPTION_KEYS is empty.",
            hint=f"Make one with: python -c '{make}'",
            id="integrations.E004",
        )
    ]


@register()
def check_retry_scale(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Shortened waits are for tests."""
    if settings.RETRY_SCALE == 1:
        return []
    return [
        Warning(
            f"RETRY_SCALE is {settings.RETRY_SCALE:g}: automatic retries do not wait as documented.",
            hint="Remove RETRY_SCALE from the environment.",
            id="integrations.W005",
        )
    ]


@register(Tags.database)
def check_stored_secrets(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A lost key is noticed at the start, not at the next quote. Runs with `check --database default`."""
    if "default" not in (databases or ()):
        return []
    try:
        found: list[CheckMessage] = [
            Error(
                f"{_label(name)} of {integration.name} cannot be decrypted.",
                hint="Put the key that encrypted it back into FIELD_ENCRYPTION_KEYS, or enter the secret again.",
                id="integrations.E006",
            )
            for integration in Integration.objects.only("name", *SECRETS)
            for name in SECRETS
            if not _opens(integration, name)
        ]
        found += [
            Error(
                f"The webhook address of the notification channel {channel.name} cannot be decrypted.",
                hint="Put the key that encrypted it back into FIELD_ENCRYPTION_KEYS, or enter the address again.",
                id="integrations.E006",
            )
            for channel in Channel.objects.only("name", "address")
            if not _opens(channel, "address")
        ]
        return found
    except DatabaseError:
        return []  # not migrated yet


def _opens(integration: Integration | Channel, name: str) -> bool:
    try:
        getattr(integration, name).reveal()
    except (SecretUnreadable, ValueError):
        return False
    return True


def _label(name: str) -> str:
    return str(Integration._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
