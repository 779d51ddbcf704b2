"""A pause holds work back and loses nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.choices import State
from integrations.models import Integration, WebhookDelivery
from tests.console.conftest import LINES, SignIn
from tests.portal import Portal


def pause(sign_in: SignIn, integration: Integration, role: str = "Operator", **data: str) -> int:
    given = {"scope": "all", "hours": "", "reason": "Month-end closing", **data}
    address = reverse("admin:integrations_integration_pause", args=[integration.pk])
    return int(sign_in(role).post(address, given).status_code)


def resume(sign_in: SignIn, integration: Integration, role: str = "Operator") -> int:
    address = reverse("admin:integrations_integration_resume", args=[integration.pk])
    return int(sign_in(role).post(address).status_code)


def test_paused_work_waits_and_goes_on_when_resumed(portal: Portal, sign_in: SignIn) -> None:
    assert pause(sign_in, portal.integration) == 302
    delivery = portal.receive(portal.publish(LINES))
    assert portal.work() == ["not due"]
    assert portal.wait(300) == []
    assert portal.simulator.halo.writes == []
    page = sign_in("Viewer").get(reverse("admin:integrations_webhookdelivery_change", args=[delivery.pk]))
    assert "It waits. Paused by operator, until somebody resumes it: Month-end closing." in page.content.decode()

    portal.clock.ahead_s = 0
    assert resume(sign_in, portal.integration) == 302
    assert portal.work() == [State.SUCCEEDED]


def test_pause_ends_by_itself(portal: Portal, sign_in: SignIn) -> None:
    pause(sign_in, portal.integration, hours="1")
    portal.receive(portal.publish(LINES))
    assert portal.work() == ["not due"]
    assert portal.wait(1800) == []
    assert portal.wait(1801) == [State.SUCCEEDED]


def test_paused_writing_plans_and_waits(portal: Portal, sign_in: SignIn) -> None:
    pause(sign_in, portal.integration, scope="writes")
    delivery = portal.receive(portal.publish(LINES))
    assert portal.work() == [State.RETRYING]
    delivery.refresh_from_db()
    assert (delivery.error_code, delivery.failing_since, delivery.retries_made) == ("writes_paused", None, 0)
    assert portal.last_attempt(delivery).plan["actions"]
    assert portal.simulator.halo.writes == []

    resume(sign_in, portal.integration)
    assert portal.work() == [State.SUCCEEDED]


def test_paused_writing_does_not_hold_back_what_needs_none(
    portal: Portal, synced: WebhookDelivery, sign_in: SignIn
) -> None:
    pause(sign_in, portal.integration, scope="writes")
    sign_in("Operator").post(reverse("admin:integrations_webhookdelivery_sync_again", args=[synced.pk]))
    assert portal.work() == [State.UNCHANGED]


@pytest.mark.parametrize("role", ["Viewer", "Sales", "Operator", "Administrator"])
def test_who_may_pause(integration: Integration, sign_in: SignIn, role: str) -> None:
    allowed = role in ("Operator", "Administrator")
    assert pause(sign_in, integration, role) == (302 if allowed else 403)
    integration.refresh_from_db()
    assert integration.is_paused(timezone.now()) == allowed
    assert resume(sign_in, integration, role) == (302 if allowed else 403)
    page = (
        sign_in(role).get(reverse("admin:integrations_integration_change", args=[integration.pk])).content.decode()
    )
    assert (">Pause</a>" in page) == allowed


def test_pause_is_shown_on_home_and_list(integration: Integration, sign_in: SignIn) -> None:
    pause(sign_in, integration)
    client = sign_in("Viewer")
    for name in ("admin:index", "admin:integrations_integration_changelist"):
        assert "Month-end closing" in client.get(reverse(name)).content.decode()


def test_pause_needs_a_reason(integration: Integration, sign_in: SignIn) -> None:
    assert pause(sign_in, integration, reason="") == 200
    integration.refresh_from_db()
    assert integration.paused_at is None


def test_pause_that_is_over_is_none(integration: Integration) -> None:
    now = timezone.now()
    integration.paused_at, integration.paused_until = now - timedelta(hours=2), now - timedelta(hours=1)
    assert integration.works(now)
