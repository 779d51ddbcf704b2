"""How things look: pills, moments, durations, amounts, bodies. Returns text or safe HTML."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from urllib.parse import unquote_plus, urlsplit

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.choices import Outcome, State
from integrations.models import Rehearsal, SyncStep

_TONES = {
    State.QUEUED: "wait",
    State.RUNNING: "wait",
    State.RETRYING: "warn",
    State.SUCCEEDED: "good",
    State.UNCHANGED: "good",
    State.SUPERSEDED: "calm",
    State.IGNORED: "calm",
    State.SHADOWED: "calm",
    State.NEEDS_ATTENTION: "turn",
    State.FAILED: "bad",
    Outcome.ERRORED: "bad",
    Rehearsal.State.DONE: "good",
    Rehearsal.State.REPLAYED: "good",
    SyncStep.Result.OK: "good",
    SyncStep.Result.ATTENTION: "turn",
}
_TONE_OF = {str(key): tone for key, tone in _TONES.items()}


def pill(value: str, label: str) -> SafeString:
    """Return a state as a pill."""
    return format_html('<span class="qp-pill qp-{}">{}</span>', tone(value), label)


def pill_in(tone: str, label: object) -> SafeString:
    """Return a word as a pill in a colour that is named."""
    return format_html('<span class="qp-pill qp-{}">{}</span>', tone, label)


def tone(value: str) -> str:
    """Return the colour name of a state, outcome or result."""
    return _TONE_OF.get(str(value), "calm")


def plain_moment(at: datetime) -> str:
    """Return a time for the middle of a sentence, in the portal's time zone."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local.day} {local:%b %H:%M}"


def moment(at: datetime | None) -> SafeString | str:
    """Return a time short enough for a column, with the whole of it, in UTC, on hover."""
    if at is None:
        return "–"
    local, now = timezone.localtime(at), timezone.localtime()
    if local.date() == now.date():
        text = f"{local:%H:%M}"
    elif local.year == now.year:
        text = f"{local.day} {local:%b %H:%M}"
    else:
        text = f"{local.day} {local:%b %Y}"
    whole = at.astimezone(UTC)
    return format_html(
        '<time class="qp-when" datetime="{}" title="{} UTC">{}</time>',
        whole.isoformat(timespec="seconds"),
        f"{whole:%Y-%m-%d %H:%M:%S}",
        text,
    )


def took(start: datetime, end: datetime | None) -> str:
    """Return how long something took."""
    return duration(round((end - start) / timedelta(milliseconds=1))) if end else ""


def duration(ms: int | None) -> str:
    """Return milliseconds in the unit that reads best."""
    if ms is None:
        return ""
    if ms < 1_000:
        return f"{ms} ms"
    seconds = ms / 1_000
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def about(seconds: float) -> str:
    """Return a length of time as people say it, never too short."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds > size * 1.5:
            return f"{ceil(seconds / size)} {unit}s"
    return f"{max(ceil(seconds), 1)} s"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was, in words."""
    seconds = max(int((now - at).total_seconds()), 0)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size * 2:
            return f"{seconds // size} {unit}s ago"
    return f"{seconds} s ago"


def amount(value: Decimal | None, currency: str) -> str:
    """Return an amount with its currency."""
    return "–" if value is None else f"{value:,.2f} {currency}".strip()


def two(first: object, second: object, *, strong: bool = False) -> SafeString:
    """Return a line with a smaller one under it, for one cell."""
    return format_html(
        '<span class="qp-two"><span class="{}">{}</span><span class="qp-under" title="{}">{}</span></span>',
        "qp-strong" if strong else "qp-first",
        first,
        second,
        second,
    )


def cut(text: str, length: int = 110) -> str:
    """Return the beginning of a sentence."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def pretty(text: str) -> str:
    """Return a body as a person reads it: JSON indented, anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def path_of(url: str) -> str:
    """Return an address without its host: that is the same on every line."""
    parts = urlsplit(url)
    return f"{parts.path}?{unquote_plus(parts.query)}" if parts.query else parts.path
