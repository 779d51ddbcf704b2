"""The doctor names what is wrong, and leaves nothing behind."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from integrations.lookup.doctor import examine
from integrations.lookup.finding import Finding, Grade
from integrations.models import Integration, ProductGroupMapping, WebhookDelivery
from integrations.simulator import Fault, Simulator
from integrations.sync.heartbeat import beat
from integrations.sync.surroundings import Surroundings
from tests.console.conftest import SignIn
from tests.portal import Portal


def look(integration: Integration, **more: Any) -> dict[str, Finding]:
    report = examine(integration, surroundings=Surroundings(sleep=lambda seconds: None, **more))
    return {finding.title: finding for finding in report.findings}


def test_everything_is_green_once_a_quote_was_accepted(portal: Portal) -> None:
    quote_id = portal.publish([{"name": "Rack", "quantity": 1, "unit_price": "1.00", "category": "Cabling"}])
    portal.sync(quote_id)
    portal.simulator.quoter.accept(quote_id)
    portal.sync(quote_id)
    beat(now=timezone.now())
    quotes = json.dumps(portal.halo_quotes, sort_keys=True, default=str)
    found = look(Integration.objects.get())
    assert [row for row in found.values() if row.grade is not Grade.GOOD] == []
    assert "none was made" in found["Write quotes"].sentence
    now = json.loads(json.dumps(portal.halo_quotes, default=str))
    assert [{**q, "last_update_time": ""} for q in now] == [
        {**q, "last_update_time": ""} for q in json.loads(quotes)
    ]


def test_what_cannot_be_proven_is_said(integration: Integration, simulator: Simulator) -> None:
    found = look(integration)
    for title in ("Write quotes", "Write products", "Write sales orders"):
        assert found[title].grade is Grade.UNSURE
        assert "cannot be proven" in found[title].sentence
    assert simulator.halo.writes == []


@pytest.mark.parametrize(
    ("path", "title", "permission"),
    [
        ("/Users", "Read users", "read:customers"),
        ("/SalesOrder", "Read sales orders", "read:sos"),
        ("/Item", "Read products", "read:items"),
    ],
)
def test_missing_permission_is_named(
    integration: Integration, simulator: Simulator, path: str, title: str, permission: str
) -> None:
    simulator.halo.permissions.add(("GET", path))
    row = look(integration)[title]
    assert row.grade is Grade.BAD
    assert permission in row.sentence


def test_missing_right_to_write_quotes_is_named(portal: Portal, synced: WebhookDelivery) -> None:
    portal.simulator.halo.permissions.add(("POST", "/Quotation"))
    row = look(portal.integration)["Write quotes"]
    assert (row.grade, "edit:quotes" in row.sentence) == (Grade.BAD, True)


def test_refused_sign_in_leads_to_its_field(integration: Integration) -> None:
    integration.halo_client_secret = "wrong"
    integration.save()
    row = look(integration)["Sign-in"]
    assert row.grade is Grade.BAD
    assert "secret" in row.sentence


def test_halo_that_is_down_is_told(integration: Integration, simulator: Simulator) -> None:
    simulator.halo.fail(Fault("500", times=100))
    row = look(integration)["Sign-in"]
    assert (row.grade, row.way_out) == (Grade.BAD, "Look again in a minute.")


def test_statuses_and_groups_that_halo_lacks_are_named(integration: Integration) -> None:
    integration.status_accepted, integration.default_product_group = 77, 7777
    integration.save()
    ProductGroupMapping.objects.create(integration=integration, category="Lighting", halo_group_id=8888)
    found = look(integration)
    assert "Status 77, set for accepted quotes" in found["Quote statuses"].sentence
    assert "Group 7777" in found["Default product group"].sentence
    assert "Lighting (group 8888)" in found["Mapped product groups"].sentence


def test_clock_is_measured(integration: Integration) -> None:
    import time

    row = look(integration, clock=lambda: time.time() + 400)["Clock"]
    # Halo's clock shows whole seconds.
    assert row.grade == Grade.BAD
    assert any(f"{seconds} seconds ahead" in row.sentence for seconds in (399, 400, 401))


def test_old_secret_is_told_and_a_new_one_is_young(integration: Integration) -> None:
    year_ago = timezone.now() - timedelta(days=400)
    integration.secrets_set_at["halo_client_secret"] = year_ago.isoformat()
    integration.save()
    row = look(integration)["Age of secrets"]
    assert (row.grade, row.field) == (Grade.UNSURE, "new_halo_client_secret")
    integration.halo_client_secret = "another"
    integration.save(update_fields=["halo_client_secret"])
    integration.refresh_from_db()
    at = integration.secret_set_at("halo_client_secret")
    assert at is not None and timezone.now() - at < timedelta(minutes=1)


def test_resealed_secret_keeps_its_age(integration: Integration) -> None:
    before = dict(integration.secrets_set_at)
    assert set(before) == {"halo_client_secret", "quoter_hash_key"}
    integration.halo_client_secret = integration.halo_client_secret.resealed()
    integration.secrets_set_at["halo_client_secret"] = "2020-01-01T00:00:00+00:00"
    integration.save()
    assert integration.secrets_set_at["halo_client_secret"].startswith("2020")


def test_page_says_it_and_leads_to_the_field(integration: Integration, sign_in: SignIn) -> None:
    integration.quoter_hash_key = ""
    integration.save()
    address = reverse("admin:integrations_integration_doctor", args=[integration.pk])
    page = sign_in("Administrator").get(address).content.decode()
    assert "every webhook is refused" in page
    assert "#id_new_quoter_hash_key" in page
    assert "#id_" not in sign_in("Operator").get(address).content.decode()
    assert sign_in("Sales").get(address).status_code == 403


def test_command_prints_and_fails_on_red(integration: Integration) -> None:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", integration.name, "--json", stdout=out)
    [report] = json.loads(out.getvalue())
    assert report["grade"] == "bad"  # no worker runs in a test
    assert {"title", "grade", "sentence", "way_out", "field", "passing"} == set(report["findings"][0])
    text = StringIO()
    beat(now=timezone.now())
    call_command("doctor", stdout=text)
    assert "REPAIR" not in text.getvalue()


def test_command_knows_no_such_integration(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("doctor", "Nobody")
