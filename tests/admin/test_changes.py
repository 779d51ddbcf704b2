"""The record of settings: who, what, from what to what; of secrets only that they changed."""

import json
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.admin.change_words import sentences, what, who
from integrations.lookup.doctor import examine
from integrations.lookup.shadowing import into_shadow
from integrations.models import AddressMapping, Integration, ProductGroupMapping, SettingsChange
from integrations.models.fields import SecretField
from integrations.models.history import WATCHED
from integrations.sync.surroundings import Surroundings
from integrations.transfer import export_settings
from tests.admin.rows import KEY, PASSWORD, SECRET, add_delivery, add_integration
from tests.admin.test_integration import form

# Rows that the portal writes while it works, and links, whose makers stand on themselves.
RECORDS = {
    *("Catalog", "CatalogItem", "Directory", "DirectorySite", "DirectoryUser", "Claim", "Heartbeat"),
    *("HaloToken", "RequestBudget", "RequestsSpent", "WebhookDelivery", "RejectedWebhook", "PaymentReceived"),
    *("SyncAttempt", "SyncStep", "RemoteCall", "WriteIntent", "SettingsVersion", "SettingsChange", "StartedQuote"),
    *("Issue", "QuoteLink", "QuoteRevision", "PersonLink", "ClientLink", "ItemLink"),
    *("LinkChange", "NewOpportunity", "Breaker", "Checkup", "Notice", "NoticeSending", "Trouble"),
    *("Rehearsal", "RehearsedQuote", "ShadowFinding", "AttemptInputs", "Recovery"),
}


def said() -> list[str]:
    """All sentences on record, oldest first."""
    rows = SettingsChange.objects.order_by("pk")
    return [f"{who(row)}: {what(row)}: {text}" for row in rows for text in sentences(row)]


@pytest.fixture
def settled(row: Integration) -> Integration:
    """An integration whose making is forgotten."""
    SettingsChange.objects.all().delete()
    return row


def test_every_model_is_a_setting_on_record_or_a_record() -> None:
    watched = {entry.model.__name__ for entry in WATCHED if entry.model._meta.app_label == "integrations"}
    new = {model.__name__ for model in apps.get_app_config("integrations").get_models()} - watched - RECORDS
    assert not new, (
        f"{', '.join(sorted(new))}: settings that people change belong into WATCHED of models/history.py; "
        "what the portal writes while it works belongs into RECORDS of this test."
    )


def test_no_secret_is_ever_written_down() -> None:
    for entry in WATCHED:
        fields = entry.model._meta.concrete_fields
        sealed = {field.name for field in fields if isinstance(field, SecretField) or field.name == "password"}
        assert sealed <= set(entry.secrets())


def test_a_change_in_the_browser_names_the_person_and_both_values(boss: Client, settled: Integration) -> None:
    data = form() | {"currency": "USD", "quote_discount": "line", "attach_pdf": "on"}
    assert boss.post(reverse("admin:integrations_integration_change", args=[settled.pk]), data).status_code == 302
    about = "boss: Integration “Example MSP”"
    assert said() == [
        f"{about}: Attach the quote's PDF: on, was off.",
        f"{about}: Expected currency: “USD”, was empty.",
        f"{about}: Discount on the whole quote: “a line of its own”, was “taken off the lines, in proportion”.",
    ]
    row = SettingsChange.objects.get()
    assert (row.actor_id, row.integration_id) == (User.objects.get().pk, settled.pk)


def test_secrets_are_on_record_as_changed_and_never_by_value(boss: Client, settled: Integration) -> None:
    page = reverse("admin:integrations_integration_change", args=[settled.pk])
    new = "another-s3cret"
    boss.post(page, form() | {"new_halo_client_secret": new, "new_quoter_api_key": "k3y"})
    boss.post(page, form() | {"clear_halo_password": "on"})
    assert said() == [
        "boss: Integration “Example MSP”: Client secret: changed.",
        "boss: Integration “Example MSP”: ScalePad API key: entered.",
        "boss: Integration “Example MSP”: Password: removed.",
    ]
    settled.refresh_from_db()
    kept = json.dumps(list(SettingsChange.objects.values("changes", "changes_text", "serialized_data")))
    shown = boss.get(reverse("admin:integrations_settingschange_changelist")).content.decode()
    secrets = [new, "k3y", SECRET, PASSWORD, KEY, settled.halo_client_secret.sealed, "enc1$"]
    assert not [secret for secret in secrets if secret in kept or secret in shown]


def test_a_secret_that_stays_the_same_has_not_changed(settled: Integration) -> None:
    settled.halo_client_secret = SECRET  # sealed anew, and the same
    settled.save()
    call_command("rotate_secrets")
    assert said() == []


