"""Failures on request: the next calls that match go wrong in the way that was asked for."""

from dataclasses import dataclass
from typing import Any

BEFORE = frozenset({"400", "401", "403", "404", "429", "500", "drop", "html", "redirect"})
"""Nothing happens on the other side."""
AFTER = frozenset({"500-after", "drop-after", "html-after", "truncated", "shape", "hang"})
"""The work is done, and the answer goes wrong."""
KINDS = BEFORE | AFTER

TOKEN = "auth"  # noqa: S105  the path that stands for the token endpoint
_SIGN_IN = (TOKEN, "/authinfo")


@dataclass
class Fault:
    """One failure, for the next `times` matching calls; an empty path leaves signing in alone."""

    kind: str
    method: str = "*"
    path: str = ""
    times: int = 1
    retry_after: int | None = None
    seconds: float = 0
    body: Any = None
    """What a "400", "403", "404" or "500" says."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault “{self.kind}”. Known: {', '.join(sorted(KINDS))}.")
        if self.path and self.path != TOKEN and not self.path.startswith("/"):
            self.path = f"/{self.path}"

    def matches(self, method: str, path: str) -> bool:
        """Say whether this call is one of those that shall fail."""
        if self.times < 1 or self.method not in ("*", method):
            return False
        if not self.path:
            return path.lower() not in _SIGN_IN
        return path.lower().startswith(self.path.lower()) and (path == TOKEN) == (self.path == TOKEN)


def take(faults: list[Fault], method: str, *paths: str) -> Fault | None:
    """Use up one time of the first fault that matches one of the spellings of a path."""
    for fault in faults:
        if any(fault.matches(method, path) for path in paths):
            fault.times -= 1
            if fault.times < 1:
                faults.remove(fault)
            return fault
    return None
