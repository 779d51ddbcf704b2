"""Every page opens; who may only look can do nothing; lists cost the same however long they are."""

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.choices import State
from integrations.models import Integration, ItemLink, PersonLink, QuoteLink, RejectedWebhook, WebhookDelivery
from tests.admin.rows import KEY, LINE, OPPORTUNITY, PASSWORD, PERSON, SECRET, add_attempt, add_delivery

MODELS = [model for model in admin.site._registry if model not in (Success, Failure)]


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def everything(row: Integration) -> None:
    """Something in every list."""
    add_delivery(row, "1")
    add_delivery(row, "2", problem=PERSON)
    add_delivery(row, "3", problem=OPPORTUNITY)
    add_delivery(row, "4", problem=LINE)
    add_delivery(row, "5", state=State.RETRYING)
    add_attempt(add_delivery(row, "6", state=State.FAILED))
    WebhookDelivery.objects.create(
        integration=row,
        kind="unknown",
        fingerprint="x",
        data="not JSON",
        quoter_timestamp=1,
        received_at=timezone.now(),
        last_received_at=timezone.now(),
        state=State.IGNORED,
        state_since=timezone.now(),
    )
    QuoteLink.objects.filter(number="1").update(
        halo_quote_id=3001, halo_sales_order_id=7001, halo_opportunity_id=1051
    )
    PersonLink.objects.create(integration=row, email="ann@example.com", halo_user_id=41)
    ItemLink.objects.create(integration=row, key="sku:x", sku="X", name="Thing", halo_item_id=501)
    RejectedWebhook.objects.create(integration=row, day=timezone.now().date(), reason="bad_hash", count=2)
    Schedule.objects.get_or_create(name="sweep")
    OrmQ.objects.create(key="portal", payload="")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.usefixtures("everything")
def test_every_page_opens_for_a_superuser(boss: Client, model: type[Model]) -> None:
    assert boss.get(address(model, "changelist")).status_code == 200
    model_admin = admin.site._registry[model]
    if model_admin.search_fields:
        assert boss.get(address(model, "changelist"), {"q": "7"}).status_code == 200
    adds = boss.get(address(model, "add")).status_code
    assert adds in (200, 403)
    if model is OrmQ:
        return  # its page unpickles a payload, and this one has none
    for obj in model._default_manager.all():
        page = boss.get(address(model, "change", obj.pk))
        assert page.status_code == 200
        for secret in (SECRET, PASSWORD, KEY):
            assert secret not in page.content.decode()


@pytest.mark.parametrize(
    "model", [m for m in MODELS if m._meta.app_label == "integrations"], ids=lambda m: m.__name__
)
@pytest.mark.usefixtures("everything")
def test_a_viewer_sees_pages_without_buttons(viewer: Client, model: type[Model]) -> None:
    assert viewer.get(address(model, "changelist")).status_code == 200
    for obj in model._default_manager.all():
        page = viewer.get(address(model, "change", obj.pk)).content.decode()
        assert '<button class="qp-button' not in page
        assert 'name="_save"' not in page
    assert viewer.get(address(model, "add")).status_code == 403


@pytest.mark.usefixtures("everything")
def test_a_viewer_can_do_nothing(viewer: Client) -> None:
    delivery = WebhookDelivery.objects.get(quote_number="2")
    pages = [
        reverse("admin:integrations_webhookdelivery_sync_again", args=[delivery.pk]),
        reverse("admin:integrations_webhookdelivery_decide", args=[delivery.pk]),
        reverse("admin:integrations_issue_sync_again", args=[delivery.issue_id]),
        reverse("admin:integrations_integration_test_connection", args=[delivery.integration_id]),
        reverse("admin:integrations_integration_new_hash_key", args=[delivery.integration_id]),
        reverse("admin:integrations_integration_in_halo", args=[delivery.integration_id]),
    ]
    for page in pages:
        assert viewer.post(page, {"code": "person_ambiguous", "halo_id": "41"}).status_code == 403
    viewer.post(
        address(WebhookDelivery, "changelist"),
        {"action": "sync_selected_again", "_selected_action": [delivery.pk]},
    )
    delivery.refresh_from_db()
    assert delivery.state == State.NEEDS_ATTENTION
    assert not PersonLink.objects.filter(email=delivery.contact_email).exists()


def test_buttons_are_pressed_and_not_followed(boss: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    for name, pk in (
        ("webhookdelivery_sync_again", delivery.pk),
        ("webhookdelivery_decide", delivery.pk),
        ("integration_test_connection", row.pk),
        ("integration_new_hash_key", row.pk),
    ):
        assert boss.get(reverse(f"admin:integrations_{name}", args=[pk])).status_code == 405


def test_buttons_need_a_csrf_token(boss: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    boss.handler.enforce_csrf_checks = True
    page = reverse("admin:integrations_webhookdelivery_sync_again", args=[delivery.pk])
    assert boss.post(page).status_code == 403


@pytest.mark.parametrize("model", [WebhookDelivery, QuoteLink], ids=lambda m: m.__name__)
def test_a_long_list_costs_as_many_queries_as_a_short_one(
    boss: Client, row: Integration, model: type[Model]
) -> None:
    costs = []
    for count in (2, 12):
        for number in range(count):
            add_delivery(row, f"{count}-{number}")

        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert boss.get(address(model, "changelist")).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 15


def test_unknown_objects_send_back_home(boss: Client) -> None:
    for model in ("webhookdelivery", "syncattempt", "issue"):
        page = reverse(f"admin:integrations_{model}_change", args=[999])
        assert boss.get(page).status_code == 302


def test_queue_pages_are_for_superusers(operator: Client) -> None:
    for model in (Success, Failure, Schedule, OrmQ):
        assert operator.get(address(model, "changelist")).status_code == 403


def test_log_in_page_names_the_portal(db: None) -> None:
    page = Client().get(reverse("admin:login"))
    assert page.status_code == 200
    assert "Quote Portal" in page.content.decode()
