"""A cause is fixed once: owner, note, money, the very field, and everything it stops goes on."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from integrations.admin.fixes import fix_of
from integrations.choices import State
from integrations.models import Issue, WebhookDelivery
from tests.console.conftest import SignIn
from tests.portal import Portal, line

CHANGELIST = "admin:integrations_issue_changelist"


def page_of(issue: Issue) -> str:
    return reverse("admin:integrations_issue_change", args=[issue.pk])


def keep(sign_in: SignIn, issue: Issue, role: str = "Operator", **data: Any) -> int:
    return int(sign_in(role).post(reverse("admin:integrations_issue_keep", args=[issue.pk]), data).status_code)


@pytest.fixture
def two_stopped(portal: Portal) -> Issue:
    """Two quotes that one cause stops."""
    portal.integration.default_product_group = None
    portal.integration.save()
    lamp = line("Lamp", sku="LMP", category="Lighting", unit_price="1000.50")
    portal.sync(portal.publish([lamp]))
    portal.sync(portal.publish([lamp], currency="EUR"))
    return Issue.objects.get()


def test_money_waiting_is_shown_by_currency(two_stopped: Issue, sign_in: SignIn) -> None:
    currency = WebhookDelivery.objects.order_by("pk")[0].currency
    for address in (page_of(two_stopped), reverse(CHANGELIST)):
        page = sign_in("Viewer").get(address).content.decode()
        assert f"1,000.50 {currency}" in page and "1,000.50 EUR" in page


def test_fix_leads_to_the_field_and_all_go_on(portal: Portal, two_stopped: Issue, sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    page = client.get(page_of(two_stopped)).content.decode()
    address = (
        f"{reverse('admin:integrations_integration_change', args=[portal.integration.pk])}#product_groups-group"
    )
    assert f'href="{address}"' in page and "Map the category to a product group" in page
    assert 'id="product_groups-group"' in client.get(address).content.decode()

    portal.integration.default_product_group = next(iter(portal.simulator.halo.groups))
    portal.integration.save()
    client.post(reverse("admin:integrations_issue_sync_again", args=[two_stopped.pk]))
    assert portal.work() == [State.SUCCEEDED, State.SUCCEEDED]
    two_stopped.refresh_from_db()
    assert not two_stopped.is_open
    assert "Settled" in client.get(page_of(two_stopped)).content.decode()


def test_owner_note_and_putting_aside_are_kept(two_stopped: Issue, sign_in: SignIn) -> None:
    sign_in("Operator")
    owner = User.objects.get(username="operator")
    assert keep(sign_in, two_stopped, owner=owner.pk, note="Asked procurement", snooze="3") == 302
    two_stopped.refresh_from_db()
    assert (two_stopped.owner, two_stopped.note) == (owner, "Asked procurement")
    assert two_stopped.is_snoozed(timezone.now() + timedelta(days=2))
    page = sign_in("Viewer").get(page_of(two_stopped)).content.decode()
    assert "Asked procurement" in page and "Put aside until" in page

    keep(sign_in, two_stopped, owner=owner.pk, note="Asked procurement", snooze="keep")
    two_stopped.refresh_from_db()
    assert two_stopped.snoozed_until is not None
    keep(sign_in, two_stopped, note="", snooze="wake")
    two_stopped.refresh_from_db()
    assert (two_stopped.owner, two_stopped.note, two_stopped.snoozed_until) == (None, "", None)


def test_what_is_put_aside_leaves_list_and_badge(two_stopped: Issue, sign_in: SignIn) -> None:
    client = sign_in("Operator")
    assert two_stopped.message in client.get(reverse(CHANGELIST)).content.decode()
    keep(sign_in, two_stopped, snooze="1")
    listed = client.get(reverse(CHANGELIST)).content.decode()
    assert two_stopped.message not in listed
    assert two_stopped.message in client.get(reverse(CHANGELIST), {"closed": "aside"}).content.decode()
    Issue.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert two_stopped.message in client.get(reverse(CHANGELIST)).content.decode()


def test_cause_that_comes_back_is_not_put_aside(portal: Portal, two_stopped: Issue) -> None:
    Issue.objects.update(closed_at=None, snoozed_until=timezone.now() + timedelta(days=9))
    WebhookDelivery.objects.update(issue=None)
    two_stopped.close_if_settled(at=timezone.now())
    two_stopped.refresh_from_db()
    assert (two_stopped.is_open, two_stopped.snoozed_until) == (False, None)


@pytest.mark.parametrize("role", ["Viewer", "Sales"])
def test_keeping_takes_an_operator(two_stopped: Issue, sign_in: SignIn, role: str) -> None:
    assert keep(sign_in, two_stopped, role, note="x") == 403
    assert 'name="note"' not in sign_in(role).get(page_of(two_stopped)).content.decode()


def test_unknown_owner_is_refused(two_stopped: Issue, sign_in: SignIn) -> None:
    keep(sign_in, two_stopped, owner=99999, note="x")
    two_stopped.refresh_from_db()
    assert two_stopped.note == ""


@pytest.mark.parametrize(
    ("code", "subject", "end"),
    [
        ("period_unknown", "period half_yearly", "#id_billing_half_yearly"),
        ("settings", "halo_client_id", "#id_halo_client_id"),
        ("settings", "what is this", "#id_halo_url"),
        ("credentials_rejected", "token", "#id_new_halo_client_secret"),
        ("permission_missing", "quote", "/doctor/"),
        ("line_link_broken", "item 41", "?q=41"),
        ("currency_unexpected", "currency EUR", "#id_currency"),
    ],
)
def test_each_cause_leads_to_its_place(two_stopped: Issue, code: str, subject: str, end: str) -> None:
    two_stopped.code, two_stopped.subject = code, subject
    fix = fix_of(two_stopped, None)
    assert fix is not None and fix.url.endswith(end)


def test_list_asks_as_much_for_many_as_for_few(
    two_stopped: Issue, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Issue.report(
            two_stopped.integration,
            code="refused",
            subject=f"quote {number}",
            message="m",
            hint="",
            at=timezone.now(),
        )
    client = sign_in("Operator")
    with django_assert_max_num_queries(20):
        client.get(reverse(CHANGELIST))
