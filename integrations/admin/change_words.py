"""A change of a setting in words: "Currency: “USD”, was empty", never a value of a secret."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from integrations.admin import show
from integrations.choices import PauseScope
from integrations.models import SettingsChange
from integrations.models.history import WATCHED

_BY = {
    "": "The portal",
    "work": "The portal's worker",
    "qcluster": "The portal's worker",
    "serve": "The portal",
    "prepare": "The first set-up",
    "migrate": "The upgrade",
    "shell": "Somebody at the command line",
}
_PAUSE = ("paused_at", "paused_until", "pause_scope", "pause_reason")


def who(change: SettingsChange) -> str:
    """Return who changed it: the person, else the command."""
    name = change.who or (change.actor.get_username() if change.actor else "")
    return str(name) or _BY.get(change.command, f"The command {change.command}")


def what(change: SettingsChange) -> str:
    """Return the object in words."""
    model = change.content_type.model_class()
    kind = str(model._meta.verbose_name) if model is not None else change.content_type.model
    return f"{kind[:1].upper()}{kind[1:]} “{change.object_repr}”"


def sentences(change: SettingsChange) -> list[str]:
    """Return one sentence for each setting that changed."""
    if change.action == SettingsChange.Action.DELETE:
        return ["Removed."]
    changes: dict[str, Any] = dict(change.changes or {})
    pause = [_pause(changes)] if "paused_at" in changes else []
    for name in _PAUSE:
        changes.pop(name, None)
    said = [*pause, *_each(change.content_type.model_class(), changes, change)]
    return ["Added.", *said] if change.action == SettingsChange.Action.CREATE else said or ["Nothing to read."]


def _pause(changes: dict[str, Any]) -> str:
    if changes["paused_at"][1] is None:
        return "Resumed."
    scope = PauseScope(changes.get("pause_scope", [None, PauseScope.ALL])[1])
    reason = changes.get("pause_reason", [None, ""])[1]
    until = changes.get("paused_until", [None, None])[1]
    end = f" until {show.plain_moment(datetime.fromisoformat(until).replace(tzinfo=UTC))}" if until else ""
    label = f"{scope.label[:1].lower()}{scope.label[1:]}"
    return f"Paused ({label}){end}{f': {reason}' if reason else ''}."


def _each(model: type[Model] | None, changes: dict[str, Any], change: SettingsChange) -> Iterator[str]:
    for name, given in sorted(changes.items()):
        field = _field(model, name)
        label = str(getattr(field, "verbose_name", name.replace("_", " ")))
        label = f"{label[:1].upper()}{label[1:]}"
        if isinstance(given, dict):
            verb = "added" if given.get("operation") == "add" else "taken away"
            yield f"{label} {verb}: {', '.join(map(str, given.get('objects', [])))}."
        elif _is_secret(model, name):
            yield f"{label}: {_secret(*given)}."
        elif change.action == SettingsChange.Action.CREATE:
            yield f"{label}: {_value(field, given[1])}."
        else:
            yield f"{label}: {_value(field, given[1])}, was {_value(field, given[0])}."


def _is_secret(model: type[Model] | None, name: str) -> bool:
    from_list = next((watched for watched in WATCHED if watched.model is model), None)
    return from_list is not None and name in from_list.secrets()


def _secret(old: str, new: str) -> str:
    if not new:
        return "removed"
    return "changed" if old else "entered"


def _field(model: type[Model] | None, name: str) -> Any:
    fields = model._meta.get_fields() if model is not None else ()
    return next((field for field in fields if field.name == name), None)


def _value(field: Any, value: Any) -> str:
    if value in (None, ""):
        return "empty"
    choices = dict(getattr(field, "flatchoices", ()))
    if value in choices:
        return f"“{choices[value]}”"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"“{value}”" if isinstance(value, str) else str(value)
