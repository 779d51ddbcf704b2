"""What a breaker holds back, in words, with the button that tries at once."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from integrations.admin import show
from integrations.admin.base import change_url, may
from integrations.models import Breaker, Integration
from integrations.sync.breaker import is_trying, open_breakers


@dataclass(frozen=True)
class HeldCard:
    """One integration whose quotes are held back."""

    integration: Integration
    url: str
    text: str
    count: int
    issue_url: str
    try_url: str
    is_sign_in: bool


def held_cards(request: HttpRequest, integration: Integration | None = None) -> list[HeldCard]:
    """Return a card for each integration that is held back, or for this one alone."""
    rows = [row for row in open_breakers() if integration is None or row.integration_id == integration.pk]
    return [_card(request, row) for row in rows]


def held_line(row: Breaker) -> str:
    """Return what is held back, since when and until when, as a sentence without its stop."""
    assert row.opened_at is not None  # noqa: S101  only asked of open ones
    then = "the next quote tries now"
    if not is_trying(row) and row.trial_at is not None:
        then = f"the portal tries again at {show.plain_moment(row.trial_at)}"
    return f"Held back since {show.plain_moment(row.opened_at)}: {row.reason.rstrip('.')}; {then}"


def _card(request: HttpRequest, row: Breaker) -> HeldCard:
    issue = row.issue
    return HeldCard(
        integration=row.integration,
        url=change_url(row.integration),
        text=held_line(row),
        count=issue.deliveries.count() if issue else 0,
        issue_url=change_url(issue) if issue else "",
        try_url=reverse("admin:integrations_integration_try_now", args=[row.integration_id])
        if may(request, "pause", Integration)
        else "",
        is_sign_in=row.code == "credentials_rejected",
    )


def held_of(integration: Integration) -> str:
    """Return the sentence for an integration; "" where nothing is held back."""
    row: Breaker | None = getattr(integration, "breaker", None)  # lists bring it along
    return held_line(row) if row is not None and row.is_open else ""
