"""Business hours: Monday to Friday, 8 to 18."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.domain.hours import business_hours

ZONE = ZoneInfo("America/Chicago")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-25 09:00", "2026-11-25 13:30", 4.5),
        ("2026-11-25 05:00", "2026-11-25 09:00", 1),
        ("2026-11-25 17:00", "2026-11-26 09:00", 2),
        ("2026-11-27 17:00", "2026-11-30 09:00", 2),  # Friday to Monday
        ("2026-11-28 09:00", "2026-11-29 20:00", 0),  # a weekend
        ("2026-11-25 18:00", "2026-11-26 08:00", 0),
        ("2026-10-30 17:00", "2026-11-02 09:00", 2),  # the clocks went back in between
        ("2026-11-26 09:00", "2026-11-25 09:00", 0),
        ("2026-11-16 00:00", "2026-11-23 00:00", 50),
    ],
)
def test_hours(start: str, end: str, hours: float) -> None:
    assert business_hours(at(start), at(end), ZONE) == pytest.approx(hours)


def test_hours_of_years_are_bounded() -> None:
    assert business_hours(at("2000-01-01 00:00"), at("2026-11-25 00:00"), ZONE) < 500
