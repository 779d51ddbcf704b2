import hashlib
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import NotVerified
from integrations.quoter.signature import SignedForm, read_form, sign, verify
from integrations.quoter.webhook import read_quote
from tests.quoter.payload import KEY

NOW = 1_755_306_343
SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "quoter_webhook_quote.form"
DATA = '{"name":"Inst\\/Setup \\u00fc & 100% + more = \'ok\'"}'


def body(data: str = DATA, *, key: str = KEY, timestamp: str = str(NOW), **changes: str) -> bytes:
    digest = hashlib.md5(f"{key}{timestamp}{data}".encode(), usedforsecurity=False).hexdigest()
    return urlencode({"hash": digest, "timestamp": timestamp, "data": data, **changes}).encode()


def refusal(received: bytes, *, keys: tuple[str, ...] = (KEY,), now: float = NOW) -> NotVerified:
    with pytest.raises(NotVerified) as caught:
        verify(read_form(received), keys=keys, now=now)
    return caught.value


def test_sign_is_md5_of_key_timestamp_and_data() -> None:
    # The vendor's own vector would need its key; this one is `printf k1d | md5sum`.
    assert sign(key="k", timestamp="1", data="d") == "0ee66b2c548ffb61c8e815f948bf2444"


def test_read_form_keeps_the_data_as_it_was_sent() -> None:
    form = read_form(body())
    assert form.data == DATA
    verify(form, keys=[KEY], now=NOW)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the contracts are not at hand")
def test_verify_accepts_the_published_sample() -> None:
    form = read_form(SAMPLE.read_bytes().strip())
    verify(form, keys=["example-hash-key-not-a-real-one"], now=NOW)
    quote = read_quote(form.data)
    assert quote.number == "7"
    assert [line.name for line in quote.lines][-1] == "On-site Installation/Setup"
    assert sum(line.net for line in quote.lines) == quote.stated.upfront == 2575
    assert quote.notes == ()


@pytest.mark.parametrize("keys", [(KEY,), ("new", KEY), (KEY, "old"), ("", KEY)])
def test_verify_accepts_any_live_key(keys: tuple[str, ...]) -> None:
    verify(read_form(body()), keys=keys, now=NOW)


def test_verify_accepts_an_upper_case_hash() -> None:
    form = read_form(body())
    verify(form.model_copy(update={"hash": form.hash.upper()}), keys=[KEY], now=NOW)


@pytest.mark.parametrize("away", [-300, 0, 300, 299.9])
def test_verify_accepts_a_timestamp_within_five_minutes(away: float) -> None:
    verify(read_form(body()), keys=[KEY], now=NOW + away)


@pytest.mark.parametrize("away", [-301, 301, 300.5, 10**6])
def test_verify_refuses_a_timestamp_outside_of_five_minutes(away: float) -> None:
    assert refusal(body(), now=NOW + away).reason == "stale"


@pytest.mark.parametrize(
    ("received", "keys"),
    [
        (body(key="other"), (KEY,)),
        (body(data=DATA + " ", hash="0" * 32), (KEY,)),
        (body(key=""), ("other",)),
    ],
)
def test_verify_refuses_a_wrong_hash(received: bytes, keys: tuple[str, ...]) -> None:
    error = refusal(received, keys=keys)
    assert (error.status, error.reason) == (403, "bad_hash")


@pytest.mark.parametrize("keys", [(), ("",)])
def test_verify_refuses_everything_when_there_is_no_key(keys: tuple[str, ...]) -> None:
    # A body signed with the empty key must not pass where no key is set.
    assert refusal(body(key=""), keys=keys).reason == "no_key"


def test_verify_tells_a_stale_time_only_to_who_knows_the_key() -> None:
    assert refusal(body(key="other"), now=NOW + 900).reason == "bad_hash"


def test_not_verified_says_nothing_of_key_or_hash() -> None:
    said = str(refusal(body(key="other")))
    assert KEY not in said
    assert read_form(body(key="other")).hash not in said


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"{}",
        b"hash=&timestamp=&data=",
        body()[: len(body()) // 2].split(b"&data")[0],
        body(timestamp="175530634"),
        body(timestamp="17553063430"),
        body(timestamp="+755306343"),
        body(timestamp="1755306343\n"),
        body(timestamp="١٧٥٥٣٠٦٣٤٣"),
        body(hash="xyz"),
        body(hash="0" * 31),
        body() + b"&data=again",
        body() + b"&hash=" + b"0" * 32,
        body() + b"&x=1" * 20,
        body(data="a\x00b"),
        b"data=%ff&hash=" + b"0" * 32 + b"&timestamp=1755306343",
        "hash=ü".encode(),
        b"\xff\xfe",
    ],
)
def test_read_form_refuses_what_is_not_quoters_form(received: bytes) -> None:
    with pytest.raises(NotVerified) as caught:
        read_form(received)
    assert caught.value.status == 400


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_read_form_never_fails_otherwise_on_any_bytes(received: bytes) -> None:
    with pytest.raises(NotVerified):
        read_form(received)


@given(st.lists(st.tuples(st.sampled_from(["hash", "timestamp", "data", "x"]), st.text())), st.binary(max_size=20))
def test_read_form_never_fails_otherwise_on_forms(pairs: list[tuple[str, str]], tail: bytes) -> None:
    try:
        read_form(urlencode(pairs, errors="ignore").encode() + tail)
    except NotVerified as error:
        assert error.status == 400


@given(st.text().filter(lambda text: "\x00" not in text), st.text(min_size=1), st.integers(10**9, 10**10 - 1))
def test_verify_accepts_whatever_was_signed_with_the_key(data: str, key: str, timestamp: int) -> None:
    form = read_form(body(data, key=key, timestamp=str(timestamp)))
    assert form == SignedForm(hash=form.hash, timestamp=timestamp, data=data)
    verify(form, keys=[key], now=timestamp)
    with pytest.raises(NotVerified):
        verify(form.model_copy(update={"data": data + "x"}), keys=[key], now=timestamp)
