"""What both of Quoter's APIs give and take, so that the rest of the portal need not know which one it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from integrations.domain.quote import Address, Contact
from integrations.domain.text import fold
from integrations.errors import RemoteBroken

Row = dict[str, Any]


class Template(NamedTuple):
    """A quote template."""

    id: str
    title: str


class ItemCategory(NamedTuple):
    """An item category. Leaf names repeat under different parents; the id does not."""

    id: str
    name: str
    parent: str = ""


class Draft(NamedTuple):
    """A draft that was made; `url` is "" where the API does not tell it."""

    id: str
    uuid: str = ""
    url: str = ""


class DraftOrder(NamedTuple):
    """What a new draft is to hold. The notes carry what ties the coming webhook to Halo."""

    contact: Contact
    template_id: str
    notes: str
    ref: str
    """Stands in the notes and on no other draft."""


class ChangedQuote(NamedTuple):
    """A list's row on a quote that changed: `status` is "" where the row does not tell it, `uuid` likewise."""

    id: str
    """The API's own, not the webhook's."""
    number: str
    name: str
    uuid: str
    revision: int
    status: str
    draft: bool
    created_at: datetime
    updated_at: datetime
    row: Row


class QuoterClient(Protocol):
    """Contacts, templates and drafts of one Quoter account."""

    carries_notes: bool
    """Drafts take internal notes; where not, nothing on the quote names the opportunity."""

    def find_contacts(self, email: str) -> tuple[Contact, ...]:
        """Return the contacts with exactly this e-mail address; one without an id cannot be changed."""

    def create_contact(self, contact: Contact) -> Contact:
        """Make a contact."""

    def update_contact(self, contact_id: str, contact: Contact) -> None:
        """Change what is given of a contact."""

    def templates(self) -> tuple[Template, ...]:
        """Return the quote templates."""

    def categories(self) -> tuple[ItemCategory, ...]:
        """Return the item categories."""

    def create_draft(self, order: DraftOrder) -> Draft:
        """Make a draft."""

    def find_draft(self, order: DraftOrder) -> Draft | None:
        """Return the draft of an order without an answer; None where none is there, or none can be told."""

    def changed_quotes(self, since: datetime) -> tuple[ChangedQuote, ...]:
        """Return the quotes that changed after a moment, drafts left out."""

    def close(self) -> None:
        """Close kept connections."""


def text(value: Any) -> str:
    """Return a field's text."""
    return "" if value is None else str(value).strip()


def given(values: dict[str, str]) -> dict[str, str]:
    """Leave out what is empty: an empty field would clear Quoter's."""
    return {name: value for name, value in values.items() if value}


def read_categories(rows: Iterable[dict[str, Any]]) -> tuple[ItemCategory, ...]:
    """Return the categories that have a name, by parent and name."""
    found = [
        ItemCategory(text(row.get("id")), text(row.get("name")), text(row.get("parent_category"))) for row in rows
    ]
    return tuple(sorted((c for c in found if c.name), key=lambda c: (fold(c.parent or c.name), fold(c.name))))


def place(address: Address | None) -> Address:
    """Return the address, or an empty one."""
    return address or Address()


def rows_of(body: Any, what: str) -> list[Row]:
    """Return the rows of one page of a list. Raises RemoteBroken where it is none."""
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RemoteBroken(f"Quoter's list of {what} has an unknown shape.", subject=what)
    return rows


def check_complete(last: Row, seen: int, what: str) -> None:
    """Raise RemoteBroken where fewer rows came than the last page says the list has."""
    total = last.get("total_count")
    if isinstance(total, int) and seen < total:
        raise RemoteBroken(f"Quoter listed {seen} of {total} {what}.", subject=what)
