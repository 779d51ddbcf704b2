"""Answers other than the wanted one, in the shapes that Halo's were seen in."""

from typing import Any


class Refusal(Exception):
    """Halo says no: a status and what its body says."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def invalid(field: str, text: str) -> Refusal:
    """Refuse a field the way ASP.NET's model state does."""
    return Refusal(400, {field: [text]})


def refused(message: str) -> Refusal:
    """Refuse with a sentence."""
    return Refusal(400, {"ClassName": "System.Exception", "Message": message})


def not_found(what: str) -> Refusal:
    """Say that there is no such thing, or that the agent may not see it."""
    return Refusal(404, {"Message": f"{what} not found."})
