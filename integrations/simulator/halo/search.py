"""Halo's loose searches: SQL's LIKE, as its `search` and `advanced_search` parameters use it."""

import json
import re
from collections.abc import Callable
from typing import Any

from integrations.simulator.halo.refusals import refused

Row = dict[str, Any]
Column = Callable[[Row, str], str]
"""Reads a column of a row as text."""

# Per entity, the columns that `search` looks at, and those that `advanced_search` accepts.
SEARCHED = {
    "users": ("name", "emailaddress", "email2", "email3", "login"),
    "clients": ("name",),
    "sites": ("name", "client_name"),
    "opportunities": ("summary", "client_name", "user_name", "oppcompanyname", "oppemailaddress"),
    "items": ("name", "supplier_part_code", "description"),
    # Client and reference only: a quote's title is not looked at.
    "quotes": ("client_name", "po_ref"),
    "salesorders": ("client_name", "title"),
    "suppliers": ("name",),
}
ADVANCED = {
    "items": frozenset({"supplier_part_code", "name", "assetgroup_id", "status"}),
    "users": frozenset({"name", "emailaddress", "site_id", "client_id"}),
}
_IN, _NOT_IN, _EQUALS, _DIFFERS, _LIKE, _NOT_LIKE = 0, 1, 2, 3, 4, 5


def like(pattern: str, text: str) -> bool:
    """Compare as SQL Server's LIKE does: % and _ and [..], case ignored."""
    parts = []
    for piece in re.findall(r"\[[^\]]+\]|.", pattern, re.DOTALL):
        if piece == "%":
            parts.append(".*")
        elif piece == "_":
            parts.append(".")
        elif len(piece) > 1:
            inside = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
            parts.append(f"[{inside}]")
        else:
            parts.append(re.escape(piece))
    try:
        return re.fullmatch("".join(parts), text, re.IGNORECASE | re.DOTALL) is not None
    except re.error:
        return False


def contains(term: str) -> Callable[[str], bool]:
    """Return LIKE '%term%'; a term without wildcards takes the quick way."""
    if not set(term) & set("%_["):
        wanted = term.lower()
        return lambda text: wanted in text.lower()
    return lambda text: like(f"%{term}%", text)


def containing(entity: str, term: str, column: Column) -> Callable[[Row], bool]:
    """Return the test for rows in which one of the entity's columns contains the term."""
    has, names = contains(term), SEARCHED[entity]
    return lambda row: any(has(column(row, name)) for name in names)


def advanced(entity: str, text: str, column: Column) -> list[Callable[[Row], bool]]:
    """Return the tests of an `advanced_search` filter list."""
    try:
        return [_test(entity, one, column) for one in json.loads(text)]
    except (ValueError, TypeError, KeyError) as exc:
        raise refused("Invalid advanced search parameter") from exc


def _test(entity: str, one: Row, column: Column) -> Callable[[Row], bool]:
    name, kind, wanted = str(one["filter_name"]), int(one["filter_type"]), str(one["filter_value"])
    if name not in ADVANCED.get(entity, ()) or kind not in (_IN, _NOT_IN, _EQUALS, _DIFFERS, _LIKE, _NOT_LIKE):
        raise refused("Invalid advanced search parameter")
    several = {part.strip().lower() for part in wanted.split(",")}
    exact = wanted.rstrip().lower()

    def test(row: Row) -> bool:
        value = column(row, name)
        if kind in (_EQUALS, _DIFFERS):
            # SQL's = ignores case and trailing blanks.
            return (value.rstrip().lower() == exact) == (kind == _EQUALS)
        if kind in (_IN, _NOT_IN):
            return (value.lower() in several) == (kind == _IN)
        return like(wanted, value) == (kind == _LIKE)

    return test
