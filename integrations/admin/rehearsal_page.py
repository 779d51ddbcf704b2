"""What the page of a rehearsal shows: progress, the sum, and the quotes that matter first."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Value, When
from django.urls import reverse
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url, list_url, plural
from integrations.admin.triggers import day_of
from integrations.lookup.rehearsals import to_replay
from integrations.models import Rehearsal, RehearsedQuote, WebhookDelivery
from integrations.sync.replay import stopped_at

SHOWN = 50
_BUTTONS = ("stop", "ask_halo", "carry_out")
Verdict = RehearsedQuote.Verdict
TONES = {
    Verdict.PENDING: "calm",
    Verdict.WRITES: "wait",
    Verdict.NOTHING: "good",
    Verdict.SUPERSEDED: "calm",
    Verdict.NO_QUOTE: "calm",
    Verdict.SAME: "good",
    Verdict.DIFFERS: "warn",
    Verdict.PASSES: "wait",
    Verdict.WAITS: "turn",
    Verdict.NO_PLAN: "calm",
    Verdict.UNANSWERED: "calm",
    Verdict.FAILED: "bad",
}
# What a person should look at stands first.
_ORDER = (
    *(Verdict.FAILED, Verdict.WAITS, Verdict.WRITES, Verdict.DIFFERS, Verdict.PASSES, Verdict.UNANSWERED),
    *(Verdict.NO_PLAN, Verdict.SUPERSEDED, Verdict.NO_QUOTE, Verdict.NOTHING, Verdict.SAME, Verdict.PENDING),
)
_KINDS = {
    "product": "product created",
    "quote created": "Halo quote created",
    "quote updated": "Halo quote updated",
    "close_quote": "Halo quote closed",
    "create_sales_order": "sales order made",
    "create_client": "client created",
    "create_user": "user created",
    "create_opportunity": "opportunity created",
    "update_opportunity": "opportunity updated",
}


@dataclass(frozen=True)
class QuoteRow:
    """One delivery and what the planner said."""

    url: str
    name: str
    detail: str
    client: str
    pill: SafeString
    summary: str
    skipped: list[str]
    stopped: str
    preview_url: str


def pill_of(verdict: str) -> SafeString:
    """Return a verdict as a pill."""
    found = Verdict(verdict)
    return show.pill_in(TONES[found], found.label)


def rehearsal_page(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the context of `integrations/rehearsal.html`."""
    counts = dict(rehearsal.quotes.order_by().values_list("verdict").annotate(n=Count("pk")))
    total, pending = sum(counts.values()), counts.get(Verdict.PENDING, 0)
    replay = rehearsal.purpose == Rehearsal.Purpose.REPLAY
    running = rehearsal.state == Rehearsal.State.RUNNING
    all_url = list_url(RehearsedQuote, f"rehearsal__id__exact={rehearsal.pk}")
    name = "admin:integrations_rehearsal"
    count = to_replay(rehearsal).count() if replay else 0
    return {
        "rehearsal": rehearsal,
        "replay": replay,
        "running": running,
        "heading": "Replay: preview" if replay else "What if",
        "state_pill": show.pill(rehearsal.state, rehearsal.get_state_display()),
        "sentence": _sentence(rehearsal, total, pending),
        "using": _using(rehearsal),
        "done": total - pending,
        "total": total,
        "verdicts": [
            (pill_of(verdict), counts[verdict], f"{all_url}&verdict__exact={verdict}")
            for verdict in _ORDER
            if verdict in counts
        ],
        "writes": _sum(rehearsal) if replay else [],
        "rows": _rows(rehearsal),
        "more": total > SHOWN,
        "all_url": all_url,
        "csv_url": f"{list_url(RehearsedQuote)}export/csv/?rehearsal__id__exact={rehearsal.pk}",
        "unanswered": 0
        if replay or running
        else counts.get(Verdict.UNANSWERED, 0) + counts.get(Verdict.FAILED, 0),
        "to_replay": count,
        "replay_text": f"Replay {plural(count, 'delivery', 'deliveries')}",
        "left_out": counts.get(Verdict.SUPERSEDED, 0) if replay else 0,
        "can_replay": replay and rehearsal.state == Rehearsal.State.DONE and count > 0,
        "attempts_url": list_url(WebhookDelivery),
        **{
            f"{what}_url": reverse(f"{name}_{what}", args=[rehearsal.pk])
            for what in ("stop", "ask_halo", "carry_out")
        },
    }


def _sentence(rehearsal: Rehearsal, total: int, pending: int) -> str:
    quotes = rehearsal.quotes.aggregate(n=Count("delivery__link", distinct=True))["n"]
    of = f"{plural(total, 'delivery', 'deliveries')} of {plural(quotes, 'quote')}"
    if rehearsal.state == Rehearsal.State.RUNNING:
        return f"{total - pending} of {of} looked at."
    if rehearsal.state == Rehearsal.State.REPLAYED:
        return f"{of} were handed over to be synced again. Their attempts tell what came of it."
    if rehearsal.state == Rehearsal.State.STOPPED:
        return f"It was stopped after {total - pending} of {of}."
    return f"{of} looked at. Nothing was written."


def _using(rehearsal: Rehearsal) -> str:
    if rehearsal.version is not None and rehearsal.using == Rehearsal.Using.TODAY:
        return f"the settings of that day (version {rehearsal.version.number})"
    if rehearsal.version is not None:
        return f"the settings of {day_of(rehearsal.version)} (version {rehearsal.version.number})"
    return str(rehearsal.get_using_display())


def _sum(rehearsal: Rehearsal) -> list[str]:
    sums: Counter[str] = Counter()
    for counts in rehearsal.quotes.filter(verdict=Verdict.WRITES).values_list("counts", flat=True):
        sums.update(counts)
    texts = []
    for kind, words in _KINDS.items():
        if sums[kind]:
            noun, verb = words.rsplit(" ", 1)
            texts.append(f"{plural(sums[kind], noun)} {verb}")
    return texts


def _rows(rehearsal: Rehearsal) -> list[QuoteRow]:
    ranks = [When(verdict=verdict, then=Value(rank)) for rank, verdict in enumerate(_ORDER)]
    rows = rehearsal.quotes.annotate(rank=Case(*ranks, default=Value(99), output_field=IntegerField()))
    found = rows.select_related("delivery").defer("delivery__data").order_by("rank", "pk")[:SHOWN]
    replay = rehearsal.purpose == Rehearsal.Purpose.REPLAY
    return [_row(row, rehearsal, replay=replay, few=rehearsal.quotes.count() <= SHOWN) for row in found]


def _row(row: RehearsedQuote, rehearsal: Rehearsal, *, replay: bool, few: bool) -> QuoteRow:
    delivery = row.delivery
    preview = reverse("admin:integrations_webhookdelivery_preview", args=[delivery.pk])
    version = f"?rehearsed={row.pk}" if rehearsal.using != Rehearsal.Using.TODAY else ""
    planned = replay and row.verdict in (Verdict.WRITES, Verdict.WAITS, Verdict.NOTHING)
    return QuoteRow(
        url=change_url(delivery) if replay else change_url(row),
        name=str(delivery),
        detail=delivery.quote_name,
        client=delivery.client_name or delivery.contact_name,
        pill=pill_of(row.verdict),
        summary=row.summary,
        skipped=row.skipped,
        stopped=stopped_at(delivery) if planned and few else "",
        preview_url=f"{preview}{version}" if planned else "",
    )
