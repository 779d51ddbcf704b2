from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import CheckMessage
from django.core.management import CommandError, call_command
from django.db import connection

from integrations import checks
from integrations.models import Channel
from tests.admin.rows import add_integration


def ids(messages: list[CheckMessage]) -> list[str]:
    for message in messages:
        assert message.hint
    return [str(message.id) for message in messages]


@pytest.mark.parametrize(
    ("simulator", "address", "expected"),
    [
        (True, "http://127.0.0.1:8000", []),
        (True, "https://portal.example.com", ["integrations.W001"]),
        (True, "", ["integrations.W001"]),
        (False, "https://portal.example.com", []),
    ],
)
def test_a_simulator_beside_a_public_address_is_named(
    settings: Any, simulator: bool, address: str, expected: list[str]
) -> None:
    settings.SIMULATOR, settings.PUBLIC_URL = simulator, address
    assert ids(checks.check_simulator(None)) == expected


@pytest.mark.parametrize(
    ("private", "simulator", "expected"),
    [(True, False, ["integrations.W002"]), (True, True, []), (False, False, [])],
)
def test_private_remotes_without_the_simulator_are_named(
    settings: Any, private: bool, simulator: bool, expected: list[str]
) -> None:
    settings.ALLOW_PRIVATE_REMOTES, settings.SIMULATOR = private, simulator
    assert ids(checks.check_private_remotes(None)) == expected


def test_a_missing_public_address_is_named(settings: Any) -> None:
    settings.PUBLIC_URL = ""
    assert ids(checks.check_public_url(None)) == ["integrations.W003"]
    settings.PUBLIC_URL = "https://portal.example.com"
    assert ids(checks.check_public_url(None)) == []


@pytest.mark.parametrize("keys", [[], ["too-short"], [Fernet.generate_key().decode(), "ü" * 44]])
def test_a_malformed_encryption_key_is_an_error_that_does_not_show_it(settings: Any, keys: list[str]) -> None:
    settings.FIELD_ENCRYPTION_KEYS = keys
    found = checks.check_encryption_keys(None)
    assert ids(found) == ["integrations.E004"]
    assert not any(key in found[0].msg for key in keys)


def test_proper_encryption_keys_pass() -> None:
    assert ids(checks.check_encryption_keys(None)) == []


def test_shortened_retries_are_named(settings: Any) -> None:
    settings.RETRY_SCALE = 0.1
    assert ids(checks.check_retry_scale(None)) == ["integrations.W005"]
    settings.RETRY_SCALE = 1.0
    assert ids(checks.check_retry_scale(None)) == []


def test_a_secret_that_no_key_opens_is_an_error_at_the_start(db: None, settings: Any) -> None:
    add_integration()
    Channel.objects.create(name="Desk", kind="slack", address="https://hooks.example.com/x")
    assert ids(checks.check_stored_secrets(None, databases=["default"])) == []
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    found = checks.check_stored_secrets(None, databases=["default"])
    assert set(ids(found)) == {"integrations.E006"}
    said = [message.msg for message in found]
    assert "Client secret of Example MSP cannot be decrypted." in said
    assert "The webhook address of the notification channel Desk cannot be decrypted." in said
    with pytest.raises(CommandError):
        call_command("check", databases=["default"], stderr=StringIO())


def test_the_database_is_asked_only_when_it_is_meant(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert checks.check_stored_secrets(None, databases=None) == []


def test_a_database_before_its_migration_passes(transactional_db: None) -> None:
    with connection.schema_editor(atomic=False) as editor:
        editor.execute("ALTER TABLE integrations_integration RENAME TO hidden_for_a_moment")
    try:
        assert checks.check_stored_secrets(None, databases=["default"]) == []
    finally:
        with connection.schema_editor(atomic=False) as editor:
            editor.execute("ALTER TABLE hidden_for_a_moment RENAME TO integrations_integration")


def test_the_pages_and_models_pass_django_s_own_checks() -> None:
    call_command("check", fail_level="ERROR", stdout=StringIO(), stderr=StringIO())
