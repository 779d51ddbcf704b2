"""One quote that changed in Quoter: told by a webhook, taken up now, or missing for good."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from integrations.choices import Kind
from integrations.domain.missed import Change, State, same_content, was_told
from integrations.domain.quote import Quote
from integrations.domain.text import fold
from integrations.errors import NotFound, NotUnderstood
from integrations.models import Integration, ItemLink, QuoteRevision, WebhookDelivery
from integrations.quoter.api import ScalePadClient
from integrations.quoter.changed import read_changed
from integrations.quoter.recovered import moved_document, sells_the_same, write_document
from integrations.quoter.shared import ChangedQuote, QuoterClient
from integrations.quoter.webhook import read_quote
from integrations.sync.arrival import Arrival, store
from integrations.sync.lineage import sequence_of

_ITEM = "item:"


@dataclass(frozen=True)
class Missing:
    """A gap that Quoter's API cannot fill, and why."""

    quote: ChangedQuote
    why: str

    def entry(self) -> dict[str, str]:
        """Return it as it is kept and shown."""
        quote = self.quote
        return {
            "number": quote.number,
            "name": quote.name[:300],
            "uuid": quote.uuid,
            "status": quote.status,
            "changed_at": quote.updated_at.isoformat(),
            "why": self.why,
        }


def missing_from(entry: dict[str, str]) -> tuple[str, str, datetime]:
    """Return the uuid, status and time of a kept entry."""
    return entry["uuid"], entry["status"], datetime.fromisoformat(entry["changed_at"])


class _Text(NamedTuple):
    data: str
    quote: Quote


def arrived_states(integration: Integration, number: str) -> list[State]:
    """Return every state of a quote that has arrived, whichever way."""
    rows = WebhookDelivery.objects.filter(integration=integration, kind=Kind.QUOTE, quote_number=number[:50])
    values = list(rows.values_list("quote_id", "quote_status", "sequence", "quoter_timestamp"))
    revisions = QuoteRevision.objects.filter(integration=integration, quote_id__in={row[0] for row in values})
    uuids = dict(revisions.values_list("quote_id", "uuid"))
    return [
        State(uuids.get(quote_id, ""), status, sequence, datetime.fromtimestamp(stamp, UTC))
        for quote_id, status, sequence, stamp in values
        if status
    ]


class Reader:
    """Compares changed quotes with what arrived, and stores what is missing."""

    def __init__(self, integration: Integration, client: QuoterClient, *, now: datetime) -> None:
        self.integration = integration
        self.client = client
        self.now = now
        self.reads = 0
        """Whole quotes that were read."""
        self._item_keys: dict[tuple[str, str], set[str]] | None = None

    def compare(self, quote: ChangedQuote) -> Missing | bool:
        """Return whether the quote was taken up now, or that it cannot be. Raises RemoteError."""
        change = Change(quote.uuid, quote.status, quote.updated_at)
        if was_told(change, arrived_states(self.integration, quote.number)):
            return False
        try:
            if isinstance(self.client, ScalePadClient):
                return self._take_from_api(quote, self.client)
            return self._take_from_list(quote)
        except NotUnderstood as exc:
            return Missing(quote, exc.user_message)
        except NotFound:
            return False  # deleted in Quoter meanwhile

    def _take_from_api(self, quote: ChangedQuote, client: ScalePadClient) -> Missing | bool:
        """Take a gap up with all that ScalePad's API says."""
        self.reads += 1
        row, answer = client.whole_quote(quote.id)
        whole = read_changed(row)
        status = whole.status or quote.status
        if not status and self.integration.recover_without_status:
            status = "pending"
        if not status:
            return Missing(quote, "Quoter's API does not tell its status.")
        quote = quote._replace(status=status, uuid=whole.uuid or quote.uuid)
        id_, parent_id = self._ids(quote)
        text = write_document(row, status=status, id_=id_, parent_id=parent_id, item_of=self._item_of)
        told = read_quote(text)
        newest, own = self._texts(quote)
        if newest is not None and newest.quote.status == status and same_content(newest.quote, told):
            return False  # something changed that no webhook tells of, such as an opened e-mail
        if own is not None:
            # The webhook of the state before knows more than the API: phones, catalogue items, its own ids.
            moved = moved_document(own.data, status=status, won_at=row.get("won_at"))
            text = moved if same_content(read_quote(moved), told) else text
        return self._store(quote, text, answer)

    def _take_from_list(self, quote: ChangedQuote) -> Missing | bool:
        """Take a gap up with what the older API's list says: a status that moved, where the totals stayed."""
        newest, own = self._texts(quote)
        if newest is None or own is None:
            return Missing(quote, "The older API does not tell a quote's lines.")
        text = moved_document(own.data, status=quote.status, won_at=quote.row.get("won_at"))
        if not sells_the_same(read_quote(text), quote.row):
            return Missing(quote, "Its amounts changed, and the older API does not tell a quote's lines.")
        if newest.quote.status == quote.status:
            return False
        return self._store(quote, text, _row_text(quote))

    def _store(self, quote: ChangedQuote, text: str, answer: str) -> bool:
        arrival = Arrival(text, int(quote.updated_at.timestamp()), api_text=answer)
        store(self.integration, arrival, now=self.now)
        return True

    def _ids(self, quote: ChangedQuote) -> tuple[str, str]:
        """Return the webhook's number of the quote where it is known, else the API's id; and its parent's."""
        known = QuoteRevision.objects.filter(integration=self.integration, link__number=quote.number[:50])
        numbers = [(id_, uuid) for id_, uuid in known.values_list("quote_id", "uuid") if sequence_of(id_)]
        own = next((id_ for id_, uuid in numbers if uuid and uuid == quote.uuid), "")
        if not own and not quote.uuid and len(numbers) == quote.revision:
            own = max((id_ for id_, _ in numbers), key=sequence_of)
        others = [id_ for id_, _ in numbers if id_ != own]
        parent = max(others, key=sequence_of) if others and quote.revision > 1 else ""
        return own or quote.id, parent

    def _texts(self, quote: ChangedQuote) -> tuple[_Text | None, _Text | None]:
        """Return the newest text of this very revision, and the newest that a webhook brought, where one did."""
        id_, _ = self._ids(quote)
        rows = WebhookDelivery.objects.filter(integration=self.integration, quote_id=id_, text_deleted_at=None)
        by_time = rows.order_by("-quoter_timestamp", "-pk")
        return _read(by_time.first()), _read(by_time.order_by("recovered", "-quoter_timestamp", "-pk").first())

    def _item_of(self, name: str, sku: str) -> str:
        """Return the catalogue item of a line, by what the portal has learnt; the API does not name it [V]."""
        if self._item_keys is None:
            links = ItemLink.objects.filter(integration=self.integration, key__startswith=_ITEM)
            self._item_keys = {}
            for key, known_name, known_sku in links.values_list("key", "name", "sku"):
                self._item_keys.setdefault((fold(known_name), fold(known_sku)), set()).add(key)
        keys = self._item_keys.get((fold(name), fold(sku)), set())
        return next(iter(keys)).removeprefix(_ITEM) if len(keys) == 1 else ""


def _read(delivery: WebhookDelivery | None) -> _Text | None:
    if delivery is None:
        return None
    try:
        return _Text(delivery.data, read_quote(delivery.data))
    except NotUnderstood:
        return None


def _row_text(quote: ChangedQuote) -> str:
    """Return a list's row as text: the older API has no answer for one quote."""
    return json.dumps(quote.row, ensure_ascii=False, default=str)
