"""Webhook bodies as nobody should send them: noise, broken forms, and well-signed text that is no sane quote."""

import json
import time
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any
from urllib.parse import quote_plus, urlencode

from integrations.simulator.quoter.encoding import encode_form, sign
from tests.quoter.payload import quote_data

KEY = "5e1f0c2ba7d94f6e8b3d1a0c9e7f6b5a"
_STRINGS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "ſ",
    "İ",
    "💥" * 400,
    "x" * 20_000,
    "1e999999",
    "-0",
    "NaN",
    "Infinity",
    "1,,,0.0",
    "9" * 60,
    "0." + "0" * 60 + "1",
    "2025-99-99 99:99:99",
    "0000-00-00 00:00:00",
    "true",
    "[Halo #99999999999999999999999]",
    "' OR 1=1 --",
    "<script>",
    "%s%n{0}",
    "+1",
    "１２３",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    -(10**400),
    1e308,
    float("inf"),
    float("nan"),
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": ""},
    {"id": None},
    {"id": "\x00"},
    *_STRINGS,
)
_XML = (
    "<quote/>",
    "<quote><id>1</id></quote>",
    "<quote>",
    '<!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><quote><id>&b;</id></quote>',
    '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/hostname">]><quote><id>&x;</id></quote>',
    "<a>" * 2_000 + "</a>" * 2_000,
    '<?xml version="1.0" encoding="utf-16"?><quote/>',
)
_DEEP = ("[" * 50_000, '{"a":' * 20_000, "[" * 900 + "]" * 900, '{"line_items":' + "[" * 500 + "]" * 500 + "}")


def body(random: Random) -> bytes:
    """Return one body."""
    return random.choice(_KINDS)(random)


def _noise(random: Random) -> bytes:
    return random.randbytes(random.choice((0, 1, 7, 64, 700)))


def _damaged(random: Random) -> bytes:
    good = bytearray(signed(json.dumps(quote_data())))
    for _ in range(random.randint(1, 8)):
        place = random.randrange(len(good))
        match random.randrange(4):
            case 0:
                good[place] = random.randrange(256)
            case 1:
                del good[place : place + random.randrange(60)]
            case 2:
                good[place:place] = random.choice((b"&", b"=", b"%", b"%00", b"+", b"data=", b"%ff", b"&hash=1"))
            case _:
                good = good[:place] or good
        if not good:
            break
    return bytes(good)


def _odd_fields(random: Random) -> bytes:
    names = ["hash", "timestamp", "data", "DATA", "", "hash[]", "x" * 300]
    values = [*(s.encode("utf-8", "surrogatepass") for s in _STRINGS), b"%", b"%zz", b"0" * 32, b"1755306343"]
    pairs = [(random.choice(names), random.choice(values)) for _ in range(random.randrange(14))]
    return "&".join(f"{name}={quote_plus(value)}" for name, value in pairs).encode("ascii", "replace")


def _signed_text(random: Random) -> bytes:
    text = random.choice((*_STRINGS, *_XML, *_DEEP, "null", "[]", "{}", "0", '"x"', "{]", '{"id": 1, "id": 2}'))
    return signed(text)


def _signed_quote(random: Random) -> bytes:
    data = quote_data({}, {"name": "Second"}, id=str(random.randrange(9_000_000, 9_000_050)))
    for _ in range(random.randint(1, 4)):
        _change(data, random)
    text = json.dumps(data, ensure_ascii=random.random() < 0.7)
    if random.random() < 0.15:
        text = text[: random.randrange(len(text))]
    return signed(text)


def _change(data: dict[str, Any], random: Random) -> None:
    """Put something odd somewhere into the tree."""
    at: Any = data
    while True:
        key = random.choice(list(at)) if isinstance(at, dict) else random.randrange(len(at))
        if isinstance(at[key], dict | list) and at[key] and random.random() < 0.7:
            at = at[key]
            continue
        if isinstance(at, dict) and random.random() < 0.1:
            del at[key]
        else:
            at[key] = deepcopy(random.choice(_VALUES))
        return


def signed(text: str) -> bytes:
    """Return a form that passes the check of its signature, where its text can be sent at all."""
    stamp = str(int(time.time()))
    try:
        return encode_form(KEY, stamp, text)
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass")
        return urlencode({"hash": sign(KEY, stamp, ""), "timestamp": stamp, "data": raw}).encode()


_KINDS: tuple[Callable[[Random], bytes], ...] = (
    _noise,
    _damaged,
    _odd_fields,
    _signed_text,
    _signed_quote,
    _signed_quote,
    _signed_quote,
)
