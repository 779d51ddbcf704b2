import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.urls import reverse

from integrations.admin.integration import IntegrationAdmin
from integrations.models import SECRETS, Integration, ProductGroupMapping
from integrations.simulator import Simulator
from tests.admin.rows import KEY, NOWHERE, PASSWORD, SECRET

ADD = reverse("admin:integrations_integration_add")
NEW_KEY = "fedcba9876543210fedcba9876543210"


def url(row: Integration, name: str = "change") -> str:
    return reverse(f"admin:integrations_integration_{name}", args=[row.pk])


def form(**values: Any) -> dict[str, Any]:
    """The form as a browser sends it, with nothing in the secrets."""
    return {
        "name": "Example MSP",
        "enabled": "on",
        "halo_url": NOWHERE,
        "halo_tenant": "example",
        "halo_auth": "client_credentials",
        "halo_client_id": "the-client-id",
        "create_sales_order": "on",
        "sales_order_by": "portal",
        "revisions": "update",
        "opportunity_summary": "{name}",
        "opportunity_value": "upfront",
        "opportunity_target_days": "30",
        "quote_discount": "spread",
        "shipping": "line",
        "note_outcome": "Private Note",
        "quoter_subdomain": "example-msp",
        "compare_taxes": "on",
        "stated_total_must_agree": "on",
        "billing_monthly": "2",
        "billing_yearly": "3",
        "price_decimals": "4",
        "recover_missed": "on",
        "silence_hours": "4",
        "halo_request_limit": "300",
        "halo_request_reserve": "30",
        "addresses-TOTAL_FORMS": "0",
        "addresses-INITIAL_FORMS": "0",
        "product_groups-TOTAL_FORMS": "0",
        "product_groups-INITIAL_FORMS": "0",
        **values,
    }


def errors(answer: Any) -> dict[str, Any]:
    return dict(answer.context["adminform"].form.errors)


def test_an_empty_secret_keeps_the_stored_one(operator: Client, row: Integration) -> None:
    assert operator.post(url(row), form(halo_tenant="other")).status_code == 302
    row.refresh_from_db()
    assert row.halo_tenant == "other"
    assert row.halo_client_secret.reveal() == SECRET
    assert row.quoter_hash_key.reveal() == KEY


def test_an_entered_secret_replaces_the_stored_one_and_shows_nowhere(operator: Client, row: Integration) -> None:
    answer = operator.post(url(row), form(new_halo_client_secret="brand-new-secret"), follow=True)
    row.refresh_from_db()
    assert row.halo_client_secret.reveal() == "brand-new-secret"
    assert "brand-new-secret" not in answer.content.decode()
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Changed Client secret."
    history = operator.get(url(row, "history")).content.decode()
    assert "brand-new-secret" not in history


def test_a_refused_form_does_not_give_a_secret_back(operator: Client, row: Integration) -> None:
    answer = operator.post(url(row), form(name="", new_halo_client_secret="brand-new-secret"))
    assert answer.status_code == 200
    assert "name" in errors(answer)
    assert "brand-new-secret" not in answer.content.decode()


def test_a_secret_is_removed_only_on_purpose(operator: Client, row: Integration) -> None:
    operator.post(url(row), form(clear_halo_client_secret="on"))
    row.refresh_from_db()
    assert not row.halo_client_secret
    assert row.halo_password.reveal() == PASSWORD


def test_entering_and_removing_at_once_is_refused(operator: Client, row: Integration) -> None:
    answer = operator.post(url(row), form(clear_halo_client_secret="on", new_halo_client_secret="x"))
    assert "new_halo_client_secret" in errors(answer)


def test_a_generated_key_is_shown_once_and_the_old_one_stays(operator: Client, row: Integration) -> None:
    operator.post(url(row, "new_hash_key"))
    row.refresh_from_db()
    new = row.quoter_hash_key.reveal()
    assert re.fullmatch(r"[0-9a-f]{32}", new)
    assert row.quoter_previous_hash_key.reveal() == KEY
    assert new not in "".join(s.session_data for s in Session.objects.all())
    first, second = (operator.get(url(row)).content.decode() for _ in range(2))
    assert f'data-copy="{new}"' in first
    assert new not in second
    assert "The previous key is accepted as well" in second
    assert LogEntry.objects.get().get_change_message() == "Changed Webhook hash key."


