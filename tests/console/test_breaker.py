"""What is held back is said where people look, and an operator may try at once."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.choices import State
from integrations.lookup.connection import check_connection
from integrations.models import Breaker, Integration, WebhookDelivery
from integrations.simulator import Fault
from integrations.sync.breaker import FAILURES
from tests.console.conftest import SignIn
from tests.portal import Portal, line

QUOTES = FAILURES + 1  # the last has not been tried


@pytest.fixture
def held(portal: Portal) -> Breaker:
    """Halo answers nothing but errors, and some quotes wait."""
    for number in range(QUOTES):
        portal.receive(portal.publish([line(f"Item {number}", sku=f"S{number}")]))
    portal.simulator.halo.fail(Fault("500", times=1_000))
    portal.work()
    return Breaker.objects.get(opened_at__isnull=False)


def change(integration: Integration, page: str = "change") -> str:
    return reverse(f"admin:integrations_integration_{page}", args=[integration.pk])


def test_it_is_said_on_every_page(portal: Portal, held: Breaker, sign_in: SignIn) -> None:
    client = sign_in("Operator")
    quote = reverse("admin:integrations_webhookdelivery_change", args=[WebhookDelivery.objects.all()[0].pk])
    for address in (
        reverse("admin:index"),
        reverse("admin:integrations_integration_changelist"),
        change(portal.integration),
        quote,
    ):
        page = client.get(address).content.decode()
        assert "Held back since" in page and "the portal tries again at" in page, address
    assert f"{QUOTES} quotes" in client.get(reverse("admin:index")).content.decode()
    issue = client.get(reverse("admin:integrations_issue_change", args=[held.issue_id])).content.decode()
    assert "Quotes are held back until Halo answers again." in issue
    assert "See when it is tried again, or try now" in issue
    ready = Client().get("/readyz").content.decode()
    assert "halo held back for 1" in ready


def test_try_now_lets_one_quote_through_and_then_all(portal: Portal, held: Breaker, sign_in: SignIn) -> None:
    assert portal.wait(0) == []
    portal.simulator.halo.faults.clear()
    answer = sign_in("Operator").post(change(portal.integration, "try_now"), follow=True)
    assert "tries one quote now" in answer.content.decode()
    assert portal.work() == [State.SUCCEEDED] * QUOTES
    answer = sign_in("Operator").post(change(portal.integration, "try_now"), follow=True)
    assert "Nothing of Example MSP is held back any more." in answer.content.decode()
    assert "Held back" not in answer.content.decode()


@pytest.mark.parametrize("role", ["Viewer", "Sales", "Operator", "Administrator"])
def test_who_may_try(portal: Portal, held: Breaker, sign_in: SignIn, role: str) -> None:
    allowed = role in ("Operator", "Administrator")
    client = sign_in(role)
    assert ("Try now" in client.get(change(portal.integration)).content.decode()) == allowed
    assert client.post(change(portal.integration, "try_now")).status_code == (302 if allowed else 403)
    assert client.get(change(portal.integration, "try_now")).status_code == 405


def test_a_connection_that_works_again_is_used_at_once(portal: Portal, held: Breaker) -> None:
    portal.simulator.halo.faults.clear()
    assert check_connection(portal.integration, clock=portal.clock.time, sleep=portal.clock.sleep).ok
    assert portal.wait(0)[0] == State.SUCCEEDED
