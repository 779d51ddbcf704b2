"""What one Quoter account holds beside its quotes: contacts, catalogue, templates, keys and counters."""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

from integrations.simulator.faults import Fault
from integrations.simulator.quoter.delivery import Delivery
from integrations.simulator.quoter.ids import named_ids, public_id
from integrations.simulator.quoter.payload import FORM
from integrations.simulator.quoter.quotes import Contact, Quote, load_quote
from integrations.simulator.quoter.requests import ApiRequest

DEFAULT_HASH_KEY = "5e1f0c2ba7d94f6e8b3d1a0c9e7f6b5a"
DEFAULT_API_KEY = "simulator-api-key-nothing-to-protect"
Row = dict[str, Any]


class Account:
    """State only. Rows may be changed directly, as a person in Quoter would."""

    account_id = 90001

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.lock = threading.RLock()
        self.on_change: Callable[[], None] = lambda: None
        self.on_request: Callable[[ApiRequest], None] | None = None
        """Called with each call of an API before it is answered."""
        self.clear()

    def clear(self) -> None:
        """Go back to an empty account without a webhook."""
        self.quotes: dict[int, Quote] = {}
        self.contacts: dict[int, Contact] = {}
        self.payments: list[Row] = []
        self.categories: dict[str, Row] = {}
        self.items: dict[str, Row] = {}
        self.templates: dict[str, Row] = {}
        self.requests_status: list[Delivery] = []
        self.hash_key = DEFAULT_HASH_KEY
        self.webhook_url = ""
        self.losing = False
        """Webhooks are lost on the way: written in the log as never answered, and never repeated."""
        self.retry_scale: float = 0
        """Factor on the waits before automatic repeats; 0 switches them off."""
        self.api_key = DEFAULT_API_KEY
        self.subscribed = True
        """Whether the ScalePad account includes Quoter; without it that API answers 402."""
        self.legacy_client_id = "cid_simulator"
        self.legacy_client_secret = "not-a-real-secret"  # noqa: S105
        self.legacy_tokens: dict[str, float] = {}
        """The legacy API's good tokens, and when each ends."""
        self.rate_limit: int | None = None
        """Requests per 5 seconds of the ScalePad API (really 50); None: no limit."""
        self.legacy_rate_limit: int | None = None
        """Requests per second of the legacy API (really 5); None: no limit."""
        self.windows: dict[str, list[float]] = {}
        self.quirks: set[str] = set()
        self.faults: list[Fault] = []
        self.requests: list[ApiRequest] = []
        self.on_request = None
        self._next = {
            "quote": 9000001,
            "number": 1,
            "line": 50000001,
            "contact": 8000001,
            "delivery": 1,
            "payment": 400001,
            "item": 1,
        }
        self.add_template(FORM["title"], slug=FORM["slug"], form_id=FORM["id"])

    def fail(self, fault: Fault) -> None:
        """Let the next matching calls of the APIs or of the PDF download go wrong."""
        with self.lock:
            self.faults.append(fault)

    def expire_tokens(self) -> None:
        """Make every token of the legacy API worthless."""
        self.legacy_tokens.clear()

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return self._clock()

    def _take(self, counter: str) -> int:
        self._next[counter] += 1
        return self._next[counter] - 1

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%d %H:%M:%S")

    # Contacts

    def add_contact(self, **values: Any) -> Contact:
        """Add a contact; Quoter lets an address be used twice."""
        with self.lock:
            contact = self._keep_contact(Contact(**values))
        self.on_change()
        return contact

    def find_contact(self, *, email: str) -> Contact | None:
        """Return the oldest contact with an e-mail address."""
        same = (c for c in self.contacts.values() if c.email_address.lower() == email.lower())
        return next(same, None)

    def update_contact(self, contact_id: int | str, **values: Any) -> Contact:
        """Change a contact, by either of its ids; quotes made for it show it as it is now [U]."""
        refuse_unknown("contact", values, {f.name for f in fields(Contact)} - {"id", "public_id", "created_at"})
        with self.lock:
            found = next((c for c in self.contacts.values() if contact_id in (c.id, c.public_id)), None)
            if found is None:
                raise ValueError(f"There is no contact {contact_id}.")
            same = [found, *(q.contact for q in self.quotes.values() if q.contact.id == found.id)]
            for contact in same:
                for name, value in {**values, "updated_at": self._clock()}.items():
                    setattr(contact, name, value)
        self.on_change()
        return found

    def _keep_contact(self, contact: Contact) -> Contact:
        contact.id = contact.id or self._take("contact")
        contact.public_id = contact.public_id or f"cont_0Simulated{contact.id:015d}"
        contact.created_at = contact.updated_at = self._clock()
        self.contacts[contact.id] = contact
        return contact

    def _contact(self, given: Contact | Row | None) -> Contact:
        """Return a quote's own copy of its contact; the same address is the same contact."""
        contact = replace(given) if isinstance(given, Contact) else Contact(**(given or {}))
        if not contact.id:
            same = self.find_contact(email=contact.email_address) or self._keep_contact(replace(contact))
            contact.id, contact.public_id = same.id, same.public_id
        elif contact.id not in self.contacts:
            self._keep_contact(replace(contact))
        return contact

    # Catalogue

    def add_template(self, title: str, *, slug: str = "", form_id: str = "") -> Row:
        """Add a quote template."""
        row: Row = {
            "id": public_id("tmpl", title),
            "form_id": form_id or str(60_001 + len(self.templates)),
            "title": title,
            "slug": slug or title.lower().replace(" ", "-"),
            "created_at": self._clock(),
        }
        self.templates[row["id"]] = row
        return row

    def add_category(self, name: str, *, parent: str = "") -> Row:
        """Add an item category; the same leaf name may stand under several parents."""
        if parent:
            self.add_category(parent)
        row = {
            "id": named_ids("cat", name, parent)["public_id"],
            "name": name,
            "parent_category": parent or None,
            "parent_category_id": named_ids("cat", parent)["public_id"] if parent else None,
            "created_at": self._clock(),
        }
        return self.categories.setdefault(str(row["id"]), row)

    def add_item(self, name: str, *, code: str = "", category: str = "", price: Any = 0, **more: Any) -> Row:
        """Add a catalogue item. `more`: cost, sku, description, supplier, manufacturer, recurring_interval …"""
        known = {"cost", "sku", "description", "supplier", "manufacturer", "recurring_interval", "taxable"}
        refuse_unknown("item", more, known | {"parent_category"})
        with self.lock:
            number = self._take("item")
            if category:
                self.add_category(category, parent=more.get("parent_category", ""))
            row = {
                "id": public_id("item", number),
                "name": name,
                "code": code,
                "category": category,
                "price": str(price),
                "created_at": self._clock(),
                **more,
            }
            self.items[row["id"]] = row
        self.on_change()
        return row

    # Keeping

    def dump(self) -> Row:
        """Return everything for keeping."""
        with self.lock:
            kept = {
                "quotes": [quote.dump() for quote in self.quotes.values()],
                "contacts": [asdict(contact) for contact in self.contacts.values()],
                "payments": self.payments,
                "categories": list(self.categories.values()),
                "items": list(self.items.values()),
                "templates": list(self.templates.values()),
                "requests_status": [delivery.dump() for delivery in self.requests_status],
                "next": self._next,
            }
            copied: Row = json.loads(json.dumps(kept, default=str))
        return copied

    def load(self, kept: Row) -> None:
        """Take over what `dump` returned."""
        with self.lock:
            self.quotes = {quote["id"]: load_quote(quote) for quote in kept["quotes"]}
            self.contacts = {row["id"]: Contact(**row) for row in kept.get("contacts", [])}
            for quote in self.quotes.values():
                # A state file of an earlier version has its contacts in the quotes only.
                self.contacts.setdefault(quote.contact.id, replace(quote.contact))
            self.payments = list(kept.get("payments", []))
            for name in ("categories", "items", "templates"):
                getattr(self, name).update({row["id"]: row for row in kept.get(name, [])})
            self.requests_status = [Delivery(**delivery) for delivery in kept["requests_status"]]
            self._next.update(kept["next"])


def refuse_unknown(what: str, given: Row, known: set[str]) -> None:
    """Raise ValueError naming what cannot be set."""
    unknown = sorted(set(given) - known)
    if unknown:
        article = "An" if what[0] in "aeiou" else "A"
        raise ValueError(f"{article} {what} has no {', '.join(unknown)} to set.")
