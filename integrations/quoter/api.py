"""Quoter's API at ScalePad: https://api.scalepad.com/quoter/v1 (quoter.md 2.2).

The key travels as `x-api-key`, in lower case to the letter: any other spelling is answered 401 [R].
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.domain.quote import Address, Contact
from integrations.domain.text import fold
from integrations.errors import RateLimited, Refused, RemoteBroken
from integrations.http import Http, Request, Response
from integrations.quoter.changed import STAGES, read_changed, zulu
from integrations.quoter.faults import check
from integrations.quoter.shared import (
    ChangedQuote,
    Draft,
    DraftOrder,
    ItemCategory,
    Row,
    Template,
    check_complete,
    given,
    place,
    read_categories,
    rows_of,
    text,
)

PAGE = 200
_MAX_PAGES = 50
# The window is five seconds long: a wait of that length is worth it while somebody looks on.
_LONGEST_SLEEP_S = 6.0
# No stage has this name: a list that returns rows for it does not heed the filter.
_NO_STAGE = "no-such-stage"


class ScalePadClient:
    """One Quoter account, through ScalePad's API."""

    carries_notes = True

    def __init__(
        self,
        http: Http,
        base: str,
        key: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        stages: Mapping[str, Sequence[str]] = STAGES,
    ) -> None:
        self._stages = stages
        self._http = http
        self._base = f"{base}/quoter/v1"
        self._key = key
        self._sleep = sleep

    def close(self) -> None:
        """Close kept connections."""
        self._http.close()

    def find_contacts(self, email: str) -> tuple[Contact, ...]:
        """Return the contacts with exactly this e-mail address; one without a quote has no id [R]."""
        # Seen live was eq [R], which minds the case here [U]: cont finds every spelling, and so a second contact.
        for operation in ("cont", "eq"):
            rows = self._list("/contacts", {"filter[billing_email]": f"{operation}:{email.strip()}"}, "contacts")
            # An unknown filter is ignored without a word: each row is checked.
            found = [contact for contact in map(_read_contact, rows) if fold(contact.email) == fold(email)]
            if found:
                return tuple(found)
        return ()

    def create_contact(self, contact: Contact) -> Contact:
        """Make a contact; the answer may have no id yet [R]."""
        row = self._send("POST", "/contacts", "the contact", body=_contact_body(contact)).json()
        return _read_contact(row if isinstance(row, dict) else {})

    def update_contact(self, contact_id: str, contact: Contact) -> None:
        """Change what is given of a contact."""
        body = _contact_body(contact)
        body.pop("billing_email", None)
        self._send("PATCH", f"/contacts/{contact_id}", "the contact", body=body)

    def templates(self) -> tuple[Template, ...]:
        """Return the quote templates by title; the title's key is a guess [U]."""
        rows = self._list("/quote-templates", {}, "quote templates")
        found = [Template(text(row.get("id")), text(row.get("title") or row.get("name"))) for row in rows]
        return tuple(sorted((t for t in found if t.id), key=lambda template: fold(template.title)))

    def categories(self) -> tuple[ItemCategory, ...]:
        """Return the item categories [V]."""
        return read_categories(self._list("/categories", {}, "categories"))

    def create_draft(self, order: DraftOrder) -> Draft:
        """Make a draft; its contact must exist."""
        body = {
            "template_id": order.template_id,
            "contact": given({"email": order.contact.email, "client_name": order.contact.organization}),
            "internal_notes": order.notes,
        }
        return _read_draft(self._send("POST", "/quotes", "the draft", body=body).json())

    def find_draft(self, order: DraftOrder) -> Draft | None:
        """Look for a draft whose notes carry the order's reference."""
        params: dict[str, str | int] = {"filter[draft]": "eq:true", "sort": "-record_created_at"}
        for row in self._list("/quotes", params, "drafts"):
            if order.ref in text(row.get("internal_notes")):
                return _read_draft(row)
        return None

    def find_quote(self, *, uuid: str) -> Row | None:
        """Return a whole quote by its public id; None where the list does not say which it is [U]."""
        for row in self._list("/quotes", {"filter[uuid]": f"eq:{uuid}"}, "quotes"):
            # An unknown filter is ignored without a word, and then any quote comes first.
            if text(row.get("uuid")) == uuid and row.get("id"):
                whole = self._send("GET", f"/quotes/{text(row['id'])}", "the quote").json()
                return whole if isinstance(whole, dict) else None
            if "uuid" not in row:
                return None
        return None

    def changed_quotes(self, since: datetime) -> tuple[ChangedQuote, ...]:
        """Return the quotes that changed after a moment, drafts left out.

        A row that states no status gets the one by whose stage the list finds it; "" where that cannot be told.
        """
        window: dict[str, str | int] = {"filter[record_updated_at]": f"gt:{zulu(since)}"}
        rows = [
            read_changed(row) for row in self._list("/quotes", {**window, "sort": "+record_updated_at"}, "quotes")
        ]
        # An unknown filter is ignored without a word: each row is checked.
        found = [row for row in rows if not row.draft and row.id and row.updated_at > since]
        if all(row.status for row in found):
            return tuple(found)
        told = self._statuses_by_stage(window)
        if told is None:
            return tuple(found)
        # What is published, and neither won nor lost, waits for the customer [I].
        return tuple(row if row.status else row._replace(status=told.get(row.id, "pending")) for row in found)

    def _statuses_by_stage(self, window: dict[str, str | int]) -> dict[str, str] | None:
        """Return the statuses of quotes by their ids; None where the list does not heed the stage."""
        if self._ids_in(_NO_STAGE, window):
            return None
        told: dict[str, str] = {}
        for status, words in self._stages.items():
            for word in words:
                told |= dict.fromkeys(self._ids_in(word, window), status)
        return told

    def _ids_in(self, stage: str, window: dict[str, str | int]) -> list[str]:
        try:
            rows = self._list("/quotes", {**window, "filter[stage]": f"eq:{stage}", "fields": "id"}, "quotes")
            return [text(row.get("id")) for row in rows]
        except Refused:
            return []  # a word that is no stage here

    def whole_quote(self, id_: str) -> tuple[Row, str]:
        """Return a quote with its lines, and the very text of the answer."""
        answer = self._send("GET", f"/quotes/{id_}", "the quote")
        row = answer.json()
        if not isinstance(row, dict):
            raise RemoteBroken("Quoter's answer to the quote has an unknown shape.", subject="the quote")
        return row, answer.body.decode("utf-8", "replace")

    def _list(self, path: str, params: dict[str, str | int], what: str) -> Iterator[Row]:
        """Yield all rows. Raises RemoteBroken where fewer came than the list says it has."""
        seen, cursor = 0, ""
        for _ in range(_MAX_PAGES):
            paging: dict[str, str | int] = {"page_size": PAGE, **({"cursor": cursor} if cursor else {})}
            body = self._send("GET", path, what, params={**params, **paging}).json()
            rows = rows_of(body, what)
            seen += len(rows)
            yield from rows
            cursor = text(body.get("next_cursor"))
            if not cursor:
                check_complete(body, seen, what)
                return
        raise RemoteBroken(f"Quoter's list of {what} does not end.", subject=what)

    def _send(
        self,
        method: str,
        path: str,
        what: str,
        *,
        body: Row | None = None,
        params: dict[str, str | int] | None = None,
    ) -> Response:
        request = Request(
            method,
            f"{self._base}{path}",
            params=params or {},
            headers={"x-api-key": self._key},
            json=body,
            writes=method != "GET",
        )
        try:
            return check(self._http.send(request), what=what)
        except RateLimited as exc:
            # A 429 did nothing, so even a write may be repeated.
            if exc.wait is None or exc.wait > _LONGEST_SLEEP_S:
                raise
            self._sleep(exc.wait)
        return check(self._http.send(request), what=what)


