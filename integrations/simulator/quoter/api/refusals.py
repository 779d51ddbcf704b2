"""How the two APIs say no: the same list of errors, whose entries call their code `code` here and `key` there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One entry of the list."""

    code: str
    title: str
    detail: str = ""


class Refusal(Exception):
    """An answer other than the wanted one."""

    def __init__(self, status: int, *problems: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, problems)
        self.status = status
        self.problems = problems
        self.headers = headers or {}


def show_problems(problems: tuple[Problem, ...], *, name: str) -> dict[str, list[dict[str, str]]]:
    """Return the error body; `name` is what this API calls the code."""
    return {"errors": [{name: p.code, "title": p.title, "detail": p.detail or p.title} for p in problems]}


def wrong_shape(detail: str) -> Refusal:
    """Refuse a request that cannot be read."""
    return Refusal(400, Problem("ERR_REQUEST_FORMAT_INVALID", "Request format is invalid", detail))


def denied() -> Refusal:
    """Refuse what the key may not do, and what does not exist: Quoter does not tell these apart."""
    return Refusal(403, Problem("ERR_PERMISSION_DENIED", "User does not have permission for this action"))


def not_found() -> Refusal:
    """Say that there is no such record."""
    return Refusal(404, Problem("ERR_NOT_FOUND", "Record not found"))
