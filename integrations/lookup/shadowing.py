"""Running beside another connector, and going live: what then becomes of what was only compared."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from integrations.choices import ACTIVE, AGREED, ShadowVerdict, State, Trigger
from integrations.errors import PortalError
from integrations.lookup.relink import take_link
from integrations.models import Integration, QuoteLink, SettingsChange, ShadowFinding, WebhookDelivery
from integrations.sync.enqueue import ring_due, sync_again


class Start(StrEnum):
    """What going live does about the quotes that were only compared."""

    NEW = "new"
    """Nothing: only what arrives from now on is written."""
    MISSING = "missing"
    """Those that Halo lacks, or that would need a decision, are synced."""
    ALL = "all"
    """All are synced: what differs is brought in line with Quoter."""


_SYNCED = {
    Start.NEW: frozenset[ShadowVerdict](),
    Start.MISSING: frozenset({ShadowVerdict.MISSING, ShadowVerdict.WOULD_WAIT}),
    # Where several Halo quotes could be it, a sync would make one more: a person chooses first.
    Start.ALL: frozenset({ShadowVerdict.MISSING, ShadowVerdict.WOULD_WAIT, ShadowVerdict.DIFFERS}),
}


class NotSwitched(PortalError):
    """Shadow mode that is on or off already."""

    code = "not_switched"
    hint = "Load the page again."


@dataclass(frozen=True)
class Went:
    """What going live did: how many Halo quotes were linked, deliveries are synced, deliveries had waited."""

    linked: int
    synced: int
    waiting: int


def counts_of(integration: Integration) -> dict[str, int]:
    """Return how many quotes were compared, by verdict."""
    rows = ShadowFinding.objects.filter(integration=integration).order_by()
    found = dict(rows.values_list("verdict").annotate(n=Count("pk")))
    return {verdict: found.get(verdict, 0) for verdict in ShadowVerdict}


def waiting_of(integration: Integration) -> int:
    """Return how many deliveries are not compared yet: they are written once the integration is live."""
    return WebhookDelivery.objects.filter(integration=integration, state__in=ACTIVE).count()


def synced_by(start: Start, counts: dict[str, int]) -> int:
    """Return how many of the compared quotes a way of starting syncs."""
    return sum(counts[verdict] for verdict in _SYNCED[start])


def written_before(integration: Integration) -> int:
    """Return how many quotes the portal itself has written for this integration."""
    rows = WebhookDelivery.objects.filter(integration=integration, state__in=AGREED)
    return rows.values("link").distinct().count()


def into_shadow(integration: Integration, *, now: datetime) -> None:
    """Stop writing, from the next request on. Raises NotSwitched."""
    live = Integration.objects.filter(pk=integration.pk, shadow=False)
    if not live.update(shadow=True, shadow_since=now):
        raise NotSwitched(f"{integration} is in shadow mode already.")
    SettingsChange.record(integration, shadow=(False, True))


def go_live(integration: Integration, start: Start, *, by: AbstractBaseUser, now: datetime) -> Went:
    """Begin to write. Raises NotSwitched.

    The Halo quotes that were found are linked, however it starts: else a revision would make a second one.
    """
    with transaction.atomic():
        shadowed = Integration.objects.filter(pk=integration.pk, shadow=True)
        if not shadowed.update(shadow=False, shadow_since=None):
            raise NotSwitched(f"{integration} is live already.")
        SettingsChange.record(integration, shadow=(True, False))
        ShadowFinding.objects.filter(integration=integration).update(look_again_at=None)
    findings = ShadowFinding.objects.filter(integration=integration)
    linked = _adopt(findings.filter(halo_quote_id__isnull=False), by=by, now=now)
    ids = list(findings.filter(verdict__in=_SYNCED[start]).values_list("delivery", flat=True))
    synced = sync_again(ids, now=now, trigger=Trigger.GO_LIVE, by=by)
    waiting = waiting_of(integration) - synced
    ring_due(now=now, again_after_s=0)
    return Went(linked=linked, synced=synced, waiting=max(waiting, 0))


def _adopt(findings: QuerySet[ShadowFinding], *, by: AbstractBaseUser, now: datetime) -> int:
    count = 0
    for finding in findings.select_related("link", "delivery"):
        if finding.link.halo_quote_id is None:
            count += _link(finding, by=by, now=now)
    return count


def _link(finding: ShadowFinding, *, by: AbstractBaseUser, now: datetime) -> bool:
    """Link a found Halo quote; what somebody changes in it from here on is then told, not written over."""
    held = finding.halo_quote or {}
    values: dict[str, object] = {
        "halo_quote_id": finding.halo_quote_id,
        "halo_quote_reference": held.get("reference", ""),
        "halo_opportunity_id": held.get("ticket_id"),
        "halo_sales_order_id": finding.halo_order_id,
        "opportunity_source": "found in shadow mode",
        "last_written": held or None,
    }
    if finding.verdict == ShadowVerdict.AGREES:
        sequence, rank, timestamp = finding.delivery.position
        values |= {
            "applied_quote_id": finding.delivery.quote_id,
            "applied_status": finding.delivery.quote_status,
            "applied_sequence": sequence,
            "applied_rank": rank,
            "applied_timestamp": timestamp,
        }
    try:
        with transaction.atomic():
            return take_link(finding.link_id, now=now, by=by, why="Found in shadow mode.", **values)
    except IntegrityError:  # another quote has that Halo quote: its delivery will ask
        return False


def compare_again(findings: QuerySet[ShadowFinding], *, by: AbstractBaseUser, now: datetime) -> int:
    """Compare these quotes afresh; return how many."""
    rows = findings.filter(integration__shadow=True, delivery__state=State.SHADOWED)
    ids = list(rows.values_list("delivery", flat=True))
    return sync_again(ids, now=now, trigger=Trigger.COMPARISON, by=by)


def choose_quote(finding: ShadowFinding, halo_quote_id: int, *, by: AbstractBaseUser, now: datetime) -> None:
    """Keep which of several Halo quotes it is, and compare with that one. Raises NotSwitched."""
    if halo_quote_id not in finding.candidates:
        raise NotSwitched(f"Halo quote {halo_quote_id} is none of those that could be it.")
    ShadowFinding.objects.filter(pk=finding.pk).update(chosen_quote_id=halo_quote_id)
    sync_again([finding.delivery_id], now=now, trigger=Trigger.COMPARISON, by=by)


def finding_of(link: QuoteLink | None) -> ShadowFinding | None:
    """Return what shadow mode found of a quote."""
    return ShadowFinding.objects.filter(link=link).select_related("integration").first() if link else None
