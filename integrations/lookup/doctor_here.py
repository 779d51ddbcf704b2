"""The doctor's rows that need no question to Halo: webhooks, secrets, budget, pause, worker."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from integrations.connect import budget_left
from integrations.lookup.finding import Finding, bad, day, good, unsure
from integrations.models import Integration, RejectedWebhook, WebhookDelivery
from integrations.sync.heartbeat import WORKER_LATE_S, last_beat

OLD_SECRET = timedelta(days=365)
_LONG_ROTATION = timedelta(days=14)
_QUIET = timedelta(days=14)
_REFUSED_LATELY = timedelta(days=1)


def examine_here(integration: Integration, *, now: datetime) -> Iterator[Finding]:
    """Look at what the portal itself knows."""
    yield from _webhooks(integration, now)
    yield from _secrets(integration, now)
    yield _budget(integration, now)
    yield _work(integration, now)


def _webhooks(integration: Integration, now: datetime) -> Iterator[Finding]:
    if not integration.quoter_hash_key:
        text = "There is none, so every webhook is refused."
        yield bad("Hash key", text, "Paste Quoter's, or generate one.", field="new_quoter_hash_key")
    elif integration.quoter_previous_hash_key:
        since = integration.secret_set_at("quoter_hash_key")
        long = since is None or now - since > _LONG_ROTATION
        text = "Two keys are accepted, as during a rotation."
        way_out, field = "Remove the previous one once Quoter uses the new one.", "clear_quoter_previous_hash_key"
        yield unsure("Hash key", text, way_out, field=field) if long else good("Hash key", text)
    else:
        yield good("Hash key", "It is set.")
    last = WebhookDelivery.objects.filter(integration=integration).order_by("-received_at").first()
    refused = RejectedWebhook.objects.filter(integration=integration, last_at__gte=now - _REFUSED_LATELY)
    worst = refused.order_by("-last_at").first()
    if worst is not None and (last is None or worst.last_at > last.last_received_at):
        when = f"{day(worst.last_at)} at {worst.last_at:%H:%M} UTC"
        text = f"The latest one, on {when}, was refused: {worst.last_message}"
        yield bad("Webhooks", text.strip(), "Refused webhooks, under System, names the reasons.")
    elif last is None:
        text = "None has arrived yet."
        yield unsure(
            "Webhooks", text, "Publish a quote in Quoter, or look at Quoter's Integration Requests Status."
        )
    elif now - last.last_received_at > _QUIET:
        text = f"The last one arrived on {day(last.last_received_at)}."
        yield unsure("Webhooks", text, "If quotes were published since, look at Quoter's webhook settings.")
    else:
        yield good(
            "Webhooks",
            f"The last one arrived on {day(last.last_received_at)} at {last.last_received_at:%H:%M} UTC.",
        )


def _secrets(integration: Integration, now: datetime) -> Iterator[Finding]:
    names = ["halo_client_secret", "quoter_hash_key"]
    if integration.halo_auth == "password":
        names[0] = "halo_password"
    ages = [(name, at) for name in names if (at := integration.secret_set_at(name)) and getattr(integration, name)]
    old = [(name, at) for name, at in ages if now - at > OLD_SECRET]
    if old:
        name, at = min(old, key=lambda row: row[1])
        label = str(Integration._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        text = f"{label} has been in use since {day(at)}."
        yield unsure(
            "Age of secrets", text, "Make a new one in the other system and enter it.", field=f"new_{name}"
        )
    elif ages:
        name, at = min(ages, key=lambda row: row[1])
        yield good("Age of secrets", f"The oldest was entered on {day(at)}.")


def _budget(integration: Integration, now: datetime) -> Finding:
    left, limit, blocked_s = budget_left(integration, now=now.timestamp())
    if blocked_s:
        text = f"Halo asked the portal to wait {blocked_s:.0f} more seconds."
        return unsure("Halo requests", text, "Nothing to do: the portal goes on by itself.")
    if left < limit * 0.2:
        text = f"{left} of {limit} requests are left in these five minutes."
        return unsure("Halo requests", text, "Nothing to do: the rest waits its turn.")
    return good("Halo requests", f"{left} of {limit} requests are left in these five minutes.")


def _work(integration: Integration, now: datetime) -> Finding:
    if not integration.enabled:
        return unsure("Work", "The integration is switched off: quotes wait.", "Switch it on.", field="enabled")
    if integration.is_paused(now):
        text = f"It is paused: {integration.pause_reason or 'no reason given'}."
        return unsure("Work", text, "Resume it on this page when it may go on.")
    beat = last_beat()
    if beat is None or (now - beat).total_seconds() > WORKER_LATE_S:
        text = "The worker has not been seen lately, so nothing is synced."
        return bad("Work", text, "Restart the service that runs the portal.")
    return good("Work", "The worker is at work.")
