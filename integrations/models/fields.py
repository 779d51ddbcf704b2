"""Secrets at rest: encrypted with the newest key, opened only on purpose, never shown by accident."""

import re
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Expression
from django.db.models.query_utils import DeferredAttribute

from integrations.errors import SecretUnreadable

_PREFIX = "enc1$"
# A Fernet token: version byte 0x80 and eight bytes of time, at least 73 bytes in all, as base64.
_SEALED = re.compile(r"enc1\$gAAAAA[\w-]{92,}={0,2}", re.ASCII)


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _cipher() -> MultiFernet:
    return _ring(tuple(settings.FIELD_ENCRYPTION_KEYS))


class Secret:
    """A stored secret. It is true when set; only `reveal` opens it."""

    __slots__ = ("sealed",)

    def __init__(self, sealed: str = "") -> None:
        self.sealed = sealed

    @classmethod
    def seal(cls, text: str) -> "Secret":
        """Encrypt a text with the newest key; an empty text stays empty."""
        return cls(_PREFIX + _cipher().encrypt(text.encode()).decode() if text else "")

    def reveal(self) -> str:
        """Return the text. Raises SecretUnreadable when no key opens it: a wrong key must never look empty."""
        if not self.sealed:
            return ""
        try:
            return _cipher().decrypt(self.sealed.removeprefix(_PREFIX).encode()).decode()
        except InvalidToken as exc:
            raise SecretUnreadable(
                "A stored secret cannot be decrypted with the keys given to the portal."
            ) from exc

    def resealed(self) -> "Secret":
        """Return the same secret under the newest key."""
        return Secret.seal(self.reveal())

    def __bool__(self) -> bool:
        return bool(self.sealed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.sealed == self.sealed

    def __hash__(self) -> int:
        return hash(self.sealed)

    def __repr__(self) -> str:
        return "Secret(set)" if self.sealed else "Secret(empty)"

    __str__ = __repr__


class _SecretAttribute(DeferredAttribute):
    """Seals a plain text on assignment, so that an instance never holds, or shows, anything but a Secret."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class SecretField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs only
    """A column of Secrets; assign a plain text or a Secret, read a Secret."""

    descriptor_class = _SecretAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", Secret)
        kwargs["editable"] = False  # forms go through write-only fields of their own
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, expression: Expression, connection: Any) -> Secret:
        """Wrap without decrypting: a page that lists rows must not fail for one unreadable secret."""
        if value and not value.startswith(_PREFIX):
            raise SecretUnreadable("A secret is stored in clear; enter it again.")
        return Secret(value or "")

    def to_python(self, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        text = "" if value is None else str(value)
        # Fixtures carry sealed text. A password that merely begins like one is sealed as any other.
        return Secret(text) if _SEALED.fullmatch(text) else Secret.seal(text)

    def get_prep_value(self, value: Any) -> str:
        return self.to_python(value).sealed

    def value_to_string(self, obj: models.Model) -> str:
        """Serialise sealed: `dumpdata` must not print secrets."""
        return self.to_python(self.value_from_object(obj)).sealed

    def get_lookup(self, lookup_name: str) -> Any:
        raise FieldError("Secrets are encrypted and cannot be searched.")
