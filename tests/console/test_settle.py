"""What was changed in Halo is shown in three versions and waits for a person's word."""

import pytest
from django.urls import reverse

from integrations.choices import Outcome, State, Trigger
from integrations.models import WebhookDelivery
from tests.console.conftest import SignIn
from tests.portal import Portal


def settle(client: object, delivery: WebhookDelivery, decision: str, attempt: int | None = None) -> object:
    newest = delivery.attempts.order_by("-number")[0].pk
    address = reverse("admin:integrations_webhookdelivery_settle", args=[delivery.pk])
    data = {"decision": decision, "attempt": attempt or newest}
    return client.post(address, data, follow=True)  # type: ignore[attr-defined]


def test_three_versions_are_shown(edited: WebhookDelivery, sign_in: SignIn) -> None:
    address = reverse("admin:integrations_webhookdelivery_change", args=[edited.pk])
    page = sign_in("Operator").get(address).content.decode()
    assert "Which version shall Halo show?" in page
    assert "Line “Cable”: quantity" in page
    assert "<strong>4</strong>" in page and "<strong>9</strong>" in page
    assert "Keep Halo" in page and "Use Quoter" in page
    assert "Ask an operator to choose." in sign_in("Sales").get(address).content.decode()


@pytest.mark.parametrize(
    ("decision", "outcome", "quantity"),
    [("keep_halo", Outcome.UNCHANGED, 4), ("use_quoter", Outcome.SUCCEEDED, 9)],
)
def test_decision_is_carried_out(
    portal: Portal, edited: WebhookDelivery, sign_in: SignIn, decision: str, outcome: str, quantity: int
) -> None:
    settle(sign_in("Operator"), edited, decision)
    assert portal.work() == [outcome]
    assert portal.halo_quotes[0]["lines"][0]["quantity"] == quantity
    attempt = portal.last_attempt(edited)
    assert (attempt.trigger, attempt.requested_by.username) == (Trigger.DECISION, "operator")
    edited.refresh_from_db()
    assert (edited.guard_decision, edited.issue) == ("", None)


def test_decision_on_older_differences_is_refused(edited: WebhookDelivery, sign_in: SignIn) -> None:
    settle(sign_in("Operator"), edited, "use_quoter", attempt=1)
    edited.refresh_from_db()
    assert (edited.state, edited.guard_decision) == (State.NEEDS_ATTENTION, "")


def test_edit_made_after_the_decision_is_asked_about_again(
    portal: Portal, edited: WebhookDelivery, sign_in: SignIn
) -> None:
    client = sign_in("Operator")
    settle(client, edited, "use_quoter")
    portal.halo_quotes[0]["lines"][0]["quantity"] = 6.0
    assert portal.work() == [Outcome.NEEDS_ATTENTION]
    assert portal.halo_quotes[0]["lines"][0]["quantity"] == 6
    settle(client, edited, "use_quoter")
    assert portal.work() == [Outcome.SUCCEEDED]
    assert portal.halo_quotes[0]["lines"][0]["quantity"] == 9
    edited.refresh_from_db()
    assert edited.guard_seen is None


@pytest.mark.parametrize("role", ["Viewer", "Sales"])
def test_decision_takes_an_operator(edited: WebhookDelivery, sign_in: SignIn, role: str) -> None:
    assert settle(sign_in(role), edited, "use_quoter").status_code == 403  # type: ignore[attr-defined]
