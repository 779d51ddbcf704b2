"""Who may see and do what: every page and every button, for every role."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse

from integrations.choices import State
from integrations.models import Integration, Issue, ItemLink, PersonLink, WebhookDelivery
from integrations.models.roles import ROLES as PERMISSIONS
from tests.console.conftest import ROLES, SignIn
from tests.portal import Portal

EVERYBODY = set(ROLES)
OPERATORS = {"Operator", "Administrator"}
ADMINISTRATORS = {"Administrator"}
DECIDERS = EVERYBODY - {"Viewer"}

LISTS = {
    "webhookdelivery": EVERYBODY,
    "syncattempt": EVERYBODY,
    "issue": EVERYBODY,
    "quotelink": EVERYBODY,
    "personlink": EVERYBODY,
    "itemlink": EVERYBODY,
    "clientlink": EVERYBODY,
    "linkchange": EVERYBODY,
    "integration": EVERYBODY,
    "settingsversion": EVERYBODY,
    "rehearsal": EVERYBODY,
    "rehearsedquote": EVERYBODY,
    "shadowfinding": EVERYBODY,
    "rejectedwebhook": OPERATORS,
}
ADDING = {
    "personlink": DECIDERS,
    "itemlink": OPERATORS,
    "clientlink": OPERATORS,
    "integration": ADMINISTRATORS,
    "quotelink": set(),
    "linkchange": set(),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", LISTS)
def test_lists(sign_in: SignIn, role: str, model: str) -> None:
    answer = sign_in(role).get(reverse(f"admin:integrations_{model}_changelist"))
    assert answer.status_code == (200 if role in LISTS[model] else 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", ADDING)
def test_adding(sign_in: SignIn, role: str, model: str) -> None:
    answer = sign_in(role).get(reverse(f"admin:integrations_{model}_add"))
    assert answer.status_code == (200 if role in ADDING[model] else 403)


@pytest.mark.parametrize("role", ROLES)
def test_home_and_accounts(sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    assert client.get(reverse("admin:index")).status_code == 200
    answer = client.get(reverse("admin:auth_user_changelist"))
    assert answer.status_code == (200 if role in ADMINISTRATORS else 403)
    for name in ("django_q_schedule", "django_q_ormq", "django_q_success", "django_q_failure"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_rows(without_opportunity: WebhookDelivery, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    delivery = without_opportunity
    rows = [delivery, delivery.attempts.get(), delivery.issue, delivery.link, delivery.integration]
    for row in rows:
        assert row is not None
        address = reverse(f"admin:integrations_{row._meta.model_name}_change", args=[row.pk])
        assert client.get(address).status_code == 200, row
    page = client.get(reverse("admin:integrations_webhookdelivery_change", args=[delivery.pk])).content.decode()
    assert ("Link this opportunity" in page) == (role in DECIDERS)
    assert ("Sync again" in page) == (role in OPERATORS)


@pytest.mark.parametrize("role", ROLES)
def test_sync_again(synced: WebhookDelivery, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    answer = client.post(reverse("admin:integrations_webhookdelivery_sync_again", args=[synced.pk]))
    assert answer.status_code == (302 if role in OPERATORS else 403)
    synced.refresh_from_db()
    assert (synced.state == State.QUEUED) == (role in OPERATORS)


@pytest.mark.parametrize("role", ROLES)
def test_sync_again_from_the_list(synced: WebhookDelivery, sign_in: SignIn, role: str) -> None:
    data = {"action": "sync_selected_again", "_selected_action": [synced.pk]}
    sign_in(role).post(reverse("admin:integrations_webhookdelivery_changelist"), data)
    synced.refresh_from_db()
    assert (synced.state == State.QUEUED) == (role in OPERATORS)


@pytest.mark.parametrize("role", ROLES)
def test_decision_on_an_opportunity(
    portal: Portal, without_opportunity: WebhookDelivery, sign_in: SignIn, role: str
) -> None:
    [number] = portal.simulator.halo.opportunities
    address = reverse("admin:integrations_webhookdelivery_decide", args=[without_opportunity.pk])
    data = {"code": without_opportunity.error_code, "halo_id": number}
    answer = sign_in(role).post(address, data)
    assert answer.status_code == (302 if role in DECIDERS else 403)
    assert portal.work() == ([State.SUCCEEDED] if role in DECIDERS else [])


@pytest.mark.parametrize("role", ROLES)
def test_decision_on_a_product(without_group: WebhookDelivery, portal: Portal, sign_in: SignIn, role: str) -> None:
    item = portal.simulator.halo.add_item("Lamp by another name", "LMP-2", assetgroup_id=1)
    problem = without_group.attempts.get().plan["problems"][0]
    address = reverse("admin:integrations_webhookdelivery_decide", args=[without_group.pk])
    data = {"code": problem["code"], "line_id": problem["line_id"], "halo_id": item["id"]}
    answer = sign_in(role).post(address, data)
    assert answer.status_code == (302 if role in OPERATORS else 403)
    assert ItemLink.objects.exists() == (role in OPERATORS)


@pytest.mark.parametrize("role", ROLES)
def test_settings(integration: Integration, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    for button in ("test_connection", "new_hash_key", "in_halo"):
        answer = client.post(reverse(f"admin:integrations_integration_{button}", args=[integration.pk]))
        assert (answer.status_code == 403) == (role not in ADMINISTRATORS), button


@pytest.mark.parametrize("role", ROLES)
def test_issue_buttons(without_group: WebhookDelivery, sign_in: SignIn, role: str) -> None:
    issue = Issue.objects.get()
    answer = sign_in(role).post(reverse("admin:integrations_issue_sync_again", args=[issue.pk]))
    assert answer.status_code == (302 if role in OPERATORS else 403)


def test_nobody_edits_records(synced: WebhookDelivery, sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    for row in (synced, synced.attempts.get()):
        for what in ("delete",):
            address = reverse(f"admin:integrations_{row._meta.model_name}_{what}", args=[row.pk])
            assert client.post(address, {"post": "yes"}).status_code == 403


def test_sales_may_link_a_person_but_not_remove_the_link(integration: Integration, sign_in: SignIn) -> None:
    link = PersonLink.objects.create(integration=integration, email="a@example.com", halo_user_id=1)
    address = reverse("admin:integrations_personlink_delete", args=[link.pk])
    assert sign_in("Sales").post(address, {"post": "yes"}).status_code == 403
    assert sign_in("Operator").post(address, {"post": "yes"}).status_code == 302


def account(user: User, **more: Any) -> dict[str, Any]:
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {"username": user.username, "is_active": "on", "is_staff": "on", **joined, **more}


def test_administrator_gives_roles_but_no_more(sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    other = User.objects.create_user("other", password="secret-secret")
    address = reverse("admin:auth_user_change", args=[other.pk])
    sales = Group.objects.get(name="Sales")
    client.post(address, account(other, groups=[sales.pk], is_superuser="on"))
    other.refresh_from_db()
    assert (list(other.groups.all()), other.is_superuser, other.user_permissions.count()) == ([sales], False, 0)


def test_administrator_does_not_touch_a_superuser(sign_in: SignIn) -> None:
    root = User.objects.create_superuser("root", password="secret-secret")
    client = sign_in("Administrator")
    client.post(reverse("admin:auth_user_change", args=[root.pk]), account(root, username="taken"))
    passwords = {"password1": "another-secret", "password2": "another-secret"}
    answer = client.post(reverse("admin:auth_user_password_change", args=[root.pk]), passwords)
    root.refresh_from_db()
    assert answer.status_code == 403
    assert root.username == "root" and root.check_password("secret-secret")


def test_every_named_permission_exists_and_is_kept(db: None) -> None:
    group = Group.objects.get(name="Viewer")
    group.permissions.clear()
    call_command("migrate", verbosity=0)
    for name, wanted in PERMISSIONS.items():
        found = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{code}" for app, code in found} == set(wanted)
