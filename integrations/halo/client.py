"""The Halo API as the portal uses it: typed answers, whole lists, every filtered row checked again.

Source of paths, parameters and list keys: halo.md 2 and 3. Nothing here repeats a write.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from integrations.domain.snapshot import HaloAgent, HaloItem, HaloOpportunity, HaloQuote, HaloSalesOrder, HaloUser
from integrations.domain.text import fold
from integrations.errors import AnswerLost, RemoteBroken
from integrations.halo import records
from integrations.halo.wire import HaloWire

_LIKE, _EQUALS = 4, 2
QUOTE_STATUS_LOOKUP = 39


class ItemsPage(NamedTuple):
    """One page of the product list; `total` is None where Halo does not say."""

    items: tuple[HaloItem, ...]
    total: int | None


class HaloClient(HaloWire):
    """One Halo instance."""

    # People

    def get_user(self, user_id: int) -> HaloUser:
        """Return one user."""
        return self._one(
            f"/Users/{user_id}", records.read_user, what=f"user {user_id}", params={"includedetails": "true"}
        )

    def find_users(self, email: str) -> tuple[HaloUser, ...]:
        """Return the users that have this e-mail address, inactive ones included."""
        if not fold(email):
            return ()  # an empty search lists everybody, and many have no address
        rows = self._list(
            "/Users",
            "users",
            records.read_user,
            params={"search": email.strip(), "includeinactive": "true", "exclude_generaluser": "true"},
        )
        return records.keep(rows, lambda user: fold(email) in {fold(e) for e in user.emails})

    # Opportunities

    def get_opportunity(self, opportunity_id: int) -> HaloOpportunity:
        """Return one opportunity."""
        return self._one(
            f"/Opportunities/{opportunity_id}",
            records.read_opportunity,
            what=f"opportunity {opportunity_id}",
            params={"includedetails": "true"},
        )

    def open_opportunities(self, *, user_id: int) -> tuple[HaloOpportunity, ...]:
        """Return the open opportunities of one user."""
        rows = self._list(
            "/Opportunities",
            "tickets",
            records.read_opportunity,
            params={"domain": "opps", "user_id": user_id, "open_only": "true"},
        )
        return records.keep(rows, lambda o: o.user_id == user_id and o.is_opportunity and not o.closed)

    # Quotes and sales orders

    def get_quote(self, quote_id: int) -> HaloQuote:
        """Return one quote with its lines."""
        return self._one(
            f"/Quotation/{quote_id}",
            records.read_quote,
            what=f"quote {quote_id}",
            params={"includedetails": "true"},
        )

    def find_quotes(self, *, ticket_id: int, number: str, revisions: bool = False) -> tuple[HaloQuote, ...]:
        """Return the quotes on an opportunity that carry this Quoter number; lines may be missing.

        With `revisions` those as well that carry it with a revision's own number behind a hyphen.
        """
        return records.keep(
            self.quotes_on(ticket_id=ticket_id),
            lambda q: q.number == number or (revisions and q.number.startswith(f"{number}-")),
        )

    def quotes_on(self, *, ticket_id: int) -> tuple[HaloQuote, ...]:
        """Return all quotes on an opportunity; lines may be missing."""
        params: dict[str, str | int] = {"ticket_id": ticket_id, "include_details": "true"}
        found = []
        for row in self._pages("/Quotation", "quotes", params):
            quote = records.read(row, records.read_quote, "quotes")
            if quote.ticket_id not in (None, ticket_id):
                continue
            # One tenant's list rows lacked most fields (halo.md 2.3): what a row leaves out is asked for.
            found.append(quote if "third_party_number" in row else self.get_quote(quote.id))
        return records.keep(found, lambda quote: quote.ticket_id == ticket_id)

    def save_quote(self, body: dict[str, Any]) -> int:
        """Create or update one quote; return its id."""
        return self._save("/Quotation", body, what="quote")

    def get_sales_order(self, order_id: int) -> HaloSalesOrder:
        """Return one sales order with its lines."""
        return self._one(
            f"/SalesOrder/{order_id}",
            records.read_sales_order,
            what=f"sales order {order_id}",
            params={"includedetails": "true"},
        )

    def find_sales_orders(self, *, ticket_id: int, quote_id: int) -> tuple[HaloSalesOrder, ...]:
        """Return the sales orders made from this quote: Halo offers no filter by quote (halo.md 3.5)."""
        rows = self._list("/SalesOrder", "salesorders", records.read_sales_order, params={"ticket_id": ticket_id})
        return records.keep(rows, lambda order: order.quotation_id == quote_id)

    def create_sales_order(self, body: dict[str, Any]) -> int:
        """Create one sales order; return its id."""
        return self._save("/SalesOrder", body, what="sales order")

    # Notes and attachments of an opportunity

    def attachment_names(self, *, ticket_id: int) -> tuple[str, ...]:
        """Return the file names attached to an opportunity."""
        rows = self._pages("/Attachment", "attachments", {"ticket_id": ticket_id})
        return tuple(str(row.get("filename") or "") for row in rows)

    def add_attachment(self, body: dict[str, Any]) -> int:
        """Attach one file; return its id."""
        return self._save("/Attachment", body, what="attachment")

    def notes(self, *, ticket_id: int) -> tuple[str, ...]:
        """Return the texts of an opportunity's notes (Halo: *actions*); path and list key are unverified [U]."""
        rows = self._pages("/Actions", "actions", {"ticket_id": ticket_id, "excludesys": "true"})
        return tuple(str(row.get("note") or row.get("note_html") or "") for row in rows)

    def add_note(self, body: dict[str, Any]) -> int:
        """Add one note; return its id."""
        return self._save("/Actions", body, what="note")

    # Products

    def get_item(self, item_id: int) -> HaloItem:
        """Return one product."""
        return self._one(
            f"/Item/{item_id}", records.read_item, what=f"product {item_id}", params={"includedetails": "true"}
        )

    def find_items(self, *, sku: str = "", name: str = "") -> tuple[HaloItem, ...]:
        """Return the products with this SKU, or with this name; obsolete ones included."""
        if sku:
            # LIKE is the form that was seen live; "[" would start a character class there.
            kind = _EQUALS if "[" in sku else _LIKE
            search = [{"filter_name": "supplier_part_code", "filter_type": kind, "filter_value": sku.strip()}]
            rows = self._items({"advanced_search": json.dumps(search)})
            return records.keep(rows, lambda item: fold(item.sku) == fold(sku))
        return records.keep(self._items({"search": name.strip()}), lambda item: fold(item.name) == fold(name))

    def _items(self, params: dict[str, str | int]) -> tuple[HaloItem, ...]:
        return self._list("/Item", "items", records.read_item, params={**params, "includeinactive": "true"})

    def items_page(self, page: int, *, size: int) -> ItemsPage:
        """Return one page of all products, obsolete ones included, and how many there are in all."""
        params: dict[str, str | int] = {"pageinate": "true", "page_size": size, "page_no": page}
        body = self._get("/Item", {**params, "includeinactive": "true"}, what="products").json()
        items = tuple(records.read(row, records.read_item, "product") for row in records.rows_of(body, "items"))
        count = body.get("record_count") if isinstance(body, dict) else None
        return ItemsPage(items, count if isinstance(count, int) else None)

    def create_items(self, bodies: Sequence[dict[str, Any]]) -> tuple[HaloItem, ...]:
        """Create products in one call; Halo refuses all of them if it refuses one (halo.md 2.1)."""
        body = self._post("/Item", list(bodies), what="product" if len(bodies) == 1 else "products")
        rows = body if isinstance(body, list) else [body]
        unknown = AnswerLost("Halo's answer to new products has an unknown shape.", subject="products", ended=True)
        if len(rows) != len(bodies) or not all(isinstance(row, dict) for row in rows):
            raise unknown
        try:
            made = [records.read(row, records.read_item, "product") for row in rows]
        except RemoteBroken as exc:
            raise unknown from exc
        # Nothing promises that the answer keeps the order of the question.
        found = [_made_from(body, made) for body in bodies]
        if any(len(items) != 1 for items in found):
            raise unknown
        return tuple(items[0] for items in found)

    # Settings

    def product_groups(self) -> tuple[tuple[int, str], ...]:
        """Return the product groups (Halo: *asset groups*) as ids and names."""
        params: dict[str, str | int] = {"type": "items", "istree": "true", "includetypesforgroups": "true"}
        body = self._get("/AssetGroup", params, what="product groups").json()
        return tuple(
            records.read(row, records.read_named, "product group") for row in records.rows_of(body, "groups")
        )

    def quote_statuses(self) -> tuple[tuple[int, str], ...]:
        """Return the quote statuses of this tenant as ids and names (halo.md 3.4)."""
        body = self._get("/Lookup", {"lookupid": QUOTE_STATUS_LOOKUP}, what="quote statuses").json()
        return tuple(
            records.read(row, records.read_named, "quote status") for row in records.rows_of(body, "lookup")
        )

    def find_suppliers(self, name: str) -> tuple[int, ...]:
        """Return the ids of the suppliers with this very name."""
        rows = self._list("/Supplier", "suppliers", records.read_named, params={"search": name.strip()})
        return tuple(id_ for id_, found in rows if fold(found) == fold(name))

    def find_agent(self, email: str) -> HaloAgent | None:
        """Return the only agent with this e-mail address; None where there is none or several (halo.md 2.4)."""
        rows = self._list("/Agent", "agents", records.read_agent, params={})
        found = records.keep(rows, lambda agent: bool(fold(email)) and fold(agent.email) == fold(email))
        return found[0] if len(found) == 1 else None

    def who_am_i(self) -> str:
        """Return the name of the agent that the API application acts as."""
        body = self._get("/Agent/me", {}, what="its own agent").json()
        return str(records.one_of(body, "agent").get("name") or "")


def _made_from(body: dict[str, Any], made: Sequence[HaloItem]) -> list[HaloItem]:
    """Return what was made from one body; a one-time and a recurring product may share name and SKU."""
    texts = fold(body["name"]), fold(body["supplier_part_code"])
    items = [item for item in made if (fold(item.name), fold(item.sku)) == texts]
    return items if len(items) == 1 else [item for item in items if item.recurring == body["isrecurringitem"]]
