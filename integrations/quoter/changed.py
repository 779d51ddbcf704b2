"""What both of Quoter's APIs say in a list of quotes about one that changed (quoter.md 2.1, 2.2)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.domain.quote import QuoteStatus
from integrations.errors import RemoteBroken
from integrations.quoter.shared import ChangedQuote, Row, text

# ScalePad's word for the stage of a quote in each status: never seen, only that there is such a filter [C/U].
STAGES: Mapping[str, tuple[str, ...]] = {
    "lost": ("lost",),
    "accepted": ("won_accepted", "accepted"),
    "ordered": ("won_ordered", "ordered"),
    "fulfilled": ("won_fulfilled", "fulfilled"),
}


def read_changed(row: Row) -> ChangedQuote:
    """Read a row of either API. Raises RemoteBroken where it does not say when the quote changed."""
    updated = _time(row.get("record_updated_at") or row.get("modified_at"))
    created = _time(row.get("record_created_at") or row.get("created_at"))
    if updated is None:
        raise RemoteBroken("Quoter's list of quotes does not say when they changed.", subject="quotes")
    revision = text(row.get("revision"))
    return ChangedQuote(
        id=text(row.get("id")),
        number=text(row.get("number")),
        name=text(row.get("name")),
        uuid=text(row.get("uuid")),
        revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 9 else 1,
        status=_status(row),
        draft=row.get("draft") is True or text(row.get("number")) in ("", "0"),
        created_at=created or updated,
        updated_at=updated,
        row=row,
    )


def _status(row: Row) -> str:
    """Return the status that a row states itself, under its name or as its stage."""
    stated = text(row.get("status")).lower()
    if stated in set(QuoteStatus):
        return stated
    stage = text(row.get("stage")).lower()
    won = next((s for s in ("accepted", "ordered", "fulfilled") if s in stage), "")
    if won or not stage:
        return won
    # Every other stage is one of a published quote that nobody has answered [V, the words aside] (quoter.md 1.9).
    return "lost" if "lost" in stage else "pending"


def zulu(at: datetime) -> str:
    """Write a time the way both APIs do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text(value))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
