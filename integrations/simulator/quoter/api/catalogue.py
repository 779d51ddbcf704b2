"""The catalogue as the ScalePad API shows it: categories, items, templates."""

from decimal import Decimal

from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.api.matching import Entry, Row, iso
from integrations.simulator.quoter.encoding import plain
from integrations.simulator.quoter.ids import named_ids


def list_categories(account: Account) -> list[Entry]:
    """Return the categories as a list shows them."""
    return [_entry(_category(row)) for row in all_categories(account)]


def all_categories(account: Account) -> list[Row]:
    """Return the categories that were added, and those that lines name."""
    for quote in list(account.quotes.values()):
        for line in quote.lines:
            if line.category:
                account.add_category(line.category, parent=line.parent_category)
    return list(account.categories.values())


def _category(row: Row) -> Row:
    names = ("id", "name", "parent_category", "parent_category_id")
    return {**{name: row[name] for name in names}, **_times(row)}


def list_items(account: Account) -> list[Entry]:
    """Return the catalogue's items."""
    return [_entry(_item(row)) for row in account.items.values()]


def _item(row: Row) -> Row:
    interval = row.get("recurring_interval")
    supplier, manufacturer = row.get("supplier", ""), row.get("manufacturer", "")
    return {
        "id": row["id"],
        "name": row["name"],
        "code": row["code"] or None,
        "sku": row.get("sku") or None,
        "description": row.get("description") or None,
        # The leaf's name only: leaf names repeat under different parents.
        "category": row["category"] or None,
        "category_id": named_ids("cat", row["category"], row.get("parent_category", ""))["public_id"],
        "cost_decimal": plain(Decimal(str(row.get("cost", 0)))),
        "cost_type": "amount",
        "price_decimal": plain(Decimal(str(row["price"]))),
        "pricing_scheme": "per_unit",
        "recurring": interval is not None,
        "recurring_interval": interval,
        "taxable": bool(row.get("taxable", False)),
        "manufacturer": manufacturer or None,
        "manufacturer_id": named_ids("man", manufacturer)["public_id"],
        "supplier": supplier or None,
        "supplier_id": named_ids("sup", supplier)["public_id"],
        "internal_note": None,
        "weight_decimal": None,
        "allow_decimal_quantities": False,
        "restrict_discounting": False,
        "show_option_prices": False,
        "quantity_help_tip": None,
        "percentage_price_decimal": None,
        "percentage_price_category_ids": None,
        **_times(row),
    }


def list_templates(account: Account) -> list[Entry]:
    """Return the quote templates; their fields are a guess after the webhook's `form` [U]."""
    return [
        _entry({"id": row["id"], "title": row["title"], "slug": row["slug"], **_times(row)})
        for row in account.templates.values()
    ]


def _times(row: Row) -> Row:
    return {"record_created_at": iso(row["created_at"]), "record_updated_at": iso(row["created_at"])}


def _entry(row: Row) -> Entry:
    return Entry(row, lambda: row)