def test_a_pasted_key_is_kept_and_shown_once(operator: Client, row: Integration) -> None:
    page = operator.post(url(row), form(new_quoter_hash_key=f" {NEW_KEY} "), follow=True).content.decode()
    row.refresh_from_db()
    assert row.hash_keys() == [NEW_KEY, KEY]
    assert f'data-copy="{NEW_KEY}"' in page
    assert NEW_KEY not in operator.get(url(row)).content.decode()


def test_pasting_the_key_again_is_no_rotation(operator: Client, row: Integration) -> None:
    operator.post(url(row), form(new_quoter_hash_key=KEY))
    row.refresh_from_db()
    assert row.hash_keys() == [KEY]


def test_the_previous_key_is_removed_when_quoter_has_the_new_one(operator: Client, row: Integration) -> None:
    operator.post(url(row), form(new_quoter_hash_key=NEW_KEY))
    operator.post(url(row), form(clear_quoter_previous_hash_key="on"))
    row.refresh_from_db()
    assert row.hash_keys() == [NEW_KEY]


def test_a_key_for_one_integration_is_not_shown_on_another(operator: Client, row: Integration) -> None:
    other = Integration.objects.create(name="Other", halo_url=NOWHERE)
    operator.post(url(row, "new_hash_key"))
    row.refresh_from_db()
    assert row.quoter_hash_key.reveal() not in operator.get(url(other)).content.decode()


def test_adding_leads_to_the_webhook_address(operator: Client) -> None:
    answer = operator.post(ADD, form(name="Second", new_quoter_hash_key=NEW_KEY), follow=True)
    row = Integration.objects.get(name="Second")
    page = answer.content.decode()
    assert f"http://127.0.0.1/webhooks/quoter/{row.endpoint}/" in page
    assert f'data-copy="{NEW_KEY}"' in page


def test_the_address_is_the_requests_own_where_no_public_one_is_set(
    operator: Client, row: Integration, settings: Any
) -> None:
    settings.PUBLIC_URL = ""
    page = operator.get(url(row), headers={"host": "portal.example.com"}).content.decode()
    assert f"http://portal.example.com/webhooks/quoter/{row.endpoint}/" in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.halopsa.com/api/", "https://example.halopsa.com"),
        ("example.halopsa.com", "https://example.halopsa.com"),
    ],
)
def test_the_halo_domain_is_normalised(operator: Client, row: Integration, typed: str, kept: str) -> None:
    operator.post(url(row), form(halo_url=typed))
    row.refresh_from_db()
    assert row.halo_url == kept


@pytest.mark.parametrize(
    "typed", ["http://halo.example.com", "https://user:pass@halo.example.com", "ftp://x", "no domain"]
)
def test_a_halo_domain_that_would_not_be_called_is_refused(
    operator: Client, row: Integration, settings: Any, typed: str
) -> None:
    settings.ALLOW_PRIVATE_REMOTES = False
    answer = operator.post(url(row), form(halo_url=typed))
    assert answer.status_code == 200
    assert "halo_url" in errors(answer)


def test_the_password_sign_in_needs_a_user_name(operator: Client, row: Integration) -> None:
    answer = operator.post(url(row), form(halo_auth="password", halo_username=""))
    assert "halo_username" in errors(answer)


@pytest.mark.parametrize(("typed", "kept"), [("https://acme-it.quoter.com/x", "acme-it"), ("Acme", "acme")])
def test_the_subdomain_is_taken_out_of_what_is_pasted(
    operator: Client, row: Integration, typed: str, kept: str
) -> None:
    operator.post(url(row), form(quoter_subdomain=typed))
    row.refresh_from_db()
    assert row.quoter_subdomain == kept


def test_a_wrong_subdomain_is_refused(operator: Client, row: Integration) -> None:
    assert "quoter_subdomain" in errors(operator.post(url(row), form(quoter_subdomain="a b")))


def test_integrations_are_not_deleted(boss: Client, row: Integration) -> None:
    assert boss.post(url(row, "delete"), {"post": "yes"}).status_code == 403
    assert Integration.objects.exists()


