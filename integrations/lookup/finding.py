"""What the doctor found: one row for each thing looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Grade(StrEnum):
    """How it stands; the order is that of their weight."""

    GOOD = "good"
    UNSURE = "unsure"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One row: a sentence, and the way out where it is not good.

    `field` names the setting at fault; `passing` says that it may be over by itself.
    """

    title: str
    grade: Grade
    sentence: str
    way_out: str = ""
    field: str = ""
    passing: bool = False


def day(at: datetime) -> str:
    """Return a day in words."""
    return f"{at.day} {at:%b %Y}"


def good(title: str, sentence: str) -> Finding:
    """Return a green row."""
    return Finding(title, Grade.GOOD, sentence)


def unsure(title: str, sentence: str, way_out: str, *, field: str = "") -> Finding:
    """Return an amber row: not wrong, but not proven or not as it should be."""
    return Finding(title, Grade.UNSURE, sentence, way_out, field)


def bad(title: str, sentence: str, way_out: str, *, field: str = "", passing: bool = False) -> Finding:
    """Return a red row."""
    return Finding(title, Grade.BAD, sentence, way_out, field, passing)


def worst(findings: Sequence[Finding]) -> Grade:
    """Return the grade of the whole."""
    order = list(Grade)
    return max((finding.grade for finding in findings), key=order.index, default=Grade.GOOD)
