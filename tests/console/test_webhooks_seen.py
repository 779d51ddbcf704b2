"""The section on missed webhooks: what it says, to whom, and its button."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from integrations.models import Integration, WebhookDelivery
from integrations.sync.missed import look
from integrations.sync.tasks import sweep
from tests.console.conftest import LINES, SignIn
from tests.lookup.quoter import connect
from tests.portal import Portal
from tests.sync.test_missed import later


def page_of(sign_in: SignIn, integration: Integration, role: str = "Operator") -> str:
    address = reverse("admin:integrations_integration_change", args=[integration.pk])
    return str(sign_in(role).get(address).content.decode())


def press(sign_in: SignIn, integration: Integration, role: str = "Operator") -> int:
    address = reverse("admin:integrations_integration_look_now", args=[integration.pk])
    return int(sign_in(role).post(address).status_code)


def queued() -> list[str]:
    return [SignedPackage.loads(row.payload)["func"].rsplit(".", 1)[1] for row in OrmQ.objects.all()]


def test_without_a_key_it_says_what_is_not_covered(portal: Portal, sign_in: SignIn) -> None:
    page = page_of(sign_in, portal.integration)
    assert "Not covered: Quoter repeats a failed webhook about three times" in page
    assert "Look now" not in page
    assert "#id_new_quoter_api_key" in page_of(sign_in, portal.integration, "Administrator")


def test_it_counts_what_was_seen_and_recovered(portal: Portal, settings: Any, sign_in: SignIn) -> None:
    connect(portal, settings)
    assert "has not looked yet" in page_of(sign_in, portal.integration)
    look(portal.integration, surroundings=portal.surroundings)
    portal.sync(portal.publish(LINES))
    portal.publish(LINES)
    later(portal)
    page = page_of(sign_in, portal.integration)
    assert "Quoter changed 2 quotes since" in page and "1 seen by webhook, 1 recovered." in page
    assert "Recovered so far" in page and "Look now" in page


def test_what_cannot_be_recovered_is_named(portal: Portal, settings: Any, sign_in: SignIn) -> None:
    connect(portal, settings, legacy=True)
    look(portal.integration, surroundings=portal.surroundings)
    portal.publish(LINES)
    later(portal)
    page = page_of(sign_in, portal.integration)
    assert "1 missing" in page and "The older API does not tell a quote&#x27;s lines." in page
    assert "With the older API alone" in page
    page = sign_in("Operator").get(reverse("admin:integrations_issue_changelist")).content.decode()
    assert "Quote 1 has changed in Quoter." in page


def test_an_error_is_shown_in_words(portal: Portal, settings: Any, sign_in: SignIn) -> None:
    connect(portal, settings)
    look(portal.integration, surroundings=portal.surroundings)
    portal.simulator.quoter.api_key = "another"
    later(portal)
    page = page_of(sign_in, portal.integration)
    assert "The last look did not work. Quoter does not accept the API key in the settings." in page


@pytest.mark.parametrize("role", ["Viewer", "Sales", "Operator", "Administrator"])
def test_who_may_look_now(portal: Portal, settings: Any, sign_in: SignIn, role: str) -> None:
    connect(portal, settings)
    allowed = role in ("Operator", "Administrator")
    assert press(sign_in, portal.integration, role) == (302 if allowed else 403)
    assert (queued() == ["look_for_missed"]) == allowed
    assert ("Look now" in page_of(sign_in, portal.integration, role)) == allowed


def test_the_sweep_queues_the_look_where_there_is_a_key(portal: Portal, settings: Any) -> None:
    sweep()
    assert "look_for_missed" not in queued()
    connect(portal, settings)
    sweep()
    assert "look_for_missed" in queued()


def test_a_recovered_delivery_says_how_it_came(portal: Portal, settings: Any, sign_in: SignIn) -> None:
    connect(portal, settings)
    look(portal.integration, surroundings=portal.surroundings)
    portal.publish(LINES)
    later(portal)
    portal.work()
    [delivery] = WebhookDelivery.objects.all()
    client = sign_in("Viewer")
    page = client.get(reverse("admin:integrations_webhookdelivery_change", args=[delivery.pk])).content.decode()
    assert "No webhook came: the portal found it in Quoter." in page
    assert "What Quoter’s API said" in page and "record_updated_at" in page
    listed = client.get(reverse("admin:integrations_webhookdelivery_changelist")).content.decode()
    assert ">recovered<" in listed
    only = client.get(reverse("admin:integrations_webhookdelivery_changelist"), {"recovered__exact": "0"})
    assert only.context["cl"].result_count == 0
    out = StringIO()
    call_command("deliveries", "--json", stdout=out)
    assert json.loads(out.getvalue())[0]["recovered"] is True