@pytest.mark.parametrize("name", SECRETS)
def test_no_list_can_be_asked_for_secrets(operator: Client, row: Integration, name: str) -> None:
    page = reverse("admin:integrations_integration_changelist")
    assert operator.get(page, {f"{name}__startswith": "enc1$"}).status_code == 400
    model_admin = IntegrationAdmin(Integration, admin.site)
    assert not model_admin.lookup_allowed(f"{name}__regex", "x", RequestFactory().get("/"))
    assert model_admin.lookup_allowed("name__startswith", "x", RequestFactory().get("/"))


def test_a_viewer_sees_which_secrets_are_set(viewer: Client, row: Integration) -> None:
    page = viewer.get(url(row)).content.decode()
    assert "Client secret set, password set" in page
    assert "new_halo_password" not in page


def test_mappings_are_saved_though_halo_does_not_answer(operator: Client, row: Integration) -> None:
    values = {
        "product_groups-TOTAL_FORMS": "1",
        "product_groups-0-category": "Cabling",
        "product_groups-0-halo_group_id": "5",
        "addresses-TOTAL_FORMS": "1",
        "addresses-0-quoter_field": "city",
        "addresses-0-halo_field": "line3",
    }
    assert operator.post(url(row), form(**values)).status_code == 302
    assert row.product_groups.get().halo_group_name == ""
    assert row.addresses.get().halo_field == "line3"


# With a Halo that answers


def test_test_connection_says_that_it_works(boss: Client, integration: Integration) -> None:
    page = boss.post(url(integration, "test_connection"), follow=True).content.decode()
    assert "Halo accepts the sign-in" in page


def test_test_connection_says_what_is_wrong(boss: Client, integration: Integration) -> None:
    Integration.objects.update(halo_client_id="wrong")
    page = boss.post(url(integration, "test_connection"), follow=True).content.decode()
    assert "errornote" in page
    assert "Halo accepts the sign-in" not in page


def test_mapped_groups_get_their_names_from_halo(boss: Client, integration: Integration) -> None:
    ProductGroupMapping.objects.update(halo_group_name="")
    row = integration.product_groups.get()
    values = {
        "halo_url": integration.halo_url,
        "halo_tenant": integration.halo_tenant,
        "halo_client_id": integration.halo_client_id,
        "product_groups-TOTAL_FORMS": "1",
        "product_groups-INITIAL_FORMS": "1",
        "product_groups-0-id": row.pk,
        "product_groups-0-integration": integration.pk,
        "product_groups-0-category": row.category,
        "product_groups-0-halo_group_id": row.halo_group_id,
    }
    assert boss.post(url(integration), form(**values)).status_code == 302
    row.refresh_from_db()
    assert row.halo_group_name == "Cabling"


def test_statuses_and_the_default_group_are_chosen_by_name(
    boss: Client, integration: Integration, simulator: Simulator
) -> None:
    page = boss.get(url(integration, "in_halo")).content.decode()
    assert "Cabling" in page
    assert "Accepted (3)" in page
    chosen = {"status_pending": "1", "status_accepted": "3", "status_lost": "", "default_product_group": ""}
    answer = boss.post(url(integration, "in_halo"), chosen, follow=True)
    assert "The choices are saved." in answer.content.decode()
    integration.refresh_from_db()
    assert (integration.status_pending, integration.status_lost) == (1, None)
    assert integration.default_product_group is None
    assert "Halo status when pending" in LogEntry.objects.get().get_change_message()


def test_reading_from_a_silent_halo_ends_in_a_sentence(operator: Client, row: Integration) -> None:
    page = operator.get(url(row, "in_halo"), follow=True).content.decode()
    assert "errornote" in page


def test_the_portal_is_left_enough_requests(boss: Client, row: Integration) -> None:
    page = boss.post(url(row), form(halo_request_limit="100", halo_request_reserve="90"))
    assert "Leave the portal at least 20 requests." in page.content.decode()
    assert boss.post(url(row), form(halo_request_limit="1000", halo_request_reserve="90")).status_code == 302
    row.refresh_from_db()
    assert (row.halo_request_limit, row.halo_request_reserve) == (1000, 90)
