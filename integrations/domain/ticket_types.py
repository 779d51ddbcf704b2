"""Ticket types, and what one of them asks for on a new opportunity."""

from enum import StrEnum

from integrations.domain.record import Record


class FieldKind(StrEnum):
    """How a required field is asked for."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    DATE = "date"
    TICK = "tick"


class RequiredField(Record):
    """One field that Halo wants filled on a new ticket of a type."""

    id: int
    """Halo's field id: a custom field is sent under it."""
    name: str = ""
    """Halo's own name of an ordinary field, such as category_1; "" for a custom one."""
    label: str
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    """What is sent, and how people call it."""
    hint: str = ""
    custom: bool = False

    @property
    def key(self) -> str:
        """Its name on a form."""
        return f"field_{self.id}"

    @property
    def can_be_sent(self) -> bool:
        """The portal knows under which name Halo takes it."""
        return self.custom or bool(self.name)


class TicketType(Record):
    """A ticket type of the tenant; `use` is Halo's own word for what it is for."""

    id: int
    name: str = ""
    use: str = ""


def opportunity_types(types: tuple[TicketType, ...], *, chosen: int | None = None) -> tuple[TicketType, ...]:
    """Return the types that may be opportunities, the one that the settings name first.

    Whether Halo's own filter works is unknown (halo.md 3.3): where any type says what it is for, the others go.
    """
    said = tuple(t for t in types if t.use.lower().startswith("opp") or t.id == chosen)
    fitting = said if any(t.id != chosen for t in said) else types
    return tuple(sorted(fitting, key=lambda t: (t.id != chosen, t.name.casefold())))
