"""Settings versions: made on first use, never changed, readable again, without secrets."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from integrations.errors import SettingsError
from integrations.models import SECRETS, AddressMapping, Integration, ProductGroupMapping, SettingsVersion
from integrations.models.versions import VersionsAreKept
from tests.admin.conftest import boss, row, viewer  # noqa: F401  fixtures
from tests.admin.rows import KEY, PASSWORD, SECRET, add_delivery, add_integration


def version_of(integration: Integration) -> SettingsVersion:
    return SettingsVersion.of(integration, integration.rules())


def test_a_change_makes_a_new_version_and_changing_back_the_old_one(db: None) -> None:
    integration = add_integration()
    first = version_of(integration)
    integration.use_only_open_opportunity = True
    integration.save()
    second = version_of(integration)
    assert (first.number, second.number) == (1, 2)
    integration.use_only_open_opportunity = False
    integration.save()
    assert version_of(integration).pk == first.pk


@pytest.mark.parametrize("mapping", ["group", "address", "default group"])
def test_mappings_are_part_of_it(db: None, mapping: str) -> None:
    integration = add_integration()
    before = version_of(integration)
    if mapping == "group":
        ProductGroupMapping.objects.create(integration=integration, category="Cabling", halo_group_id=5)
    elif mapping == "address":
        AddressMapping.objects.create(integration=integration, quoter_field="city", halo_field="line3")
    else:
        integration.default_product_group = 9
    after = version_of(integration)
    assert after.pk != before.pk
    assert after.as_rules() == integration.rules()
    assert before.as_rules() != integration.rules()


def test_no_secret_is_in_it(db: None) -> None:
    integration = add_integration(**{name: f"secret-{name}" for name in SECRETS})
    stored = json.dumps(version_of(integration).rules)
    assert not [name for name in SECRETS if f"secret-{name}" in stored or name in stored]


def test_it_is_never_changed(db: None) -> None:
    version = version_of(add_integration())
    version.rules = {}
    with pytest.raises(VersionsAreKept):
        version.save()
    with pytest.raises(VersionsAreKept):
        SettingsVersion.objects.update(rules={})
    version.refresh_from_db()
    assert version.rules


def test_a_choice_that_is_gone_is_said(db: None) -> None:
    integration = add_integration()
    rules = integration.rules().model_dump(mode="json")
    rules["policy"]["shipping"] = "by_pigeon"
    version = SettingsVersion.objects.create(integration=integration, number=9, digest="x", rules=rules)
    with pytest.raises(SettingsError, match="Version 9 of the settings"):
        version.as_rules()


def test_the_page_says_what_changed(db: None, viewer: Client) -> None:  # noqa: F811
    integration = add_integration()
    add_delivery(integration)
    integration.quote_discount = "line"
    integration.status_pending = 2
    integration.save()
    ProductGroupMapping.objects.create(
        integration=integration, category="Cabling", halo_group_id=5, halo_group_name="Network"
    )
    second = version_of(integration)
    page = viewer.get(reverse("admin:integrations_settingsversion_change", args=[second.pk])).content.decode()
    assert "between version 1 and version 2" in page
    for text in (
        "Discount on the whole quote",
        "taken off the lines, in proportion",
        "a line of its own",
        "Halo status when pending",
        "Category “Cabling”",
        "Network (id 5)",
        "In force",
    ):
        assert text in page, text
    assert not [secret for secret in (SECRET, PASSWORD, KEY) if secret in page]


def test_any_two_are_compared_older_first(db: None, viewer: Client) -> None:  # noqa: F811
    integration = add_integration()
    versions = []
    for decimals in (2, 3, 4):
        integration.price_decimals = decimals
        versions.append(version_of(integration))
    address = reverse("admin:integrations_settingsversion_change", args=[versions[0].pk])
    page = viewer.get(address, {"with": versions[2].pk}).content.decode()
    assert "between version 1 and version 3" in page
    assert viewer.get(address, {"with": "x' OR 1=1"}).status_code == 200
    integration.price_decimals = 5
    integration.save()
    assert viewer.get(address).status_code == 200
    assert SettingsVersion.objects.count() == 3  # looking makes none
    assert viewer.get(reverse("admin:integrations_settingsversion_changelist"), {"q": "2"}).status_code == 200


def test_attempts_that_used_it_are_one_press_away(db: None, viewer: Client) -> None:  # noqa: F811
    attempt = add_delivery(add_integration()).attempts.get()
    address = reverse("admin:integrations_syncattempt_changelist")
    listed = viewer.get(address, {"settings_version__id__exact": attempt.settings_version_id})
    assert listed.context["cl"].result_count == 1
    assert viewer.get(address, {"settings_version__id__exact": 0}).context["cl"].result_count == 0
