"""Is a posted element one that Halo can take? Names and JSON types, before any meaning."""

import math
import re
from typing import Any

from integrations.simulator.halo import fields
from integrations.simulator.halo.refusals import Refusal, invalid

Element = dict[str, Any]
_NOT_VALID = "The value is not valid."


def read_elements(body: Any, names: dict[str, str], *, lines: dict[str, str] | None = None) -> list[Element]:
    """Return the posted array's elements. Raises Refusal for the first thing that does not fit."""
    if not isinstance(body, list):
        raise Refusal(400, {"": ["The request body must be a JSON array."]})
    for number, element in enumerate(body):
        check_element(element, names, f"[{number}]")
        for index, line in enumerate(element.get("lines") or []):
            check_element(line, lines or {}, f"[{number}].lines[{index}]")
    return body


def check_element(element: Any, names: dict[str, str], path: str) -> None:
    """Hold one object against the fields that are known for it, and turn numbers into Halo's own kinds."""
    if not isinstance(element, dict):
        raise invalid(path, _NOT_VALID)
    for name, value in list(element.items()):
        if name not in names:
            raise invalid(f"{path}.{name}", f"Could not find member '{name}' on this object.")
        if not _fits(value, names[name]):
            raise invalid(f"{path}.{name}", _NOT_VALID)
        if value is not None and names[name] in ("integer", "number"):
            element[name] = int(value) if names[name] == "integer" else float(value)
        if name.endswith("address") and isinstance(value, dict):
            check_element(value, fields.ADDRESS, f"{path}.{name}")
        width = fields.WIDTHS.get(name)
        if width and isinstance(value, str) and len(value) > width:
            raise invalid(f"{path}.{name}", "String or binary data would be truncated.")


def _fits(value: Any, kind: str) -> bool:
    if value is None:
        return kind != "integer"
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        # 95.0 is refused; "-1" was seen to be taken.
        return isinstance(value, int) or (
            isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value) is not None
        )
    if kind == "number":
        return _is_number(value)
    wanted: dict[str, type] = {"string": str, "array": list, "object": dict, "boolean": bool}
    return isinstance(value, wanted[kind])


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float | str) and math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False


def as_id(value: Any) -> int:
    """Read an id that passed the check; 0 where there is none."""
    return int(value or 0)
