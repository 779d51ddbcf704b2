"""A quote through all its revisions: what arrived, what was tried, who decided what, what Halo has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.admin.delivery_page import decisions_of
from integrations.admin.quote_links import links_of
from integrations.admin.quote_totals import totals_by_state
from integrations.admin.shadow_pages import verdict_pill
from integrations.admin.timeline import attempts_with_steps, calls_of, view_attempt
from integrations.admin.triggers import settings_text
from integrations.admin.why_page import why_page
from integrations.choices import IntentState, Trigger
from integrations.lookup.shadowing import finding_of
from integrations.models import ItemLink, PersonLink, QuoteLink, SyncAttempt, WebhookDelivery, WriteIntent
from integrations.sync.plans import plan_of
from integrations.sync.replay import name_of

SHOWN = 100


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    at: datetime
    when: SafeString | str
    what: str
    pill: SafeString | str
    text: str
    url: str
    who: str = ""


def quote_page(link: QuoteLink) -> dict[str, Any]:
    """Return the context of `integrations/quote_link_before.html`."""
    deliveries = list(WebhookDelivery.objects.filter(link=link).defer("data")[:SHOWN])
    attempts = list(
        SyncAttempt.objects.filter(delivery__link=link)
        .select_related("delivery", "requested_by", "settings_version")
        .defer("plan", "traceback", "delivery__data")[:SHOWN]
    )
    newest = attempts_with_steps().filter(delivery__link=link, plan__isnull=False).defer("traceback")
    planned = newest.select_related("settings_version", "requested_by", "delivery__integration").first()
    events = [*_arrivals(deliveries), *_attempts(attempts), *_writes(link), *_decisions(link)]
    return {
        "facts": _facts(link, deliveries),
        "links": links_of(link, link.integration),
        "events": sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN],
        "delivery": deliveries[0] if deliveries else None,
        **decisions_of(plan_of(planned), link.integration_id),
        "changes": [],  # an attempt's own page tells what it changed
        "totals": [],  # shown state by state
        "states": totals_by_state(deliveries),
        "newest": view_attempt(planned, calls=calls_of(planned), technical=False) if planned else None,
        "shadow_finding": _shadow(link),
        **why_page(planned),
    }


def _shadow(link: QuoteLink) -> dict[str, Any] | None:
    finding = finding_of(link)
    if finding is None:
        return None
    return {"pill": verdict_pill(finding.verdict), "summary": finding.summary, "url": change_url(finding)}


def _facts(link: QuoteLink, deliveries: list[WebhookDelivery]) -> list[tuple[str, str | SafeString]]:
    newest = max(deliveries, key=lambda delivery: (delivery.position, delivery.pk), default=None)
    opportunity = f"#{link.halo_opportunity_id}" if link.halo_opportunity_id else "Not found yet"
    pairs: list[tuple[str, str | SafeString]] = [
        ("Client", newest.client_name if newest else ""),
        ("Contact", link.contact_email),
        ("Halo user", link.halo_user_name or "Not found yet"),
        ("Opportunity", f"{opportunity}, {link.opportunity_source}".rstrip(", ")),
        ("In Quoter", newest.quote_status.capitalize() if newest else ""),
        ("In Halo", link.applied_status.capitalize() or "Not written yet"),
        ("Total in Quoter", show.amount(newest.total, newest.currency) if newest else ""),
        ("Revisions", str(link.revisions.count())),
    ]
    return [(label, text) for label, text in pairs if text]


def _arrivals(deliveries: list[WebhookDelivery]) -> Iterator[Event]:
    for row in deliveries:
        times = f", {row.times_received} times" if row.times_received > 1 else ""
        text = f"{row.quote_status.capitalize()}, {show.amount(row.total, row.currency)}{times}"
        pill = show.pill(row.state, row.get_state_display())
        yield Event(row.received_at, show.moment(row.received_at), "Received", pill, text, change_url(row))


def _attempts(attempts: list[SyncAttempt]) -> Iterator[Event]:
    for row in attempts:
        who = row.requested_by.get_username() if row.requested_by else ""
        asked = str(row.get_trigger_display()) if row.trigger != Trigger.WEBHOOK else ""
        if row.trigger == Trigger.REPLAY or row.chosen_version:
            asked = f"replayed with {settings_text(row)}"
        yield Event(
            at=row.started_at,
            when=show.moment(row.started_at),
            what=f"Attempt {row.number}" + (f", {asked[:1].lower()}{asked[1:]}" if asked else ""),
            pill=show.pill(row.outcome, row.get_outcome_display()),
            text=show.cut(row.error_message or row.summary, 220),
            url=change_url(row),
            who=who,
        )


def _writes(link: QuoteLink) -> Iterator[Event]:
    for row in WriteIntent.objects.filter(link=link, state=IntentState.DONE)[:SHOWN]:
        text = name_of(row.key)
        number = f", id {row.halo_id}" if row.halo_id is not None else ""
        yield Event(row.created_at, show.moment(row.created_at), "Written to Halo", "", f"{text}{number}", "")


def _decisions(link: QuoteLink) -> Iterator[Event]:
    """Return the choices of people that this quote rests on."""
    people = PersonLink.objects.filter(integration=link.integration_id, email=link.contact_email)
    items = ItemLink.objects.filter(
        integration=link.integration_id, why__startswith=f"Chosen for quote {link.number}:"
    )
    for row in (*people.select_related("created_by"), *items.select_related("created_by")[:SHOWN]):
        if row.created_by is not None:
            who = row.created_by.get_username()
            yield Event(
                row.created_at, show.moment(row.created_at), "Decision", "", str(row), change_url(row), who
            )
