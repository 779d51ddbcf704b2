"""A settings row → a client that is ready to use."""

import time
from collections.abc import Callable

from django.conf import settings

from integrations.connect.budget import Lane, Purpose, RequestGate, budget_left
from integrations.connect.tokens import DatabaseTokenStore
from integrations.errors import SettingsError
from integrations.halo.address import read_address
from integrations.halo.auth import Credentials, HaloAuth
from integrations.halo.people import PeopleClient
from integrations.http import Call, Deadline, Http
from integrations.models import Integration

__all__ = ["Lane", "Purpose", "budget_left", "connect_halo", "halo_credentials", "why_read_only"]


def connect_halo(
    integration: Integration,
    *,
    lane: Lane,
    purpose: Purpose = Purpose.OTHER,
    record: Callable[[Call], None] = lambda call: None,
    deadline: Deadline | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    read_only: bool = False,
) -> PeopleClient:
    """Return the Halo client of an integration; in shadow mode, or if asked for, it refuses every write.

    Raises SettingsError where the settings cannot work.
    """
    if not integration.halo_url:
        raise SettingsError("The Halo domain is missing.", subject="halo_url")
    address = read_address(integration.halo_url)
    http = Http(
        allow_private=settings.ALLOW_PRIVATE_REMOTES,
        record=record,
        gate=RequestGate(integration, lane=lane, purpose=purpose, clock=clock, sleep=sleep),
        deadline=deadline,
        clock=clock,
        read_only=why_read_only(integration) or ("Only a plan was asked for." if read_only else ""),
    )
    store = DatabaseTokenStore(integration, clock=clock)
    auth = HaloAuth(http, address, halo_credentials(integration), store, clock=clock, sleep=sleep)
    return PeopleClient(http, address, auth)


def why_read_only(integration: Integration) -> str:
    """Return why nothing may be written for this integration; "" where it may."""
    return f"“{integration}” is in shadow mode: nothing is written." if integration.shadow else ""


def halo_credentials(integration: Integration) -> Credentials:
    """Return the sign-in of an integration."""
    grant = integration.halo_auth
    if grant not in ("password", "client_credentials"):
        raise SettingsError(f"“{grant}” is no way to sign in to Halo.", subject="halo_auth")
    return Credentials(
        grant=grant,
        client_id=integration.halo_client_id,
        client_secret=integration.halo_client_secret.reveal(),
        username=integration.halo_username,
        password=integration.halo_password.reveal(),
        tenant=integration.halo_tenant,
    )