def test_commands_are_named_and_only_what_changes_is_told(settled: Integration, tmp_path: Path) -> None:
    for field in ("line1", "city"):
        AddressMapping.objects.create(integration=settled, quoter_field=field, halo_field="line1")
    ProductGroupMapping.objects.create(integration=settled, category="Cabling", halo_group_id=5)
    SettingsChange.objects.all().delete()
    document = export_settings()
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(document))
    call_command("import_settings", str(file))
    assert said() == []  # nothing differs

    part = document["integrations"][0]
    part["policy"]["currency"] = "EUR"
    part["addresses"] = {"line1": "line2"}
    part["product_groups"]["categories"] = {"Cabling": 6, "Racks": 7}
    file.write_text(json.dumps(document))
    call_command("import_settings", str(file))

    assert all(line.startswith("The command import_settings: ") for line in said())
    assert sorted(line.partition(": ")[2] for line in said()) == [
        "Address mapping “Address line 1 → City”: Removed.",
        "Address mapping “Address line 2 → Address line 1”: Halo field: “Address line 2”, was “Address line 1”.",
        "Integration “Example MSP”: Expected currency: “EUR”, was empty.",
        "Product group mapping “Cabling → 6”: Halo product group id: 6, was 5.",
        "Product group mapping “Racks → 7”: Added.",
        "Product group mapping “Racks → 7”: Halo product group id: 7.",
        "Product group mapping “Racks → 7”: Quoter category: “Racks”.",
    ]
    assert SettingsChange.objects.filter(actor=None, integration=settled).count() == 5


def test_switches_and_pauses_are_on_record(boss: Client, settled: Integration) -> None:
    Integration.objects.update(enabled=False)
    boss.post(reverse("admin:integrations_integration_switch_on", args=[settled.pk]))
    pause = {"scope": "writes", "reason": "Halo upgrade", "hours": ""}
    answer = boss.post(reverse("admin:integrations_integration_pause", args=[settled.pk]), pause)
    assert answer.status_code == 302
    boss.post(reverse("admin:integrations_integration_resume", args=[settled.pk]))
    assert [line.partition("”: ")[2] for line in said()] == [
        "Enabled: on, was off.",
        "Paused (only writing to Halo): Halo upgrade.",
        "Resumed.",
    ]


def test_shadow_mode_is_on_record(settled: Integration) -> None:
    into_shadow(settled, now=timezone.now())
    assert [line.partition("”: ")[2] for line in said()] == ["Shadow mode: on, was off."]


def test_roles_of_people_are_on_record_and_seen_by_administrators_alone(
    boss: Client, viewer: Client, settled: Integration
) -> None:
    ann = User.objects.create_user("ann", password="x", is_staff=True)
    SettingsChange.objects.all().delete()
    ann.groups.add(Group.objects.get(name="Operator"))
    ann.set_password("y")
    ann.save()
    ann.last_login = timezone.now()
    ann.save()
    assert [line.partition("”: ")[2] for line in said()] == ["Groups added: Operator.", "Password: changed."]
    page = reverse("admin:integrations_settingschange_changelist")
    assert "Groups added" in boss.get(page).content.decode()
    assert "Groups added" not in viewer.get(page).content.decode()


def test_what_the_portal_does_by_itself_is_not_on_record(settled: Integration) -> None:
    add_delivery(settled)
    examine(settled, surroundings=Surroundings())
    settled.refresh_from_db()
    settled.save()
    assert settled.checked_at is not None
    assert said() == []


def test_history_leads_from_the_integration_to_its_changes(boss: Client, settled: Integration) -> None:
    other = add_integration(name="Other")
    for integration, value in ((settled, "USD"), (other, "EUR")):
        integration.currency = value
        integration.save()
    answer = boss.get(reverse("admin:integrations_integration_history", args=[settled.pk]), follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "“USD”" in page
    assert "“EUR”" not in page
    [own] = SettingsChange.objects.filter(integration=settled)
    assert (
        "Expected currency: “USD”"
        in boss.get(reverse("admin:integrations_settingschange_change", args=[own.pk])).content.decode()
    )
    user = User.objects.get(username="boss")
    found = boss.get(
        reverse("admin:integrations_settingschange_changelist"), {"actor__id__exact": user.pk, "q": "EUR"}
    )
    assert found.context["cl"].result_count == 0


def test_a_record_outlives_what_it_tells_of(boss: Client, settled: Integration) -> None:
    boss.post(reverse("admin:integrations_integration_new_hash_key", args=[settled.pk]))
    AddressMapping.objects.create(integration=settled, quoter_field="city", halo_field="line1")
    settled.delete()
    User.objects.get(username="boss").delete()
    assert [line.partition(": ")[0] for line in said()][0] == "boss"
    assert "The portal: Integration “Example MSP”: Removed." in said()
    boss = Client()
    boss.force_login(User.objects.create_superuser("next"))
    assert boss.get(reverse("admin:integrations_settingschange_changelist")).status_code == 200
