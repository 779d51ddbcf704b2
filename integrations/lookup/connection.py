"""Test connection: one sentence that says whether Halo can be worked with, or what is wrong."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from integrations.connect import Lane, Purpose, connect_halo
from integrations.errors import (
    NotFound,
    PermissionMissing,
    PortalError,
    RemoteBroken,
)
from integrations.halo.client import HaloClient
from integrations.models import HaloToken, Integration
from integrations.quoter.signature import TOLERANCE_S
from integrations.sync.breaker import try_now

# Half of what Quoter's signatures tolerate: beyond it the receiver would soon refuse webhooks.
WORRYING_SKEW_S = TOLERANCE_S / 2


@dataclass(frozen=True)
class ConnectionReport:
    """The verdict for people."""

    ok: bool
    sentence: str
    hint: str = ""


def check_connection(
    integration: Integration,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> ConnectionReport:
    """Sign in to Halo afresh and read what the portal needs; nothing is written."""
    dates: list[tuple[float, str]] = []
    try:
        HaloToken.objects.filter(integration=integration).delete()
        client = connect_halo(
            integration,
            lane=Lane.PERSON,
            purpose=Purpose.SETTINGS,
            record=lambda call: dates.append((call.started_at + call.elapsed_s, call.date)),
            clock=clock,
            sleep=sleep,
        )
        with closing(client):
            agent = client.who_am_i()
            _probe(client)
    except RemoteBroken as exc:
        # A hosted name that does not exist answers 500, not "no such host" (halo.md 1).
        hint = "Is the Halo domain spelt correctly? A domain that Halo does not host answers like this."
        return ConnectionReport(False, exc.user_message, hint)
    except PortalError as exc:
        return ConnectionReport(False, exc.user_message, exc.way_out)
    skew = clock_skew(dates)
    if abs(skew) > WORRYING_SKEW_S:
        return ConnectionReport(
            False,
            f"Halo accepts the sign-in, but this machine's clock is {abs(skew):.0f} seconds "
            f"{'ahead of' if skew > 0 else 'behind'} Halo's.",
            "Set the clock by NTP: webhooks are refused when clocks differ by more than 300 seconds.",
        )
    # What an open breaker holds back need not wait for its next trial.
    try_now(integration, now=datetime.fromtimestamp(clock(), UTC))
    who = f" as {agent}" if agent else ""
    return ConnectionReport(True, f"Halo accepts the sign-in{who} and lets the portal read what it needs.")


# What the portal reads, the permission that opens it, and a harmless look at it.
READS: tuple[tuple[str, str, Callable[[HaloClient], object]], ...] = (
    ("users", "read:customers", lambda client: client.find_users("nobody@example.invalid")),
    ("opportunities", "read:tickets", lambda client: client.open_opportunities(user_id=1)),
    ("quotes", "read:quotes", lambda client: client.find_quotes(ticket_id=1, number="-")),
    ("sales orders", "read:sos", lambda client: client.find_sales_orders(ticket_id=1, quote_id=1)),
    ("products", "read:items", lambda client: client.find_items(sku="-")),
    ("product groups", "read:assets", lambda client: client.product_groups()),
    ("quote statuses", "", lambda client: client.quote_statuses()),
)


def _probe(client: HaloClient) -> None:
    """Read one page of each kind; a right that is missing is named by what it opens."""
    for name, permission, read in READS:
        what = f"{name} ({permission})" if permission else name
        try:
            read(client)
        except (PermissionMissing, NotFound) as exc:
            raise PermissionMissing(
                f"Halo accepts the sign-in, but the API application may not read {what}.",
                hint="In Halo, give the API application and its agent this permission, then test again.",
                subject=what,
            ) from exc


def clock_skew(dates: list[tuple[float, str]]) -> float:
    """Return the seconds by which our clock is ahead, by the least disagreeing answer."""
    skews = []
    for ours, text in dates:
        try:
            skews.append(ours - parsedate_to_datetime(text).timestamp())
        except (ValueError, TypeError):
            continue
    return min(skews, key=abs, default=0.0)