def _contact_body(contact: Contact) -> Row:
    """Return the contact in this API's shape; a flat billing_city is a 400 here [R]."""
    address = place(contact.billing)
    body: Row = given(
        {
            "billing_email": contact.email,
            "billing_first_name": contact.first_name,
            "billing_last_name": contact.last_name,
            "billing_organization": contact.organization,
            "billing_work_phone": contact.work_phone,
            "billing_mobile_phone": contact.mobile_phone,
            "title": contact.title,
        }
    )
    lines = given(
        {
            "address_line_1": address.line1,
            "address_line_2": address.line2,
            "address_line_3": address.line3,
            "city": address.city,
            "state_prov_code": address.region_code,
            "postal_code": address.postal_code,
            "country_code": address.country_code,
        }
    )
    return {**body, "billing_address": lines} if lines else body


def _read_contact(row: Row) -> Contact:
    address = row.get("billing_address") if isinstance(row.get("billing_address"), dict) else {}
    assert isinstance(address, dict)  # noqa: S101  for the type checker
    return Contact(
        public_id=text(row.get("id")),
        first_name=text(row.get("billing_first_name")),
        last_name=text(row.get("billing_last_name")),
        organization=text(row.get("billing_organization")),
        title=text(row.get("title")),
        email=text(row.get("billing_email")),
        work_phone=text(row.get("billing_work_phone")),
        mobile_phone=text(row.get("billing_mobile_phone")),
        billing=Address(
            line1=text(address.get("address_line_1")),
            line2=text(address.get("address_line_2")),
            line3=text(address.get("address_line_3")),
            city=text(address.get("city")),
            region_code=text(address.get("state_prov_code")),
            postal_code=text(address.get("postal_code")),
            country_code=text(address.get("country_code")),
        ),
    )


def _read_draft(row: Any) -> Draft:
    if not isinstance(row, dict) or not row.get("id"):
        raise RemoteBroken("Quoter's answer to the new draft has an unknown shape.", subject="draft")
    return Draft(text(row["id"]), uuid=text(row.get("uuid")))
