"""What the pages show: rows prepared for the templates, and the quote form read back."""

import time
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from integrations.simulator.halo import Halo, RecordedRequest
from integrations.simulator.halo.showing import show
from integrations.simulator.halo.tables import NO_DATE, Row
from integrations.simulator.quoter import Delivery, Quoter
from integrations.simulator.quoter.encoding import money, plain
from integrations.simulator.quoter.lines import Line, read_line
from integrations.simulator.quoter.quotes import PENDING, WON, Quote

_SHOWN_REQUESTS, _SHOWN_DELIVERIES, _SHOWN_ROWS = 40, 25, 100
# Status → its label, the tone of its badge, and the buttons that apply.
_STATUSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "draft": ("Draft", "quiet", ("publish",)),
    "pending": ("Published", "info", ("accept", "lose")),
    "accepted": ("Won: accepted", "good", ("order", "lose")),
    "ordered": ("Won: ordered", "good", ("fulfil", "lose")),
    "fulfilled": ("Won: fulfilled", "good", ()),
    "lost": ("Lost", "bad", ("accept",)),
}
_LABELS = {
    "publish": "Publish",
    "accept": "Accept",
    "lose": "Lose",
    "order": "Mark ordered",
    "fulfil": "Mark fulfilled",
}
_BILLING = {2: "monthly", 3: "yearly"}
_TROUBLE = {
    "500": "answers with a server error (500)",
    "429": "is refused: too many requests (429)",
    "drop-after": "that writes gets no answer, although the work is done",
    "hang": "is answered late",
}


def show_quote(quote: Quote) -> dict[str, Any]:
    """Prepare a Quoter quote."""
    label, tone, actions = _STATUSES[quote.status]
    recurring = quote.total(recurring=True)
    if not quote.is_current:
        label, tone, actions = "Superseded", "quiet", ()
    return {
        "id": quote.id,
        "number": quote.number,
        "name": quote.name,
        "contact": quote.contact,
        "status": label,
        "tone": tone,
        "draft": quote.status == "draft",
        "current": quote.is_current,
        "payable": quote.is_current and quote.status in (PENDING, *WON),
        "revision_of": quote.parent_quote_id,
        "uuid": quote.uuid,
        "internal_notes": quote.internal_notes,
        "expiry": (quote.expiry_date or "")[:10],
        "currency": quote.currency,
        "total": money(quote.total(recurring=False)),
        "recurring": money(recurring) if any(line.recurring for line in quote.lines) else "",
        "interval": quote.interval.replace("_", "-"),
        "actions": [{"name": name, "label": _LABELS[name]} for name in actions],
        "lines": [_show_line(index, line) for index, line in enumerate(quote.lines)],
    }


def _show_line(index: int, line: Line) -> dict[str, Any]:
    return {
        "index": index,
        "name": line.name,
        "sku": line.sku,
        "section": line.section,
        "category": line.category,
        "quantity": plain(line.quantity),
        "unit_price": plain(line.unit_price),
        "unit_cost": plain(line.unit_cost),
        "price": money(line.unit_price),
        "discount": plain(line.discount) if line.discount else "",
        "discount_text": money(line.discount) if line.discount else "",
        "recurring": line.recurring,
        "optional": line.is_optional,
        "counts": line.counts,
        "net": money(line.net),
    }


def webview_page(quote: Quote) -> dict[str, Any]:
    """Prepare what the customer sees: the lines section by section."""
    shown = show_quote(quote)
    names = list(dict.fromkeys(line["section"] for line in shown["lines"]))
    return {"quote": {**shown, "lines": sorted(shown["lines"], key=lambda line: names.index(line["section"]))}}


def quotes_page(quoter: Quoter) -> dict[str, Any]:
    """Prepare the list of quotes and the log of webhooks."""
    with quoter.lock:
        quotes = sorted(quoter.quotes.values(), key=lambda q: (q.is_current, q.number, q.id), reverse=True)
        deliveries = list(reversed(quoter.requests_status))[:_SHOWN_DELIVERIES]
    return {
        "current": [show_quote(quote) for quote in quotes if quote.is_current],
        "superseded": [show_quote(quote) for quote in quotes if not quote.is_current],
        "deliveries": [_show_delivery(delivery) for delivery in deliveries],
        "webhook_url": quoter.webhook_url,
        "page": "quoter",
    }


def _show_delivery(delivery: Delivery) -> dict[str, Any]:
    last = delivery.last
    tone = "good" if last.ok else "bad"
    return {
        "id": delivery.id,
        "number": delivery.number,
        "reason": delivery.reason,
        "tone": tone,
        "answer": str(last.status) if last.status is not None else "No answer",
        "text": last.error or last.body[:300],
        "tries": len(delivery.tries),
        "at": _clock(delivery.tries[-1]["at"]) if delivery.tries else "",
        "next": _clock(delivery.next_at) if delivery.next_at else "",
    }


def quote_page(quote: Quote, categories: list[str]) -> dict[str, Any]:
    """Prepare the page that edits one quote; an empty line waits at its end."""
    used = [line.category for line in quote.lines if line.category]
    shown = show_quote(quote)
    empty = _show_line(len(quote.lines), Line(name=""))
    return {
        "quote": shown,
        "empty": empty,
        "categories": sorted({*categories, *used}),
        "sections": sorted({line.section for line in quote.lines if line.section}),
        "page": "quoter",
    }


