"""Who changed which setting, when, from what to what. Of a secret it says that it changed, never how."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditlog.context import disable_auditlog, set_extra_data
from auditlog.models import AbstractLogEntry, LogEntryManager
from auditlog.registry import auditlog
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import models

from integrations.models.fields import SecretField
from integrations.models.integration import Integration
from integrations.models.mappings import AddressMapping, ProductGroupMapping
from integrations.models.notices import Channel

__all__ = ["WATCHED", "SettingsChange", "Watched", "by_command", "hide", "unrecorded", "watch_all"]

_SET = "set"
_STAMPS = "secrets_set_at"  # when each secret was last another one: see `SecretAges`


@dataclass(frozen=True)
class Watched:
    """A model whose changes are on record.

    Its editable fields are, and its secrets as "changed"; what the portal itself keeps up to date is
    `editable=False` and is not. `also` names what is set by pages of our own, `without` what is no setting.
    """

    model: type[models.Model]
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    def secrets(self) -> list[str]:
        """Return the fields whose values are never written down."""
        fields = self.model._meta.concrete_fields
        return [*self.hidden, *(field.name for field in fields if isinstance(field, SecretField))]

    def fields(self) -> list[str]:
        """Return the fields on record."""
        editable = [field.name for field in self.model._meta.concrete_fields if field.editable]
        names = {*editable, *self.also, *self.secrets()} - {"id", *self.without}
        stamps = [_STAMPS] if any(field.name == _STAMPS for field in self.model._meta.concrete_fields) else []
        return [*sorted(names), *stamps]


WATCHED = (
    Watched(Integration, also=("paused_at", "paused_until", "pause_scope", "pause_reason")),
    Watched(AddressMapping, without=("integration",)),
    Watched(ProductGroupMapping, without=("integration", "halo_group_name")),
    Watched(Channel),
    Watched(
        User, without=("last_login", "date_joined"), hidden=("password",), related=("groups", "user_permissions")
    ),
    Watched(Group, related=("permissions",)),
)


def watch_all() -> None:
    """Put the changes of all settings on record from now on; called once, when the models are ready."""
    for watched in WATCHED:
        auditlog.register(
            watched.model,
            include_fields=watched.fields(),
            mask_fields=watched.secrets(),
            mask_callable=f"{__name__}.hide",
            m2m_fields=set(watched.related),
        )


def hide(text: str) -> str:
    """Say of a secret whether there is one."""
    return "" if text in ("", "None", "Secret(empty)") else _SET


@contextmanager
def by_command(name: str) -> Iterator[None]:
    """Name a command as what changes settings inside."""
    with set_extra_data({"command": name}):
        yield


unrecorded = disable_auditlog  # for what changes no setting, such as sealing the same secret anew


class _Recorder(LogEntryManager):  # type: ignore[misc]  # the library has no types
    """Writes down what is worth reading."""

    def log_create(self, instance: models.Model, force_log: bool = False, **values: Any) -> Any:
        """Keep a change; None where nothing is left of it."""
        changes = values.get("changes")
        if changes is not None:
            changes = _worth_keeping(instance, values["action"], dict(changes))
            if not changes and values["action"] == self.model.Action.UPDATE:
                return None
        values |= {"changes": changes or {}, "integration_id": _integration_of(instance)}
        values.setdefault("command", _running_command())
        return super().log_create(instance, force_log, **values)

    def log_m2m_changes(self, changed: Any, instance: Any, operation: str, field: str, **values: Any) -> Any:
        """Keep who or what was added or removed."""
        values.setdefault("command", _running_command())
        return super().log_m2m_changes(changed, instance, operation, field, **values)


def _worth_keeping(instance: models.Model, action: int, changes: dict[str, Any]) -> dict[str, Any]:
    before, after = changes.pop(_STAMPS, None) or ({}, {})
    entered = {name for name, at in (after or {}).items() if (before or {}).get(name) != at}
    has_stamps = hasattr(instance, _STAMPS)
    kept = {}
    for name, (old, new) in changes.items():
        field = instance._meta.get_field(name)
        if action == SettingsChange.Action.CREATE and new in (None, "", field.get_default()):  # type: ignore[union-attr]
            continue
        # A secret that is merely sealed anew, or typed again as it was, has not changed.
        if old == new == _SET and has_stamps and name not in entered:
            continue
        if old == new == "":
            continue
        kept[name] = (old, new)
    return kept


def _integration_of(instance: models.Model) -> int | None:
    if isinstance(instance, Integration):
        return instance.pk
    return getattr(instance, "integration_id", None)


def _running_command() -> str:
    """Return the manage.py command of this process; what a person does in the browser is marked as theirs."""
    return sys.argv[1][:50] if Path(sys.argv[0]).name == "manage.py" and len(sys.argv) > 1 else ""


class SettingsChange(AbstractLogEntry):  # type: ignore[misc]  # the library has no types
    """One change of one object. Neither reference is held by the database: the record outlives both."""

    integration = models.ForeignKey(
        Integration,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="person",
    )
    who = models.CharField(max_length=150, blank=True, help_text="The person's name at that time.")
    command = models.CharField(max_length=50, blank=True, help_text="What changed it where no person did.")

    objects = _Recorder()

    class Meta:
        ordering = ["-timestamp", "-id"]
        verbose_name = "change"
        verbose_name_plural = "changes of settings"
        default_permissions = ("view",)
        indexes = [models.Index(fields=["integration", "-timestamp"], name="change_of_integration")]

    def __str__(self) -> str:
        return str(self.object_repr)

    @classmethod
    def record(cls, instance: models.Model, **changes: tuple[Any, Any]) -> None:
        """Put on record what was switched by a conditional update, which no signal tells of: old and new."""
        cls.objects.log_create(instance, action=cls.Action.UPDATE, changes=changes)
