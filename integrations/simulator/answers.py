"""What goes back to a caller before it becomes bytes."""

from dataclasses import dataclass, field
from typing import Any

from integrations.simulator.faults import Fault

JSON = "application/json; charset=utf-8"


@dataclass
class Answer:
    """A status, a body (JSON, or bytes as they stand; None: no body), and the fault that spoils it."""

    status: int
    body: Any = None
    fault: Fault | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
