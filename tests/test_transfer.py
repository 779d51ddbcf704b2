"""Settings as JSON, both ways, and the other commands for operators."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from integrations.models import HaloToken, Integration
from integrations.transfer import SettingsRefused, export_settings, import_settings
from tests.admin.rows import KEY, PASSWORD, PERSON, SECRET, add_delivery, add_integration

ENTRY: dict[str, Any] = {
    "name": "Example MSP",
    "endpoint": "5f0c7c3e-0d8e-4d0e-9a55-3c8b6f1f0b11",
    "enabled": True,
    "halo": {
        "url": "https://example.halopsa.com/api",
        "tenant": "example",
        "auth": "password",
        "client_id": "the-client",
        "client_secret": SECRET,
        "username": "agent",
        "password": PASSWORD,
    },
    "quoter": {"hash_keys": [KEY, "the-one-before"], "subdomain": "example", "api_key": "an-api-key"},
    "policy": {
        "create_missing_user": False,
        "use_only_open_opportunity": True,
        "create_sales_order": False,
        "quote_status": {"pending": 2, "accepted": 3, "lost": 4},
        "opportunity_custom_field": "Halo opportunity",
        "billing_periods": {"quarterly": 5},
    },
    "addresses": {"city": "line3", "postal_code": "postcode"},
    "product_groups": {"default": 7, "categories": {"Cabling": 5}},
}


def run(name: str, *args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


def changed(**values: Any) -> dict[str, Any]:
    return {"integrations": [{**ENTRY, **values}]}


def test_import_creates_an_integration(db: None) -> None:
    assert import_settings({"integrations": [ENTRY]}) == ["Example MSP: created"]
    row = Integration.objects.get()
    assert str(row.endpoint) == ENTRY["endpoint"]
    assert row.halo_url == "https://example.halopsa.com"
    assert (row.halo_client_secret.reveal(), row.halo_password.reveal()) == (SECRET, PASSWORD)
    assert row.hash_keys() == [KEY, "the-one-before"]
    assert row.quoter_api_key.reveal() == "an-api-key"
    assert row.use_only_open_opportunity
    assert not row.create_sales_order
    assert (row.status_pending, row.status_accepted, row.status_ordered, row.status_lost) == (2, 3, None, 4)
    assert (row.billing_monthly, row.billing_quarterly) == (2, 5)
    assert row.rules().groups.categories == {"Cabling": 5}
    assert row.default_product_group == 7
    assert dict(row.addresses.values_list("quoter_field", "halo_field")) == ENTRY["addresses"]


def test_import_keeps_what_it_does_not_name(db: None) -> None:
    import_settings({"integrations": [ENTRY]})
    done = import_settings({"integrations": [{"name": "Example MSP", "halo": {"tenant": "other"}}]})
    assert done == ["Example MSP: updated"]
    row = Integration.objects.get()
    assert row.halo_tenant == "other"
    assert row.halo_client_secret.reveal() == SECRET
    assert row.product_groups.count() == 1


def test_import_finds_an_integration_by_endpoint_and_renames_it(db: None) -> None:
    import_settings({"integrations": [ENTRY]})
    import_settings({"integrations": [{"endpoint": ENTRY["endpoint"], "name": "New name"}]})
    assert Integration.objects.get().name == "New name"


def test_an_empty_text_removes_a_secret(db: None) -> None:
    import_settings({"integrations": [ENTRY]})
    import_settings(
        {"integrations": [{"name": "Example MSP", "halo": {"client_secret": ""}, "quoter": {"hash_keys": []}}]}
    )
    row = Integration.objects.get()
    assert not row.halo_client_secret
    assert row.hash_keys() == []


def test_mappings_are_replaced_whole_and_keep_their_names(db: None) -> None:
    import_settings({"integrations": [ENTRY]})
    row = Integration.objects.get()
    row.product_groups.update(halo_group_name="Cables")
    import_settings(
        changed(product_groups={"categories": {"Firewalls": 6, "Wires": 5}}, addresses={"line1": "line1"})
    )
    assert dict(row.product_groups.values_list("category", "halo_group_name")) == {
        "Firewalls": "",
        "Wires": "Cables",
    }
    assert row.addresses.get().quoter_field == "line1"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({}, "integrations"),
        ({"integrations": {}}, "integrations"),
        ({"integration": []}, "integration is not known"),
        ({"integrations": [{"halo": {}}]}, "integrations[0].name"),
        ({"integrations": [{"name": "New"}]}, "integrations[0]"),
        ({"integrations": [ENTRY, {**ENTRY, "colour": 1}]}, "integrations[1].colour is not known"),
        (changed(enabled="perhaps"), "integrations[0].enabled"),
        (changed(endpoint="x"), "integrations[0].endpoint"),
        (changed(name=5), "integrations[0].name"),
        (changed(halo={**ENTRY["halo"], "auth": "magic"}), "integrations[0].halo.auth"),
        (changed(halo={"url": "https://a@b"}), "integrations[0].halo.url"),
        (changed(quoter={"hash_keys": ["a", "b", "c"]}), "integrations[0].quoter.hash_keys"),
        (changed(policy={"guess": True}), "integrations[0].policy.guess is not known"),
        (changed(policy={"create_sales_order": "maybe"}), "integrations[0].policy.create_sales_order"),
        (changed(policy={"quote_status": {"won": 1}}), "integrations[0].policy.quote_status.won"),
        (changed(policy={"billing_periods": {"once": 1}}), "integrations[0].policy.billing_periods.once"),
        (changed(policy={"price_decimals": 9}), "price_decimals"),
        (changed(addresses={"town": "line1"}), "integrations[0].addresses.town"),
        (changed(addresses={"city": "line9"}), "integrations[0].addresses.city"),
        (changed(product_groups={"categories": {"A": "x"}}), "integrations[0].product_groups.categories.A"),
    ],
)
def test_import_names_what_is_wrong_and_changes_nothing(db: None, document: Any, place: str) -> None:
    with pytest.raises(SettingsRefused) as caught:
        import_settings(document)
    assert place in str(caught.value)
    assert not Integration.objects.exists()


def test_a_refusal_does_not_repeat_a_secret(db: None) -> None:
    with pytest.raises(SettingsRefused) as caught:
        import_settings(changed(halo={"client_secret": [SECRET]}))
    assert "integrations[0].halo.client_secret" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_private_addresses_are_refused_unless_allowed(db: None, settings: Any) -> None:
    settings.ALLOW_PRIVATE_REMOTES = False
    with pytest.raises(SettingsRefused, match=r"integrations\[0\]\.halo\.url .*https only"):
        import_settings(changed(halo={"url": "http://halo.example.com"}))


def test_a_name_that_is_taken_is_refused(db: None) -> None:
    add_integration(name="Taken")
    import_settings({"integrations": [ENTRY]})
    with pytest.raises(SettingsRefused, match=r"integrations\[0\] .*name"):
        import_settings({"integrations": [{"endpoint": ENTRY["endpoint"], "name": "Taken"}]})


def test_export_holds_no_secret_and_can_be_imported_again(db: None) -> None:
    import_settings({"integrations": [ENTRY]})
    before = run("export_settings")
    for secret in (SECRET, PASSWORD, KEY, "the-one-before", "an-api-key", "enc1$"):
        assert secret not in before
    exported = json.loads(before)
    entry = exported["integrations"][0]
    assert set(entry) == set(ENTRY)
    assert entry["policy"]["quote_status"] == ENTRY["policy"]["quote_status"]
    assert entry["policy"]["billing_periods"]["quarterly"] == 5
    assert entry["product_groups"] == ENTRY["product_groups"]
    import_settings(exported)
    assert export_settings() == exported
    assert Integration.objects.get().halo_client_secret.reveal() == SECRET


def test_the_command_reads_a_file_and_says_what_it_did(db: None, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(changed(policy={"create_missing_user": True})))
    notes = io.StringIO()
    assert run("import_settings", str(file), stderr=notes) == "Example MSP: created\n"
    assert "create_missing_user is stored, but this version does not act on it." in notes.getvalue()
    assert run("import_settings", str(file), stderr=notes) == "Example MSP: updated\n"
    assert Integration.objects.get().create_missing_user


def test_the_command_reads_standard_input(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"integrations": [ENTRY]})))
    assert run("import_settings", "-") == "Example MSP: created\n"


def test_the_command_ends_with_a_sentence(db: None, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    with pytest.raises(CommandError, match="cannot be read"):
        run("import_settings", str(file))
    file.write_text('{"integrations": [\n{"halo": {"password": "pa55-w0rd"')
    with pytest.raises(CommandError, match="is no JSON") as caught:
        run("import_settings", str(file))
    assert PASSWORD not in str(caught.value)
    file.write_text(json.dumps(changed(halo={"auth": "magic"})))
    with pytest.raises(CommandError, match=r"integrations\[0\]\.halo\.auth"):
        run("import_settings", str(file))


def test_deliveries_are_printed_for_scripts(db: None) -> None:
    row = add_integration()
    add_delivery(row, "7")
    add_delivery(row, "8", problem=PERSON)
    found = json.loads(run("deliveries", json=True))
    assert [entry["quote"] for entry in found] == ["8", "7"]
    waiting, done = found
    assert waiting["state"] == "needs_attention"
    assert waiting["error"]["code"] == "person_ambiguous"
    assert waiting["attempts"][0]["problems"][0]["code"] == "person_ambiguous"
    attempt = done["attempts"][0]
    assert attempt["outcome"] == "succeeded"
    assert attempt["lines"][0]["rule"] == "sku"
    assert attempt["steps"][0]["stage"] == "observe"
    assert len(attempt["steps"][0]["calls"]) == 1
    assert SECRET not in json.dumps(found)


def test_deliveries_of_one_quote_are_printed(db: None) -> None:
    row = add_integration()
    add_delivery(row, "7")
    add_delivery(row, "8")
    assert [entry["quote"] for entry in json.loads(run("deliveries", json=True, quote="7"))] == ["7"]
    assert "Quote 8" in run("deliveries", quote="8")
    assert json.loads(run("deliveries", json=True, quote="9")) == []


def test_secrets_move_to_the_newest_key(db: None, settings: Any) -> None:
    row = add_integration()
    HaloToken.objects.create(integration=row, value="a-token")
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert run("rotate_secrets") == "3 secret(s) are now encrypted with the newest key.\n"
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert Integration.objects.get().halo_client_secret.reveal() == SECRET
    assert not HaloToken.objects.exists()  # sealed with the old key; a new one is fetched when it is needed


def test_rotation_changes_nothing_when_one_secret_cannot_be_opened(db: None, settings: Any) -> None:
    add_integration()
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="Example MSP: the Client secret opens with none of the keys"):
        run("rotate_secrets")
