"""One field of the Halo quote, and why it has its value."""

from integrations.domain.record import Record

AS_IT_STANDS = "As it stands."


class Origin(Record):
    """One field and why it has its value."""

    field: str
    value: str
    source: str = ""
    """Path in Quoter's document; "" for what does not come from there."""
    given: str = ""
    """What stands there."""
    how: str
    setting: str = ""
    """The setting that governs it, by its column."""


class LineOrigins(Record):
    """The fields of one line."""

    name: str
    origins: tuple[Origin, ...]
