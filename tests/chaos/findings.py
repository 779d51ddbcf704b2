"""Counting what went wrong: lost, twice, or not as Quoter says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.simulator import Simulator
from tests.chaos.inspection import Row
from tests.chaos.sales import STATUS_IDS, Lineage, Told, cents

_GOOD_ENDS = {"succeeded", "unchanged", "superseded", "ignored"}


@dataclass
class Findings:
    """The counts of a whole run; everything in `bad` has to be zero."""

    quotes: int = 0
    texts: int = 0
    final: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)
    twice: set[tuple[str, str]] = field(default_factory=set)
    pressed: Counter[str] = field(default_factory=Counter)
    longest_stall_s: float = 0.0
    recovery_s: float = 0.0

    def wrong(self, what: str, detail: str) -> None:
        """Count one."""
        self.bad[what] += 1
        self.details.append(f"{what}: {detail}")


BAD = (
    "lost",
    "not final",
    "wrong end",
    "clients twice",
    "users twice",
    "opportunities twice",
    "products twice",
    "quotes twice",
    "sales orders twice",
    "wrong amounts",
    "stored without its work",
    "writes left open",
    "attempts left open",
    "errors of the portal",
    "stray processes",
)


def check_batch(
    lineages: Sequence[Lineage],
    rows: Sequence[Row],
    simulator: Simulator,
    findings: Findings,
    *,
    opportunities: int,
) -> None:
    """Compare what Quoter told, what the portal holds and what Halo holds."""
    findings.quotes += len(lineages)
    by_state = {(row.quote_id, row.quote_status): row for row in rows}
    for lineage in lineages:
        for told in lineage.told:
            _check_delivery(lineage, told, by_state.get((str(told.quote_id), told.status)), findings)
    halo = simulator.halo
    with halo.lock:
        for lineage in lineages:
            _check_halo(lineage, halo, findings)
        missing = sum(lineage.opportunity_id is None for lineage in lineages)
        _check_unique(halo, findings, opportunities=opportunities + missing)


def _check_delivery(lineage: Lineage, told: Told, row: Row | None, findings: Findings) -> None:
    if not told.acknowledged_at:
        return
    findings.texts += 1
    name = f"quote {lineage.number}, {told.status} ({told.quote_id})"
    if row is None:
        findings.wrong("lost", name)
        return
    if row.state in ("queued", "running", "retrying"):
        findings.wrong("not final", f"{name}: {row.state}, {row.code}")
        return
    findings.final += 1
    newest = told is lineage.newest_acknowledged()
    if row.state not in _GOOD_ENDS or (newest and row.state == "superseded"):
        findings.wrong("wrong end", f"{name}: {row.state}, {row.code}: {row.message[:160]}")


def _check_halo(lineage: Lineage, halo: Any, findings: Findings) -> None:
    newest = lineage.newest_acknowledged()
    if newest is None:
        return
    quotes = [q for q in halo.quotes.values() if q["third_party_number"] == lineage.number]
    name = f"quote {lineage.number}"
    if len(quotes) > 1:
        findings.wrong("quotes twice", f"{name}: {len(quotes)} in Halo")
    if not quotes:
        if newest.status != "lost":
            findings.wrong("wrong amounts", f"{name}: not in Halo")
        return
    quote = quotes[0]
    lines = sorted(
        (r["name"], float(r["quantity"]), cents(round(r["quantity"] * r["price"], 6))) for r in quote["lines"]
    )
    if lines != newest.lines or int(quote["status"]) != STATUS_IDS[newest.status]:
        findings.wrong("wrong amounts", f"{name}: {lines}, status {quote['status']}; Quoter: {newest}")
    if lineage.opportunity_id is not None and int(quote["ticket_id"]) != lineage.opportunity_id:
        findings.wrong("wrong amounts", f"{name}: on opportunity {quote['ticket_id']}")
    ids = {q["id"] for q in quotes}
    orders = [o for o in halo.salesorders.values() if o["quotation_id"] in ids]
    if len(orders) > 1:
        findings.wrong("sales orders twice", f"{name}: {len(orders)} in Halo")
    won = {told.status for told in lineage.told if told.acknowledged_at} & {"accepted", "ordered"}
    if bool(orders) != bool(won) and (newest.status in ("accepted", "ordered") or orders):
        findings.wrong("wrong amounts", f"{name}: {len(orders)} sales orders for {newest.status}")


def _check_unique(halo: Any, findings: Findings, *, opportunities: int) -> None:
    products = Counter((item["supplier_part_code"], item["name"]) for item in halo.items.values())
    users = Counter(user["emailaddress"] for user in halo.users.values() if user["emailaddress"])
    clients = Counter(client["name"] for client in halo.clients.values())
    for what, counted in (("products twice", products), ("users twice", users), ("clients twice", clients)):
        for key, count in counted.items():
            if count > 1 and (what, str(key)) not in findings.twice:
                findings.twice.add((what, str(key)))
                findings.wrong(what, f"{count} of {key}")
    for _ in range(len(halo.opportunities) - opportunities):
        findings.wrong("opportunities twice", "more than Quoter's quotes were made on")
