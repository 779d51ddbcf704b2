"""Ids as the APIs write them: a prefix and letters that say nothing."""

import hashlib
import zlib


def public_id(prefix: str, *parts: object) -> str:
    """Return the same id for the same thing, always."""
    text = ":".join(str(part) for part in (prefix, *parts))
    return f"{prefix}_0{hashlib.sha256(text.encode()).hexdigest()[:26]}"


def named_ids(prefix: str, name: str, parent: str = "") -> dict[str, str | None]:
    """A supplier, manufacturer or category: the same name always has the same ids."""
    if not name:
        return {"id": None, "public_id": None, "name": ""}
    stable = zlib.crc32(f"{prefix}:{parent}/{name}".encode() if parent else f"{prefix}:{name}".encode())
    return {"id": str(30_000 + stable % 60_000), "public_id": f"{prefix}_0{stable:010d}Simulated", "name": name}