def read_lines(form: Mapping[str, str], quote: Quote) -> list[Line]:
    """Read the form's lines back; what the form does not show stays as it was. Raises ValueError."""
    lines = []
    for index in range(int(form.get("count") or 0)):
        values = {key: form.get(f"line-{index}-{key}", "").strip() for key in ("name", "sku", "category")}
        if not values["name"] or form.get(f"line-{index}-remove"):
            continue
        before = quote.lines[index].dump() if index < len(quote.lines) else {}
        amounts = {
            key: form.get(f"line-{index}-{key}", "") for key in ("quantity", "unit_price", "unit_cost", "discount")
        }
        if (section := form.get(f"line-{index}-section")) is not None:
            values["section"] = section.strip()
        recurring = form.get(f"line-{index}-recurring") == "on"
        lines.append(read_line({**before, **values, **amounts, "recurring": recurring}))
    return lines


def halo_page(halo: Halo, wanted: Mapping[str, str]) -> dict[str, Any]:
    """Prepare all that Halo holds; `wanted` names a quote or an opportunity to point out."""
    with halo.lock:
        quotes, orders, opportunities = (
            [show(halo, entity, row) for row in islice(reversed(getattr(halo, entity).values()), _SHOWN_ROWS)]
            for entity in ("quotes", "salesorders", "opportunities")
        )
        items, counts = _newest_items(halo)
        files = _files_and_notes(halo)
        made = {_made(request) for request in halo.requests if request.is_write}
        requests = list(reversed(halo.requests[-_SHOWN_REQUESTS:]))
        faults = list(halo.faults)
        groups = list(halo.groups.values())
    chosen = (wanted.get("quoteid") or "", wanted.get("ticketid") or wanted.get("id") or "")
    return {
        "quotes": [_halo_document(row, chosen[0]) for row in quotes],
        "orders": [_halo_document(row, "") for row in orders],
        "opportunities": [_opportunity(row, chosen[1]) for row in opportunities],
        "groups": [
            {
                "name": g["name"],
                "rows": [_item(i, made) for i in items[g["id"]]],
                "more": counts[g["id"]] - len(items[g["id"]]),
            }
            for g in groups
        ],
        "requests": [_request(request) for request in requests],
        "faults": [{"times": f.times, "text": _TROUBLE.get(f.kind, f"fails ({f.kind})")} for f in faults],
        "statuses": halo.statuses,
        "files": files,
        "page": "halo",
    }


def _newest_items(halo: Halo) -> tuple[dict[int, list[Row]], Counter[int]]:
    """Return some products of each group, and how many there are; a large tenant has too many for a page."""
    counts = Counter(int(row["assetgroup_id"]) for row in halo.items.values())
    shown: dict[int, list[Row]] = {group: [] for group in halo.groups}
    for row in halo.items.values():
        group = shown.get(int(row["assetgroup_id"]), [])
        if len(group) < _SHOWN_ROWS:
            group.append(show(halo, "items", row))
    return shown, counts


def _files_and_notes(halo: Halo) -> list[Row]:
    """Return what hangs on opportunities, newest first."""
    files = [
        {
            "kind": "File",
            "ticket_id": row.get("ticket_id"),
            "text": row["filename"],
            "link": f"/halo/attachments/{row['id']}",
            "shown": row.get("showforusers"),
            "at": row["datecreated"],
        }
        for row in halo.attachments.values()
    ]
    notes = [
        {
            "kind": row["outcome"] or "Note",
            "ticket_id": row["ticket_id"],
            "text": row["note"],
            "shown": not row["hiddenfromuser"],
            "at": row["datetime"],
        }
        for row in halo.actions.values()
    ]
    return sorted(files + notes, key=lambda row: str(row["at"]), reverse=True)[:_SHOWN_ROWS]


def _made(request: RecordedRequest) -> str:
    """Name a product that came over the API, by its SKU or its name."""
    if request.path.lower() == "/item" and request.status in (200, 201) and isinstance(request.body, list):
        row = request.body[0] if request.body and isinstance(request.body[0], dict) else {}
        return str(row.get("supplier_part_code") or row.get("name") or "")
    return ""


def _halo_document(row: Row, chosen: str) -> dict[str, Any]:
    lines = [
        {
            **line,
            "unit": _amount(line["price"]),
            "count": plain(Decimal(str(line["quantity"]))),
            "sum": _amount(line["total_net_total"]),
            "period": _BILLING.get(line.get("billingperiod") or 0, ""),
        }
        for line in row["lines"]
    ]
    amounts = {key: _amount(row[key]) for key in ("revenue", "tax_total", "total")}
    return {**row, "lines": lines, "amounts": amounts, "chosen": str(row["id"]) == chosen}


def _opportunity(row: Row, chosen: str) -> dict[str, Any]:
    closed = str(row.get("dateclosed") or NO_DATE)[:4] > "1900"
    return {**row, "closed": closed, "value": _amount(row.get("oppvalue")), "chosen": str(row["id"]) == chosen}


def _item(row: Row, made: set[str]) -> dict[str, Any]:
    price = row["recurringprice"] if row["isrecurringitem"] else row["baseprice"]
    new = (row["supplier_part_code"] or row["name"]) in made
    return {**row, "price": _amount(price), "new": new, "obsolete": row["status"] == 15}


def _request(request: RecordedRequest) -> dict[str, Any]:
    ok = 200 <= request.status < 300
    query = "&".join(f"{k}={v}" for k, v in request.query.items())
    return {
        "method": request.method,
        "path": "/auth/token" if request.path == "auth" else request.path,
        "query": query,
        "status": str(request.status) if request.status else "no answer",
        "tone": "good" if ok else "bad",
        "fault": request.fault,
        "at": _clock(request.at),
    }


def _amount(value: Any) -> str:
    amount = Decimal(str(value or 0))
    # A unit price may have more than two decimals.
    return f"{amount.normalize():,f}" if amount != round(amount, 2) else money(amount)


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))
