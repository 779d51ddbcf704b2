"""Settings as people read them: the words of the settings page, names instead of numbers where they are known."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist

from integrations.domain.quote import Period
from integrations.domain.rules_diff import Path, RuleChange, list_rules
from integrations.models import AddressMapping, Integration, ProductGroupMapping, SettingsVersion

Value = str | int | bool | None
_PLAIN = {
    ("quote_url",): "Address of a quote in Quoter",
    ("pdf_url",): "Address of a quote's PDF in Quoter",
    ("price_decimals",): "Decimals of a unit price",
    ("groups", "default"): "Default product group",
}
_SECTIONS = {
    "policy": "Policies",
    "groups": "Product groups",
    "addresses": "Address mapping",
    "billing_periods": "Billing periods",
}
# Names of a policy that are part of a column's.
_PREFIXES = {
    "quote_status": "status",
    "opportunity_status": "opportunity_status",
    "opportunity_probability": "opportunity_probability",
}


@dataclass(frozen=True)
class Entry:
    """One setting: where it belongs, what it is called, what it says, and what it said before."""

    section: str
    label: str
    value: str
    before: str = ""


def entries_of(version: SettingsVersion) -> list[Entry]:
    """Return all settings of a version. Raises SettingsError where it cannot be read."""
    groups = _group_names(version.integration_id)
    rows = list_rules(version.as_rules()).items()
    return [Entry(_section(path), _label(path), _value(path, value, groups)) for path, value in rows]


def changes_of(changes: Iterable[RuleChange], integration_id: int) -> list[Entry]:
    """Return what changed between two versions, before and after."""
    groups = _group_names(integration_id)
    return [
        Entry(
            _section(row.path),
            _label(row.path),
            _value(row.path, row.after, groups),
            _value(row.path, row.before, groups),
        )
        for row in changes
    ]


def _section(path: Path) -> str:
    return _SECTIONS.get(path[0], "Other")


def _label(path: Path) -> str:
    if path in _PLAIN:
        return _PLAIN[path]
    if path[0] == "groups":
        return f"Category “{path[-1]}”"
    if path[0] == "addresses":
        return str(dict(AddressMapping.QuoterField.choices).get(path[1], path[1]))
    if path[0] == "billing_periods":
        return Period(path[1]).label.capitalize() if path[1] in set(Period) else path[1]
    column = _column(path)
    return _verbose(column) or column.replace("_", " ").capitalize()


def _column(path: Path) -> str:
    return f"{_PREFIXES[path[1]]}_{path[2]}" if path[1] in _PREFIXES and len(path) > 2 else path[1]


def _verbose(column: str) -> str:
    try:
        name = str(Integration._meta.get_field(column).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return ""
    return name[:1].upper() + name[1:]


def _value(path: Path, value: Value, groups: dict[int, str]) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if path[0] == "groups" and isinstance(value, int):
        return f"{groups[value]} (id {value})" if groups.get(value) else f"id {value}"
    if path[0] == "addresses":
        return str(dict(AddressMapping.HaloField.choices).get(str(value), value))
    return _choice(path, value)


def _choice(path: Path, value: Value) -> str:
    if path[0] != "policy":
        return str(value)
    try:
        field = Integration._meta.get_field(_column(path))
    except FieldDoesNotExist:
        return str(value)
    choices = getattr(field, "flatchoices", None) or ()
    return str(dict(choices).get(value, value))


def _group_names(integration_id: int) -> dict[int, str]:
    rows = ProductGroupMapping.objects.filter(integration=integration_id)
    return dict(rows.values_list("halo_group_id", "halo_group_name"))
