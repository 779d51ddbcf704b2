"""What a tenant has named: ticket types and the fields they ask for, statuses, taxes.

Sources: halo.md 3.3 and 3.7. The fields of a type are not in the trimmed contract: their names (`fieldid`,
`technew`, `fieldinfo` …) stand in clients that were generated from Halo's own document [V]; what the numbers in
`technew` and `type` mean is inferred [I]. `Any` ends in the readers at the bottom.
"""

from typing import Any

from integrations.domain.ticket_types import FieldKind, RequiredField, TicketType
from integrations.halo import records
from integrations.halo.client import HaloClient

Row = dict[str, Any]
# On an agent's screen for a new ticket: 0 hidden, 1 shown, 2 and more required [I].
_REQUIRED_FROM = 2
# Kinds of a field, as custom fields have them [I]; any other is asked for as text.
_KINDS = {1: FieldKind.LONG_TEXT, 2: FieldKind.CHOICE, 3: FieldKind.CHOICE, 4: FieldKind.DATE, 6: FieldKind.TICK}


class ChoicesClient(HaloClient):
    """A Halo client that also knows what there is to choose from."""

    def ticket_types(self) -> tuple[TicketType, ...]:
        """Return the ticket types that may be created; whether `domain` filters them is unknown [U]."""
        params: dict[str, str | int] = {"domain": "opps", "can_create_only": "true"}
        body = self._get("/TicketType", params, what="ticket types").json()
        return tuple(records.read(row, read_type, "ticket type") for row in records.rows_of(body, "tickettypes"))

    def required_fields(self, type_id: int) -> tuple[RequiredField, ...]:
        """Return what this ticket type wants filled on a new ticket; () where Halo does not say."""
        what = f"ticket type {type_id}"
        params: dict[str, str | int] = {"includedetails": "true", "isnewticket": "true"}
        row = records.one_of(self._get(f"/TicketType/{type_id}", params, what=what).json(), what)
        rows = row.get("fields")
        rows = [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
        return tuple(records.read(one, read_field, what) for one in rows if _is_required(one))

    def opportunity_statuses(self) -> tuple[tuple[int, str], ...]:
        """Return the statuses of opportunities as ids and names (halo.md 3.3)."""
        body = self._get("/Status", {"domain": "opps"}, what="opportunity statuses").json()
        return tuple(records.read(row, records.read_named, "status") for row in records.rows_of(body, "statuses"))

    def taxes(self) -> tuple[tuple[int, str], ...]:
        """Return the taxes as ids and names; the shape of the list is inferred (halo.md 2.2) [I]."""
        body = self._get("/Tax", {}, what="taxes").json()
        return tuple(records.read(row, records.read_named, "tax") for row in records.rows_of(body, "taxes"))


def read_type(row: Row) -> TicketType:
    """Read a `RequestType`."""
    return TicketType(id=records.read_id(row), name=_text(row.get("name")), use=_text(row.get("use")))


def read_field(row: Row) -> RequiredField:
    """Read a field of a ticket type (schema RequestTypeField, with its FieldInfo)."""
    info = _info(row)
    id_ = int(row.get("fieldid") or info.get("id") or 0)
    name = _text(info.get("faults_field_name"))
    custom = bool(info.get("custom")) and not name
    label = _text(row.get("override_fieldname")) or _text(info.get("label")) or _text(row.get("fieldname"))
    choices = tuple(_choice(one, custom=custom) for one in info.get("values") or () if isinstance(one, dict))
    kind = FieldKind.CHOICE if choices else _KINDS.get(int(info.get("type") or 0), FieldKind.TEXT)
    if kind is FieldKind.CHOICE and not choices:
        kind = FieldKind.TEXT  # its values are not told: they are typed
    return RequiredField(
        id=id_,
        name=name,
        label=label or name or f"Field {id_}",
        kind=kind,
        choices=choices,
        hint=_text(info.get("hint")),
        custom=custom,
    )


def _choice(row: Row, *, custom: bool) -> tuple[str, str]:
    """Custom fields are saved by the id of the value, ordinary ones such as categories by its text [I]."""
    label = _text(row.get("name"))
    return (str(records.read_id(row)), label) if custom else (label, label)


def _is_required(row: Row) -> bool:
    try:
        shown = int(row.get("technew") or 0)
    except (TypeError, ValueError):
        shown = 0
    return shown >= _REQUIRED_FROM or _info(row).get("mandatory") is True


def _info(row: Row) -> Row:
    info = row.get("fieldinfo")
    return info if isinstance(info, dict) else {}


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\x00", "").strip()
