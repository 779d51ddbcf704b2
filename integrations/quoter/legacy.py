"""Quoter's older API: https://api.quoter.com/v1, for accounts without a ScalePad key (quoter.md 2.1)."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

from integrations.domain.quote import Address, Contact
from integrations.domain.text import fold
from integrations.errors import CredentialsRejected, RateLimited, RemoteBroken
from integrations.http import Http, Request, Response
from integrations.quoter.changed import read_changed, zulu
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

PAGE = 100
_MAX_PAGES = 100
# Five requests a second; its 429 names no time [C].
_SLEEP_S = 1.1


class LegacyClient:
    """One Quoter account, through the older API: drafts take no internal notes, and no list shows them."""

    carries_notes = False

    def __init__(
        self,
        http: Http,
        base: str,
        *,
        client_id: str,
        client_secret: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._base = f"{base}/v1"
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._sleep = sleep
        self._token = ""

    def close(self) -> None:
        """Close kept connections."""
        self._http.close()

    def find_contacts(self, email: str) -> tuple[Contact, ...]:
        """Return the contacts with exactly this e-mail address."""
        for operation in ("[cont]", ""):  # the bare filter may mind the case [U]
            rows = self._list("/contacts", {f"email{operation}": email.strip()}, "contacts")
            found = [contact for contact in map(_read_contact, rows) if fold(contact.email) == fold(email)]
            if found:
                return tuple(found)
        return ()

    def create_contact(self, contact: Contact) -> Contact:
        """Make a contact."""
        row = self._send("POST", "/contacts", "the contact", body=_contact_body(contact)).json()
        return _read_contact(row if isinstance(row, dict) else {})

    def update_contact(self, contact_id: str, contact: Contact) -> None:
        """Change what is given of a contact."""
        self._send("PATCH", f"/contacts/{contact_id}", "the contact", body=_contact_body(contact))

    def templates(self) -> tuple[Template, ...]:
        """Return the quote templates by title."""
        rows = self._list("/quote_templates", {}, "quote templates")
        found = [Template(text(row.get("id")), text(row.get("title") or row.get("name"))) for row in rows]
        return tuple(sorted((t for t in found if t.id), key=lambda template: fold(template.title)))

    def categories(self) -> tuple[ItemCategory, ...]:
        """Return the item categories; that this API tells their parents is a guess [I]."""
        return read_categories(self._list("/categories", {}, "categories"))

    def create_draft(self, order: DraftOrder) -> Draft:
        """Make a draft; it is owned by whoever made the API key [A]."""
        body = {
            "contact_id": order.contact.public_id,
            "template_id": order.template_id,
            "currency_abbr": "USD",  # the field is needed, and a draft's currency can be changed in Quoter [I]
        }
        row = self._send("POST", "/quotes", "the draft", body=body).json()
        if not isinstance(row, dict) or not row.get("id"):
            raise RemoteBroken("Quoter's answer to the new draft has an unknown shape.", subject="draft")
        return Draft(text(row["id"]), url=text(row.get("url")))

    def find_draft(self, order: DraftOrder) -> Draft | None:
        """Return None: nothing on a draft made here tells it from another."""
        return None

    def changed_quotes(self, since: datetime) -> tuple[ChangedQuote, ...]:
        """Return the quotes that changed after a moment, drafts left out; they carry no lines [I].

        `modified_at` misses new records of some lists [R], so those created since are asked for as well.
        """
        found: dict[str, ChangedQuote] = {}
        for field in ("modified_at", "created_at"):
            rows = self._list("/quotes", {f"{field}[gt]": zulu(since)}, "quotes")
            found |= {row.id: row for row in map(read_changed, rows)}
        # An unknown filter is ignored without a word: each row is checked.
        return tuple(row for row in found.values() if not row.draft and row.id and row.updated_at > since)

    def _list(self, path: str, params: dict[str, str | int], what: str) -> Iterator[Row]:
        """Yield all rows; asking past the end would be an error. Raises RemoteBroken where some did not come."""
        seen = 0
        for page in range(1, _MAX_PAGES + 1):
            body = self._send("GET", path, what, params={**params, "limit": PAGE, "page": page}).json()
            rows = rows_of(body, what)
            seen += len(rows)
            yield from rows
            if not body.get("has_more"):
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
        for last in (False, True):
            request = Request(
                method,
                f"{self._base}{path}",
                params=params or {},
                headers={"Authorization": f"Bearer {self._token or self._sign_in()}"},
                json=body,
                writes=method != "GET",
            )
            try:
                return check(self._http.send(request), what=what)
            except CredentialsRejected:
                if last:
                    raise
                self._token = ""  # ended early: a 401 changed nothing, so one new token and one more try
            except RateLimited:
                if last:
                    raise
                self._sleep(_SLEEP_S)
        raise AssertionError("unreachable")

    def _sign_in(self) -> str:
        request = Request(
            "POST",
            f"{self._base}/auth/oauth/authorize",
            json={**self._credentials, "grant_type": "client_credentials"},
        )
        body = check(self._http.send(request), what="the sign-in").json()
        self._token = text(body.get("access_token")) if isinstance(body, dict) else ""
        if not self._token:
            raise RemoteBroken("Quoter's sign-in gave no token.", subject="quoter token")
        return self._token


def _contact_body(contact: Contact) -> Row:
    """Return the contact in this API's flat shape."""
    address = place(contact.billing)
    return dict(
        given(
            {
                "email": contact.email,
                "first_name": contact.first_name,
                "last_name": contact.last_name,
                "organization": contact.organization,
                "title": contact.title,
                "work_phone": contact.work_phone,
                "mobile_phone": contact.mobile_phone,
                "billing_address": address.line1,
                "billing_address2": address.line2,
                "billing_city": address.city,
                "billing_region_iso": address.region_code,
                "billing_postal_code": address.postal_code,
                "billing_country_iso": address.country_code,
            }
        )
    )


def _read_contact(row: Row) -> Contact:
    return Contact(
        public_id=text(row.get("id")),
        first_name=text(row.get("first_name")),
        last_name=text(row.get("last_name")),
        organization=text(row.get("organization")),
        title=text(row.get("title")),
        email=text(row.get("email")),
        work_phone=text(row.get("work_phone")),
        mobile_phone=text(row.get("mobile_phone")),
        billing=Address(
            line1=text(row.get("billing_address")),
            line2=text(row.get("billing_address2")),
            city=text(row.get("billing_city")),
            region_code=text(row.get("billing_region_iso")),
            postal_code=text(row.get("billing_postal_code")),
            country_code=text(row.get("billing_country_iso")),
        ),
    )
