import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.redact import MASK, Redactor

# A secret as people and machines make them; the mask's own sign would be found again inside the mask.
SECRETS = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="•\ufffd"), min_size=4
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def texts_in(value: Any) -> list[str]:
    """Return every text and number in JSON-like data."""
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


@given(st.lists(SECRETS, min_size=1, max_size=3), JSON)
def test_no_known_secret_gets_through(secrets: list[str], around: Any) -> None:
    redactor = Redactor(secrets)
    holders = [
        holder
        for secret in secrets
        for holder in (secret, f"a{secret}b", [secret], {secret: around}, {"x": [around, {"y": f" {secret} "}]})
    ]
    for holder in holders:
        shown = [
            *texts_in(redactor.value(holder)),
            redactor.body(json.dumps(holder)),
            redactor.body(json.dumps(holder, ensure_ascii=False).encode()),
            redactor.body(json.dumps(holder) + "}"),
            redactor.body(urlencode({"note": str(holder)})),
            redactor.text(str(holder)),
        ]
        assert not [secret for secret in secrets for text in shown if secret in text]


@pytest.mark.parametrize(
    "secret", ['pa"ss\\word', "p@ss w&rd+1", "pässwörd<>", "12345678", "line\nbreak", "'quoted'"]
)
def test_a_secret_is_masked_in_every_writing(secret: str) -> None:
    redactor = Redactor([secret])
    for body in (
        json.dumps({"note": secret}),
        json.dumps({"note": secret}, ensure_ascii=False),
        json.dumps({secret: 1}),
        json.dumps({"note": secret})[:-1],  # cut short: no JSON any more
        urlencode({"note": secret}),
        f"It is {secret}.",
    ):
        shown = redactor.body(body)
        assert MASK in shown
        for form in (secret, json.dumps(secret)[1:-1], urlencode({"": secret})[1:]):
            assert form not in shown


def test_a_secret_that_contains_another_is_masked_whole() -> None:
    assert Redactor(["abcd", "abcdefgh", ""]).text("-abcdefgh-abcd-") == f"-{MASK}-{MASK}-"


def test_a_tiny_secret_does_not_shred_the_text() -> None:
    assert Redactor(["a", "abc", ""]).text("abcabc") == "abcabc"


@pytest.mark.parametrize(
    "name", ["access_token", "Authorization", "PASSWORD", "client_secret", "hash", "Set-Cookie", "x-api-key"]
)
@pytest.mark.parametrize("value", ["s3cret-value", 12345678, ["s3cret-value"], {"a": "s3cret-value"}])
def test_secret_names_are_masked_whatever_they_hold(name: str, value: Any) -> None:
    shown = Redactor().body(json.dumps([{"ok": {name: value}, "kept": "me"}]))
    assert "s3cret" not in shown
    assert "12345678" not in shown
    assert "kept" in shown


@pytest.mark.parametrize("value", [None, ""])
def test_secret_names_show_that_they_hold_nothing(value: str | None) -> None:
    assert Redactor().value({"password": value}) == {"password": value}


@pytest.mark.parametrize(
    "body",
    [
        "grant_type=password&username=api&password=s3cret%20x&scope=all",
        "password=s3cret",
        "POST /x?token=s3cret HTTP/1.1",
        '{"access_token": "s3cret", "expires_in": 36',
        '{"access_token": "s3cr',
        '{"a": 1, "Password" : "s3c\\"ret", }',
        '{"token": 53cr3t1}x',
        "Authorization: Bearer s3cret-s3cret",
        "basic czNjcmV0OnMzY3JldA==",
    ],
)
def test_bodies_that_are_no_json_are_masked_by_name(body: str) -> None:
    shown = Redactor().body(body)
    assert MASK in shown
    for piece in ("s3c", "53cr3t1", "czNj"):
        assert piece not in shown


@pytest.mark.parametrize("text", ["Basic Subscription", "a basic plan", "token bearer", "Bearer of news"])
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor().text(text) == text


def test_long_texts_are_cut_after_masking() -> None:
    shown = Redactor(["secret-value"]).text("x" * 15 + "secret-value" + "y" * 50, limit=20)
    assert shown == "x" * 15 + MASK + "yy" + " … (48 more characters)"


@pytest.mark.parametrize("body", [b"a\x00b", b'"\\ud800"', b"\xff\xfe", '{"a": "\\u0000"}', "\ud800"])
def test_what_is_kept_can_be_stored(body: bytes | str) -> None:
    shown = Redactor().body(body)
    assert "\x00" not in shown
    shown.encode()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Decimal("3"), 3),
        (Decimal("0.1"), 0.1),
        (Decimal("1E+999999"), float("inf")),
        (True, True),
        (None, None),
        ((1, "a"), [1, "a"]),
        ({1: 2}, {"1": 2}),
    ],
)
def test_value_returns_what_json_can_write(value: Any, kept: Any) -> None:
    assert Redactor(["secret"]).value(value) == kept


@pytest.mark.parametrize("body", [None, b"", ""])
def test_an_empty_body_is_empty(body: Any) -> None:
    assert Redactor().body(body) == ""


@given(st.binary() | st.text())
def test_body_never_fails(body: bytes | str) -> None:
    Redactor(["secret"]).body(body).encode()


def test_body_never_fails_on_depth_or_length() -> None:
    for body in ("[" * 100_000, "[" * 900 + "]" * 900, "9" * 10_000, '"' * 100_000, '"password":"' * 20_000):
        Redactor(["secret"]).body(body).encode()
