"""A quote webhook's data of our own, in the captured shape (quoter.md 1.6), with fictional values."""

from copy import deepcopy
from typing import Any

KEY = "a-hash-key-of-the-tests"

LINE: dict[str, Any] = {
    "id": "50000001",
    "item_id": "item_1",
    "quantity": "3",
    "name": "Patch Cable",
    "description": "Snagless",
    "sku": "CBL-C6-2M",
    "supplier_sku": "SUP-1001",
    "pricing_structure": "fixed_per_unit",
    "recurring": "false",
    "base_unit_price": "1,025.00",
    "base_price": "3,075.00",
    "unit_price": "1,025.00",
    "unit_cost": "10.00",
    "base_margin_dollar": 45,
    "base_margin_percent": 66.67,
    "total_margin_dollar": 45,
    "total_margin_percent": 66.7,
    "total": {"upfront": "3,075.00", "upfront_after_discount": "3,075.00"},
    "discount": "0.00",
    "supplier": {"id": None, "public_id": None, "name": ""},
    "type": {"id": "30001", "public_id": "cat_1", "name": "Cabling"},
    "manufacturer": {"id": None, "public_id": None, "name": ""},
    "is_optional": False,
    "is_optional_selected": False,
    "options": None,
    "custom_fields": None,
}
QUOTE: dict[str, Any] = {
    "id": "9000001",
    "account_id": "90001",
    "parent_quote_id": None,
    "revision": None,
    "name": "Network Refresh",
    "number": "7",
    "internal_notes": "",
    "comments": "",
    "uuid": "9001-1b2c",
    "expiry_date": "2025-09-14 07:00:00",
    "won_date": None,
    "grace_period": "0",
    "recurring_time_period": "1",
    "recurring_time_period_string": "monthly",
    "recurring_time_period_string_adjective": "monthly",
    "status": "pending",
    "discount": None,
    "total": {"upfront": "3,075.00", "recurring": None},
    "shipping": "0.00",
    "taxes": [],
    "person": {
        "id": "8000001",
        "public_id": "cont_1",
        "first_name": "Avery",
        "last_name": "Sample",
        "organization": "Example Dental",
        "title": "",
        "addresses": {
            "billing": {
                "line1": "100 Example Street",
                "line2": "",
                "city": "Springfield",
                "state": {"code": "IL", "name": "Illinois"},
                "country": {"code": "US", "name": "United States"},
                "postal_code": "62701",
            },
            "shipping": None,
        },
        "telephone_numbers": {"work": "217-555-0100", "mobile": "217-555-0101", "fax": None},
        "email_address": "avery.sample@example.com",
        "website": None,
    },
    "quote_owner": {
        "id": "700001",
        "first_name": "Jordan",
        "last_name": "Example",
        "full_name": "Jordan Example",
        "email": "jordan@example.org",
    },
    "reseller": [],
    "currency": {"code": "USD", "name": "United States Dollar "},
    "form": {"id": "60001", "slug": "standard-quote", "title": "Standard Quote"},
    "custom_fields": None,
    "line_items": [LINE],
    "new": "true",
}


def quote_data(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The quote with some keys changed; lines are changes to the one line, each with an id of its own."""
    data = deepcopy({**QUOTE, **changes})
    if lines:
        data["line_items"] = [deepcopy({**LINE, "id": str(n), **line}) for n, line in enumerate(lines, 1)]
    return data
