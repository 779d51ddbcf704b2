"""The pages of shadow mode: who may, what is said before, the report, and the notice on every page."""

import csv
import io
from typing import Any

import pytest
from django.urls import reverse

from integrations.choices import State
from integrations.lookup.shadowing import into_shadow
from integrations.models import Integration, ShadowFinding, WebhookDelivery
from tests.console.conftest import LINES, ROLES, SignIn, said
from tests.portal import Portal, line
from tests.sync.test_shadow import native

OPERATORS = {"Operator", "Administrator"}
NOTICE = "plans and compares, and writes nothing to Halo."


def address(row: Any, page: str) -> str:
    return reverse(f"admin:integrations_{row._meta.model_name}_{page}", args=[row.pk])


@pytest.fixture
def compared(portal: Portal) -> ShadowFinding:
    """A quote that the other connector got wrong."""
    into_shadow(portal.integration, now=portal.surroundings.now())
    quote_id = portal.publish(LINES)
    native(portal, quote_id, prices={"Cable": 24.0})
    portal.sync(quote_id)
    return ShadowFinding.objects.get()


@pytest.mark.parametrize("role", ROLES)
def test_who_may(compared: ShadowFinding, sign_in: SignIn, role: str) -> None:
    client, integration = sign_in(role), compared.integration
    assert client.get(reverse("admin:integrations_shadowfinding_changelist")).status_code == 200
    page = client.get(address(compared, "change"))
    assert page.status_code == 200
    assert ("Compare again" in page.content.decode()) == (role in OPERATORS)
    for name in ("shadow", "go_live"):
        answer = client.get(address(integration, name))
        assert answer.status_code == (200 if role == "Administrator" else 403), name
    answer = client.post(address(compared, "again"))
    assert answer.status_code == (302 if role in OPERATORS else 403)
    assert client.post(address(compared, "choose"), {"halo_id": "1"}).status_code == answer.status_code
    answer = client.post(address(integration, "go_live"), {"start": "new", "other_is_off": "on"})
    integration.refresh_from_db()
    assert integration.shadow == (role != "Administrator")


def test_the_notice_is_on_every_page_of_that_integration(
    portal: Portal, compared: ShadowFinding, sign_in: SignIn
) -> None:
    client = sign_in("Administrator")
    delivery = compared.delivery
    rows = [delivery, delivery.attempts.get(), compared.link, compared, compared.integration]
    pages = [address(row, "change") for row in rows if row is not None]
    pages += [address(compared.integration, name) for name in ("doctor", "guide", "pause", "go_live")]
    pages += [address(delivery, "preview"), reverse("admin:index"), reverse("people:search")]
    pages += [reverse(f"admin:integrations_{name}_changelist") for name in ("webhookdelivery", "shadowfinding")]
    for page in pages:
        assert NOTICE in client.get(page).content.decode(), page
    other = Integration.objects.create(name="Live one")
    assert NOTICE not in client.get(address(other, "change")).content.decode()
    Integration.objects.update(shadow=False)
    for page in pages:
        assert NOTICE not in client.get(page).content.decode(), page
    client.logout()
    assert NOTICE not in client.get(reverse("admin:login")).content.decode()


def test_report_counts_filters_shows_and_exports(portal: Portal, compared: ShadowFinding, sign_in: SignIn) -> None:
    client = sign_in("Viewer")
    quote_id = portal.publish([line("Lamp", sku="LMP")], name="Lamps")
    native(portal, quote_id)
    portal.sync(quote_id)
    listed = reverse("admin:integrations_shadowfinding_changelist")
    page = client.get(listed)
    counts = {str(pill): count for pill, count, _ in page.context["shadow_counts"]}
    assert [count for pill, count in counts.items() if "Differs" in pill or "Agrees" in pill] == [1, 1]
    assert client.get(listed, {"verdict__exact": "differs"}).context["cl"].result_count == 1
    one = client.get(address(compared, "change")).content.decode()
    for text in ("3 × 25 = 75.00", "3 × 24 = 72.00", "The portal would write", "it carries the Quoter number"):
        assert text in one, text
    answer = client.get(reverse("admin:integrations_shadowfinding_export", args=["csv"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    found = {row["quote"]: row for row in csv.DictReader(io.StringIO(text))}
    assert found[compared.link.number]["verdict"] == "differs"
    assert (
        "Line “Cable”: amount: portal 3 × 25 = 75.00, Halo 3 × 24 = 72.00"
        in (found[compared.link.number]["differences"])
    )


def test_switching_it_on_says_what_it_means(portal: Portal, synced: WebhookDelivery, sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    page = client.get(address(portal.integration, "shadow")).content.decode()
    assert "The portal has written 1 quote for this integration." in page
    answer = client.post(address(portal.integration, "shadow"), follow=True)
    assert said(answer) == ["Example MSP is in shadow mode: nothing is written to Halo."]
    page = client.get(reverse("admin:integrations_integration_changelist")).content.decode()
    assert "Shadow mode" in page
    assert said(client.post(address(portal.integration, "shadow"), follow=True))[0].startswith(
        "Example MSP is in shadow mode already."
    )


def test_going_live_says_before_what_will_happen(portal: Portal, compared: ShadowFinding, sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    portal.receive(portal.publish([line("Lamp", sku="LMP")], name="Lamps"))
    page = client.get(address(portal.integration, "go_live")).content.decode()
    assert "1 quote compared." in page and "1 delivery waiting at this moment will be written as well." in page
    assert "Sync everything that does not agree: 1 quote" in page
    assert "Also sync what Halo lacks: 0 quotes" in page

    unsure = client.post(address(portal.integration, "go_live"), {"start": "all"}, follow=True)
    assert said(unsure)[0].startswith("Still in shadow mode")
    portal.integration.refresh_from_db()
    assert portal.integration.shadow

    data = {"start": "all", "other_is_off": "on"}
    answer = client.post(address(portal.integration, "go_live"), data, follow=True)
    [text] = said(answer)
    assert text == (
        "Example MSP is live. 1 Halo quote of the other connector is linked, 1 compared quote will be synced now, "
        "1 delivery had waited and will be synced as well."
    )
    portal.work()
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.SUCCEEDED}
    assert len(portal.halo_quotes) == 2


def test_list_asks_a_constant_number_of_questions(
    portal: Portal, compared: ShadowFinding, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for name in "ABCDE":
        portal.sync(portal.publish([line(name, sku=name)], name=name))
    client = sign_in("Operator")
    with django_assert_max_num_queries(18):
        client.get(reverse("admin:integrations_shadowfinding_changelist"))
