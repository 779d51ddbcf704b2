"""A recorded call as a command: whole, encoded, and without a secret."""

import shlex
from datetime import UTC, datetime

import pytest

from integrations.admin.curl import as_curl
from integrations.models import RemoteCall
from integrations.redact import Redactor


def call(method: str, url: str, sent: str = "") -> RemoteCall:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return RemoteCall(method=method, url=url, sent=sent, status=200, started_at=at, duration_ms=1)


def words(recorded: RemoteCall) -> list[str]:
    """Return what a shell makes of it."""
    return shlex.split(as_curl(recorded).replace("\\\n", " "))


def test_a_question_encodes_its_parameters() -> None:
    found = words(call("GET", "https://halo.example.com/api/Users?search=ann & co&count=1"))
    assert found[:3] == ["curl", "--get", "https://halo.example.com/api/Users"]
    assert found.count("--data-urlencode") == 3  # kept as people read it, an ampersand in a value parts it
    assert "Authorization: Bearer YOUR_TOKEN" in found


def test_a_write_sends_its_body_as_it_was() -> None:
    body = '[{"title": "It\'s $HOME `x`"}]'
    found = words(call("POST", "https://halo.example.com/api/Quotation", body))
    assert found[1:4] == ["--request", "POST", "https://halo.example.com/api/Quotation"]
    assert found[found.index("--data-raw") + 1] == body
    assert "Content-Type: application/json" in found


@pytest.mark.parametrize("secret", ["c1ient-s3cret", "it's"])
def test_no_secret_is_in_it(secret: str) -> None:
    redactor = Redactor([secret])
    sent = redactor.body(f"grant_type=client_credentials&client_secret={secret}")
    text = as_curl(call("POST", f"https://halo.example.com/auth/token?tenant={redactor.text(secret)}", sent))
    assert secret not in text and "YOUR_SECRET" in text
    assert "Authorization" not in text  # signing in needs no token


def test_quoters_api_has_its_own_header(settings: object) -> None:
    settings.QUOTER_API_URL = "https://api.example.com/quoter/v1"  # type: ignore[attr-defined]
    found = words(call("GET", "https://api.example.com/quoter/v1/quotes"))
    assert "x-api-key: YOUR_API_KEY" in found
    assert not [word for word in found if word.startswith("Authorization")]
