"""Business hours, simply: Monday to Friday, 8 to 18 by the portal's clock; holidays are days like any other."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8), time(18)
_DAY = timedelta(days=1)
# Longer ago than that, nobody counts hours.
_FARTHEST = timedelta(days=60)


def business_hours(start: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Return how many business hours lie between two moments; those of the farthest 60 days at most."""
    begin, finish = max(start, end - _FARTHEST).astimezone(zone), end.astimezone(zone)
    total, day = timedelta(), begin.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= finish:
        if day.weekday() < 5:
            opens = datetime.combine(day.date(), OPENS, zone)
            closes = datetime.combine(day.date(), CLOSES, zone)
            total += max(min(closes, finish) - max(opens, begin), timedelta())
        day += _DAY
    return total / timedelta(hours=1)
