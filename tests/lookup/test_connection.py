"""Test connection: one sentence that says what is wrong."""

import pytest
from django.test import override_settings

from integrations.lookup.connection import ConnectionReport, check_connection
from integrations.models import Integration
from integrations.simulator import Fault, Simulator


def check(integration: Integration) -> ConnectionReport:
    """Check without waiting."""
    return check_connection(integration, sleep=lambda seconds: None)


@pytest.mark.parametrize("grant", ["client_credentials", "password"])
def test_good_settings_are_told_with_the_agent(integration: Integration, simulator: Simulator, grant: str) -> None:
    integration.halo_auth = grant
    integration.halo_username = simulator.halo.credentials.username
    integration.halo_password = simulator.halo.credentials.password
    integration.save()

    report = check(integration)

    assert report.ok, report.sentence
    assert "Portal API" in report.sentence
    assert simulator.halo.writes == []


def test_domain_that_does_not_resolve_is_named(integration: Integration) -> None:
    integration.halo_url = "https://no-such-tenant.invalid"

    report = check(integration)

    assert not report.ok
    assert "no-such-tenant.invalid" in report.sentence


def test_domain_that_halo_does_not_host_is_suspected(integration: Integration, simulator: Simulator) -> None:
    simulator.halo.fail(Fault("500", path="/authinfo"))
    simulator.halo.fail(Fault("500", path="auth"))

    report = check(integration)

    assert not report.ok
    assert "spelt" in report.hint


def test_nobody_listening_is_told(integration: Integration) -> None:
    integration.halo_url = "http://127.0.0.1:9"

    report = check(integration)

    assert not report.ok
    assert "No connection to 127.0.0.1" in report.sentence


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [("halo_client_id", "another", "client ID"), ("halo_client_secret", "wrong", "secret")],
)
def test_wrong_credentials_are_told(integration: Integration, field: str, value: str, word: str) -> None:
    setattr(integration, field, value)
    integration.save()

    report = check(integration)

    assert not report.ok
    assert word in report.sentence
    assert value not in report.sentence


def test_wrong_password_is_told(integration: Integration) -> None:
    integration.halo_auth = "password"
    integration.halo_username, integration.halo_password = "quoter.api", "wrong"
    integration.save()

    report = check(integration)

    assert not report.ok
    assert "user name or password" in report.sentence


@pytest.mark.parametrize(
    ("path", "word"),
    [("/Users", "users"), ("/Quotation", "quotes"), ("/Item", "products"), ("/AssetGroup", "product groups")],
)
def test_missing_permission_is_named(integration: Integration, simulator: Simulator, path: str, word: str) -> None:
    simulator.halo.permissions.add(("GET", path))

    report = check(integration)

    assert not report.ok
    assert word in report.sentence


@pytest.mark.parametrize(("skew", "word"), [(400.0, "ahead of"), (-400.0, "behind")])
def test_clock_skew_is_measured(integration: Integration, skew: float, word: str) -> None:
    import time

    report = check_connection(integration, clock=lambda: time.time() + skew, sleep=lambda seconds: None)

    assert not report.ok
    assert word in report.sentence
    assert "NTP" in report.hint


def test_missing_field_is_named(integration: Integration) -> None:
    integration.halo_client_id = ""

    report = check(integration)

    assert not report.ok
    assert "client id" in report.sentence


@override_settings(ALLOW_PRIVATE_REMOTES=False)
def test_private_address_is_refused_when_used(integration: Integration) -> None:
    report = check(integration)

    assert not report.ok
    assert "https only" in report.sentence


@override_settings(ALLOW_PRIVATE_REMOTES=False)
def test_name_that_leads_to_a_private_address_is_refused_when_used(integration: Integration) -> None:
    integration.halo_url = "https://localhost"

    report = check(integration)

    assert not report.ok
    assert "private" in report.sentence
