"""The section *Webhooks seen* of an integration's page: what changed in Quoter, and whether a webhook told it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import plural
from integrations.admin.fixes import field_url
from integrations.connect.quoter import quoter_is_connected
from integrations.models import Integration, Recovery
from integrations.sync.missed import EVERY
from integrations.sync.silence import silence

_NO_KEY = (
    "Not covered: Quoter repeats a failed webhook about three times within three hours, and then never. Without a "
    "key for Quoter's API the portal cannot see what it was not told, so a quote whose webhooks all failed is "
    "missing in Halo until somebody sends it again in Quoter, under Integration Requests Status."
)
_OLDER = (
    "With the older API alone, only a new status of a quote that is already here can be taken up. New quotes and "
    "revisions are named here, to be sent again in Quoter. A ScalePad API key covers them too."
)
_SHOWN = 20


def webhooks_seen(integration: Integration, *, now: datetime) -> dict[str, Any]:
    """Return the context of `integrations/webhooks_seen.html`."""
    row = Recovery.objects.filter(integration=integration).first()
    connected = quoter_is_connected(integration)
    looks = connected and integration.enabled and integration.recover_missed
    quiet = silence(integration, now=now) if looks else None
    return {
        "connected": connected,
        "looks": looks,
        "sentence": _sentence(integration, row, connected),
        "older": _OLDER if looks and not integration.quoter_api_key else "",
        "key_url": "" if connected else field_url(integration, "new_quoter_api_key"),
        "silence": _silence(quiet.since, quiet.quotes, quiet.hours) if quiet and quiet.hours >= 1 else "",
        "tone": _tone(row, quiet is not None and quiet.too_long) if looks else "warn",
        "times": _times(row, now) if looks and row else [],
        "error": row.last_error if looks and row else "",
        "error_hint": row.last_hint if looks and row else "",
        "missing": [_missing(entry) for entry in row.missing[:_SHOWN]] if looks and row else [],
        "more_missing": max(len(row.missing) - _SHOWN, 0) if looks and row else 0,
        "look_url": reverse("admin:integrations_integration_look_now", args=[integration.pk]),
    }


def _sentence(integration: Integration, row: Recovery | None, connected: bool) -> str:
    if not connected:
        return _NO_KEY
    if not integration.recover_missed:
        return "Looking for missed webhooks is switched off in the settings below."
    if not integration.enabled:
        return "The portal looks once this integration is switched on."
    if row is None or row.looked_since is None:
        return "The portal has not looked yet; it does within a minute or two."
    since = show.plain_moment(row.looked_since)
    if not row.changed:
        return f"Nothing has changed in Quoter since {since}."
    missing = f", {len(row.missing)} missing" if row.missing else ""
    return (
        f"Quoter changed {plural(row.changed, 'quote')} since {since}: {row.seen} seen by webhook, "
        f"{row.recovered} recovered{missing}."
    )


def _tone(row: Recovery | None, silent: bool) -> str:
    if row is None:
        return "calm"
    return "bad" if silent or row.last_error else "turn" if row.missing else "good"


def _silence(since: datetime, quotes: int, hours: float) -> str:
    changed = "1 quote has" if quotes == 1 else f"{quotes} quotes have"
    return (
        f"{changed} changed in Quoter since {show.plain_moment(since)} without any webhook, for "
        f"{hours:.0f} business {'hour' if round(hours) == 1 else 'hours'}."
    )


def _times(row: Recovery, now: datetime) -> list[tuple[str, SafeString | str]]:
    following = row.tried_at + EVERY if row.tried_at else None
    if row.to_be_continued or following is None or following <= now:
        next_look: SafeString | str = "within a minute or two"
    else:
        next_look = show.moment(following)
    return [
        ("Last look", show.moment(row.looked_at)),
        ("Next look", next_look),
        ("Recovered so far", str(row.recovered_ever)),
    ]


def _missing(entry: dict[str, str]) -> dict[str, Any]:
    return {**entry, "changed": show.moment(datetime.fromisoformat(entry["changed_at"]))}
