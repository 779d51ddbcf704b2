"""The ScalePad API's lists: filters, order, and pages by cursor."""

import base64
import binascii
import json
import re

from integrations.simulator.quoter.api.matching import Entry, Row, matches, order, project, read_number
from integrations.simulator.quoter.api.refusals import wrong_shape

PAGE_SIZE = 200
QUOTE_FILTERS = frozenset(
    {
        "id",
        "uuid",
        "name",
        "custom_number",
        "draft",
        "stage",
        "email_status",
        "primary",
        "recurring_interval",
        "client.id",
        "lm_initiative_id",
        "record_created_at",
        "record_updated_at",
        "expired_at",
        "won_at",
    }
)
CONTACT_FILTERS = frozenset(
    {
        "id",
        "client.id",
        "billing_email",
        "email",
        "first_name",
        "last_name",
        "phone",
        "organization",
        "address",
        "city",
        "country",
        "region",
        "postal_code",
        "record_created_at",
    }
)
ITEM_FILTERS = frozenset(
    {
        "category_id",
        "code",
        "sku",
        "manufacturer_id",
        "supplier_id",
        "name",
        "record_created_at",
        "record_updated_at",
    }
)
NO_FILTERS: frozenset[str] = frozenset()


def show_list(entries: list[Entry], query: dict[str, str], filters: frozenset[str]) -> Row:
    """Return one page. A filter or parameter that is not known is ignored without a word, as Quoter does."""
    for name, text in query.items():
        field = re.fullmatch(r"filter\[([^\]]+)\]", name)
        if field is None or field[1] not in filters:
            continue
        operation, colon, wanted = text.partition(":")
        if not colon:
            raise wrong_shape(f"{name} needs an operation, such as eq:{text}")
        entries = [entry for entry in entries if matches(entry.values.get(field[1]), operation, wanted)]
    entries = order(entries, query.get("sort", ""))
    size = read_number(query.get("page_size"), default=PAGE_SIZE, maximum=PAGE_SIZE)
    start = _read_cursor(query.get("cursor", ""))
    end = start + size
    return {
        "data": [project(entry.show(), query.get("fields", "")) for entry in entries[start:end]],
        "next_cursor": _cursor(end) if end < len(entries) else None,
        "total_count": len(entries),
    }


def _cursor(position: int) -> str:
    """A cursor is base64 of a JSON list of one text; what the text counts is not known [U]."""
    return base64.b64encode(json.dumps([str(position)]).encode()).decode()


def _read_cursor(text: str) -> int:
    if not text:
        return 0
    try:
        (position,) = json.loads(base64.b64decode(text, validate=True))
        return max(int(position), 0)
    except (binascii.Error, ValueError, TypeError) as exc:
        raise wrong_shape("The cursor is invalid") from exc
