"""A Quoter account: drafts that become quotes, and a webhook at each change."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.simulator.quoter import quotes as states
from integrations.simulator.quoter.account import DEFAULT_HASH_KEY, refuse_unknown
from integrations.simulator.quoter.lines import Line, read_line
from integrations.simulator.quoter.quotes import Contact, Quote
from integrations.simulator.quoter.webhooks import Webhooks

__all__ = ["DEFAULT_HASH_KEY", "Quoter"]

_EDITABLE = {
    "name",
    "internal_notes",
    "comments",
    "interval",
    "discount",
    "shipping",
    "taxes",
    "custom_fields",
    "currency",
    "expiry_date",
    "extra",
    "owner",
    "custom_number",
    "template_id",
    "cover_page",
}


class Quoter(Webhooks):
    """The state of one Quoter account and its behaviour."""

    def create_quote(
        self,
        name: str = "Managed Network Refresh",
        contact: Contact | dict[str, Any] | None = None,
        lines: Iterable[Line | dict[str, Any]] = (),
        internal_notes: str = "",
        **more: Any,
    ) -> Quote:
        """Make a draft; drafts send nothing. `more` takes any other field of a quote."""
        refuse_unknown("quote", more, _EDITABLE)
        with self.lock:
            quote = Quote(
                id=self._take("quote"),
                number=self._take("number"),
                name=name,
                contact=self._contact(contact),
                uuid=self._uuid(),
                lines=self._number_lines(lines),
                internal_notes=internal_notes,
                created_at=self._clock(),
                updated_at=self._clock(),
                **{"template_id": next(iter(self.templates)), **more},
            )
            self.quotes[quote.id] = quote
        self.on_change()
        return quote

    def edit(self, quote_id: int, *, lines: Iterable[Line | dict[str, Any]] | None = None, **more: Any) -> Quote:
        """Change a draft."""
        refuse_unknown("quote", more, _EDITABLE)
        with self.lock:
            quote = self._in_status(quote_id, (states.DRAFT,))
            changed = replace(quote, updated_at=self._clock(), **more)
            if lines is not None:
                changed.lines = self._number_lines(lines)
            self.quotes[quote.id] = changed
        self.on_change()
        return changed

    def publish(self, quote_id: int) -> Quote:
        """Publish a draft."""
        with self.lock:
            quote = self._in_status(quote_id, (states.DRAFT,))
            quote.status, quote.updated_at = states.PENDING, self._clock()
            quote.expiry_date = quote.expiry_date or self._midnight(days=30)
        self._tell(quote, "published")
        return quote

    def revise(self, quote_id: int, *, lines: Iterable[Line | dict[str, Any]] | None = None, **more: Any) -> Quote:
        """Revise a published quote: a new quote row with new ids and the same number takes its place."""
        refuse_unknown("quote", more, _EDITABLE)
        with self.lock:
            old = self._in_status(quote_id, (states.PENDING, states.LOST, *states.WON))
            quote = replace(
                old,
                id=self._take("quote"),
                uuid=self._uuid(),
                parent_quote_id=old.id,
                status=states.PENDING,
                won_date=None,
                new=True,
                revision=old.revision + 1,
                created_at=self._clock(),
                updated_at=self._clock(),
                **more,
            )
            quote.lines = self._number_lines(old.lines if lines is None else lines)
            self.quotes[quote.id] = quote
            old.superseded_by, old.updated_at = quote.id, self._clock()
        self._tell(quote, "revised")
        return quote

    def accept(self, quote_id: int) -> Quote:
        """Let the customer accept the quote."""
        return self._move(quote_id, states.ACCEPTED, (states.PENDING, states.LOST))

    def order(self, quote_id: int) -> Quote:
        """Mark an accepted quote as ordered."""
        return self._move(quote_id, states.ORDERED, (states.PENDING, states.ACCEPTED))

    def fulfil(self, quote_id: int) -> Quote:
        """Mark an ordered quote as fulfilled."""
        return self._move(quote_id, states.FULFILLED, (states.PENDING, states.ACCEPTED, states.ORDERED))

    def lose(self, quote_id: int) -> Quote:
        """Mark a quote as lost."""
        return self._move(quote_id, states.LOST, (states.PENDING, *states.WON))

    def _move(self, quote_id: int, status: str, before: tuple[str, ...]) -> Quote:
        with self.lock:
            quote = self._in_status(quote_id, before)
            quote.status, quote.updated_at = status, self._clock()
            quote.new = False
            quote.won_date = (quote.won_date or self._stamp()) if status in states.WON else None
        self._tell(quote, status)
        return quote

    def open_email(self, quote_id: int) -> Quote:
        """Let the customer open the quote's e-mail: its record changes, and no webhook tells of it [I]."""
        with self.lock:
            quote = self.quotes[quote_id]
            quote.updated_at = self._clock()
        self.on_change()
        return quote

    def _number_lines(self, lines: Iterable[Line | dict[str, Any]]) -> list[Line]:
        """Give every line a new id: line ids change with each revision."""
        return [replace(read_line(line), id=self._take("line")) for line in lines]

    def _uuid(self) -> str:
        return f"9001-{uuid.uuid4()}"

    def _midnight(self, *, days: int) -> str:
        """Midnight of a Pacific account, written in UTC without a zone."""
        day = datetime.fromtimestamp(self._clock(), UTC) + timedelta(days=days)
        return day.strftime("%Y-%m-%d 07:00:00")
