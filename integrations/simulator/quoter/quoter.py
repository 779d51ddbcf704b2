"""A Quoter account: drafts that become quotes, and a webhook at each change."""

import json
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.simulator.quoter import quotes as states
from integrations.simulator.quoter.delivery import RETRY_AFTER_S, Delivery, DeliveryResult, post
from integrations.simulator.quoter.encoding import encode_form, php_json
from integrations.simulator.quoter.lines import Line, read_line
from integrations.simulator.quoter.payload import render
from integrations.simulator.quoter.quotes import Contact, Quote, load_quote

DEFAULT_HASH_KEY = "5e1f0c2ba7d94f6e8b3d1a0c9e7f6b5a"
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
}
_KEPT_DELIVERIES = 200


class Quoter:
    """The state of one Quoter account and its behaviour. Nothing is locked while a webhook is under way."""

    account_id = 90001

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.lock = threading.RLock()
        self.on_change: Callable[[], None] = lambda: None
        self.timeout_s = 10.0
        self._timers: set[threading.Timer] = set()
        self.clear()

    def clear(self) -> None:
        """Go back to an empty account without a webhook."""
        self.cancel_retries()
        self.quotes: dict[int, Quote] = {}
        self.requests_status: list[Delivery] = []
        self.hash_key = DEFAULT_HASH_KEY
        self.webhook_url = ""
        self.retry_scale: float = 0
        """Factor on the waits before automatic repeats; 0 switches them off."""
        self._next = {"quote": 9000001, "number": 1, "line": 50000001, "contact": 8000001, "delivery": 1}

    # Quotes

    def create_quote(
        self,
        name: str = "Managed Network Refresh",
        contact: Contact | dict[str, Any] | None = None,
        lines: Iterable[Line | dict[str, Any]] = (),
        internal_notes: str = "",
        **more: Any,
    ) -> Quote:
        """Make a draft; drafts send nothing. `more` takes any other field of a quote."""
        _refuse_unknown(more)
        with self.lock:
            quote = Quote(
                id=self._take("quote"),
                number=self._take("number"),
                name=name,
                contact=self._contact(contact),
                uuid=self._uuid(),
                lines=self._number_lines(lines),
                internal_notes=internal_notes,
                **more,
            )
            self.quotes[quote.id] = quote
        self.on_change()
        return quote

    def edit(self, quote_id: int, *, lines: Iterable[Line | dict[str, Any]] | None = None, **more: Any) -> Quote:
        """Change a draft."""
        _refuse_unknown(more)
        with self.lock:
            quote = self._in_status(quote_id, (states.DRAFT,))
            changed = replace(quote, **more)
            if lines is not None:
                changed.lines = self._number_lines(lines)
            self.quotes[quote.id] = changed
        self.on_change()
        return changed

    def publish(self, quote_id: int) -> Quote:
        """Publish a draft."""
        with self.lock:
            quote = self._in_status(quote_id, (states.DRAFT,))
            quote.status = states.PENDING
            quote.expiry_date = quote.expiry_date or self._midnight(days=30)
        self._tell(quote, "published")
        return quote

    def revise(self, quote_id: int, *, lines: Iterable[Line | dict[str, Any]] | None = None, **more: Any) -> Quote:
        """Revise a published quote: a new quote row with new ids and the same number takes its place."""
        _refuse_unknown(more)
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
                **more,
            )
            quote.lines = self._number_lines(old.lines if lines is None else lines)
            self.quotes[quote.id] = quote
            old.superseded_by = quote.id
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
            quote.status = status
            quote.new = False
            quote.won_date = (quote.won_date or self._stamp()) if status in states.WON else None
        self._tell(quote, status)
        return quote

    def _in_status(self, quote_id: int, allowed: tuple[str, ...]) -> Quote:
        quote = self.quotes.get(quote_id)
        if quote is None:
            raise ValueError(f"There is no quote {quote_id}.")
        if quote.status not in allowed:
            raise ValueError(f"Quote {quote.number} is {quote.status}; this needs {' or '.join(allowed)}.")
        if not quote.is_current:
            raise ValueError(f"Quote {quote.number} has a newer revision, {quote.superseded_by}.")
        return quote

    def _contact(self, given: Contact | dict[str, Any] | None) -> Contact:
        contact = replace(given) if isinstance(given, Contact) else Contact(**(given or {}))
        known = [quote.contact for quote in self.quotes.values()]
        same = next((c for c in known if c.email_address.lower() == contact.email_address.lower()), None)
        if not contact.id:
            contact.id = same.id if same else self._take("contact")
            contact.public_id = f"cont_0Simulated{contact.id:015d}"
        return contact

    def _number_lines(self, lines: Iterable[Line | dict[str, Any]]) -> list[Line]:
        """Give every line a new id: line ids change with each revision."""
        return [replace(read_line(line), id=self._take("line")) for line in lines]

    def _take(self, counter: str) -> int:
        self._next[counter] += 1
        return self._next[counter] - 1

    def _uuid(self) -> str:
        return f"9001-{uuid.uuid4()}"

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%d %H:%M:%S")

    def _midnight(self, *, days: int) -> str:
        """Midnight of a Pacific account, written in UTC without a zone."""
        day = datetime.fromtimestamp(self._clock(), UTC) + timedelta(days=days)
        return day.strftime("%Y-%m-%d 07:00:00")

    # Webhooks

    def payload(self, quote_id: int) -> str:
        """Return the webhook's data for a quote as it stands."""
        with self.lock:
            return php_json(render(self.quotes[quote_id], account_id=self.account_id))

    def form(self, data: str, timestamp: str | int | None = None, key: str | None = None) -> bytes:
        """Return the signed form body for a webhook's data; the time of signing is now."""
        stamp = str(int(self._clock()) if timestamp is None else timestamp)
        return encode_form(self.hash_key if key is None else key, stamp, data)

    def deliver(self, data: str) -> DeliveryResult:
        """Send data as it stands to the webhook's address, once, and log it."""
        return self._try(self._new_delivery(None, "-", "sent by hand", data))

    def resend(self, delivery_id: int) -> DeliveryResult:
        """Send a logged webhook again, rendered and signed anew."""
        found = next((d for d in self.requests_status if d.id == delivery_id), None)
        if found is None:
            raise ValueError(f"There is no delivery {delivery_id}.")
        return self._try(found)

    def _tell(self, quote: Quote, reason: str) -> None:
        if self.webhook_url:
            self._try(self._new_delivery(quote.id, str(quote.number), reason))
        self.on_change()

    def _new_delivery(self, quote_id: int | None, number: str, reason: str, data: str = "") -> Delivery:
        with self.lock:
            delivery = Delivery(self._take("delivery"), quote_id, number, reason, data=data)
            self.requests_status.append(delivery)
            del self.requests_status[:-_KEPT_DELIVERIES]
        return delivery

    def _try(self, delivery: Delivery, *, automatic: int = 0) -> DeliveryResult:
        data = delivery.data or self.payload(delivery.quote_id or 0)
        result = post(self.webhook_url, self.form(data), timeout_s=self.timeout_s)
        row = {"at": self._clock(), "status": result.status, "body": result.body, "error": result.error}
        with self.lock:
            delivery.tries.append(row)
            delivery.next_at = None
            if not result.ok and self.retry_scale and automatic < len(RETRY_AFTER_S):
                wait = RETRY_AFTER_S[automatic] * self.retry_scale
                delivery.next_at = self._clock() + wait
                self._start_timer(wait, delivery, automatic + 1)
        self.on_change()
        return result

    def _start_timer(self, wait: float, delivery: Delivery, automatic: int) -> None:
        def again() -> None:
            self._timers.discard(timer)
            if delivery.next_at is not None and not delivery.last.ok:
                self._try(delivery, automatic=automatic)

        timer = threading.Timer(wait, again)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def cancel_retries(self) -> None:
        """Stop waiting for automatic repeats."""
        for timer in list(self._timers):
            timer.cancel()
        self._timers.clear()

    # Keeping

    def dump(self) -> dict[str, Any]:
        """Return everything for keeping."""
        with self.lock:
            kept: dict[str, Any] = json.loads(
                json.dumps(
                    {
                        "quotes": [quote.dump() for quote in self.quotes.values()],
                        "requests_status": [delivery.dump() for delivery in self.requests_status],
                        "next": self._next,
                    },
                    default=str,
                )
            )
            return kept

    def load(self, kept: dict[str, Any]) -> None:
        """Take over what `dump` returned, and wait again for repeats that are due."""
        with self.lock:
            self.quotes = {quote["id"]: load_quote(quote) for quote in kept["quotes"]}
            self.requests_status = [Delivery(**delivery) for delivery in kept["requests_status"]]
            self._next.update(kept["next"])

    def resume_retries(self) -> None:
        """Wait again for the repeats that an earlier run had planned."""
        for delivery in self.requests_status:
            if delivery.next_at is not None and self.retry_scale:
                wait = max(delivery.next_at - self._clock(), 0)
                self._start_timer(wait, delivery, min(len(delivery.tries), len(RETRY_AFTER_S)))


def _refuse_unknown(more: dict[str, Any]) -> None:
    unknown = sorted(set(more) - (_EDITABLE & {f.name for f in fields(Quote)}))
    if unknown:
        raise ValueError(f"A quote has no {', '.join(unknown)} to set.")
