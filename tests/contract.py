"""Halo's published contract, where it is at hand: which fields a request body may have."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parent.parent.parent / "shared" / "contracts"
# Missing from the trimmed copy of the contract, so nothing can be said of its fields.
NOT_IN_CONTRACT = frozenset({"/Actions"})
OPENAPI = CONTRACTS / "halo-openapi.json"


@lru_cache(maxsize=1)
def _spec() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))
    return found


def unknown_fields(path: str, body: Any) -> list[str]:
    """Return the fields of a POST body that Halo's contract does not have; all, where the path is not in it."""
    if path in NOT_IN_CONTRACT:
        return []
    spec = _spec()
    operation = spec["paths"].get(path, {}).get("post")
    if operation is None:
        return [f"POST {path} is not in the contract"]
    contents = operation["requestBody"]["content"]
    schema = next(iter(contents.values()))["schema"]
    return list(_unknown(schema, body, path, spec))


def _unknown(schema: dict[str, Any], value: Any, where: str, spec: dict[str, Any]) -> list[str]:
    schema = _resolve(schema, spec)
    if schema.get("type") == "array":
        if not isinstance(value, list):
            return [f"{where} is no array"]
        return [u for i, item in enumerate(value) for u in _unknown(schema["items"], item, f"{where}[{i}]", spec)]
    properties = schema.get("properties")
    if properties is None or not isinstance(value, dict):
        return []
    found: list[str] = []
    for name, inner in value.items():
        if name not in properties:
            found.append(f"{where}.{name}")
        else:
            found += _unknown(properties[name], inner, f"{where}.{name}", spec)
    return found


def _resolve(schema: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema
