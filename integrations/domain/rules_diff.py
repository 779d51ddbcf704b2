"""Settings as single entries, and what changed between two versions of them."""

from collections.abc import Iterator
from typing import Any

from integrations.domain.policy import Policy, ProductGroups, Rules
from integrations.domain.record import Record

Path = tuple[str, ...]
_PARTS: dict[str, type[Record]] = {"policy": Policy, "groups": ProductGroups}


class RuleChange(Record):
    """One entry that differs; None where a version has no such entry."""

    path: Path
    before: str | int | bool | None
    after: str | int | bool | None


def list_rules(rules: Rules) -> dict[Path, Any]:
    """Return every entry by its path: `("policy", "shipping")`, `("groups", "categories", "Cabling")`."""
    return dict(_entries(rules.model_dump(mode="json"), ()))


def compare_rules(before: Rules, after: Rules) -> tuple[RuleChange, ...]:
    """List what changed, in the order in which the settings have it."""
    then, now = list_rules(before), list_rules(after)
    paths = sorted({*then, *now}, key=lambda path: (path[0] != "policy", path))
    rows = (RuleChange(path=path, before=then.get(path), after=now.get(path)) for path in paths)
    return tuple(row for row in rows if row.before != row.after)


def read_rules(stored: dict[str, Any]) -> Rules:
    """Return the rules that an older portal stored: what it did not have yet is off, what is gone is left out.

    Raises pydantic's ValidationError where an entry has a value that this portal does not know.
    """
    kept = {name: value for name, value in stored.items() if name in Rules.model_fields}
    for name, part in _PARTS.items():
        if isinstance(kept.get(name), dict):
            kept[name] = {key: value for key, value in kept[name].items() if key in part.model_fields}
    return Rules.model_validate(kept)


def _entries(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _entries(inner, (*path, str(name)))
    else:
        yield path, value
