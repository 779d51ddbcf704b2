"""The printed table."""

from tests.chaos.findings import BAD
from tests.chaos.harness import Harness


def table(harness: Harness, *, minutes: float) -> str:
    """Return what a run came to."""
    findings, plan = harness.findings, harness.plan
    rows: list[tuple[str, str]] = [
        ("database", harness.stack.database.name),
        ("seed", str(plan.seed)),
        ("minutes", f"{minutes:.1f}"),
        ("webhooks sent", f"{harness.sender.sent:,}"),
        ("  answered otherwise than 200, and sent again", f"{harness.sender.not_stored:,}"),
        ("  acknowledged", f"{harness.sender.acknowledged:,}"),
        ("quotes, with all their revisions", f"{findings.quotes:,}"),
        ("distinct webhooks acknowledged (deliveries)", f"{findings.texts:,}"),
        ("  in a final state", f"{findings.final:,}"),
        ("crash points hit", _places(harness)),
        ("  never stepped on", str(len(set(harness.missed) - set(harness.fired)))),
        ("faults made", f"{sum(harness.monkey.done.values()):,}"),
        ("starts of the supervisor", str(harness.stack.starts)),
        ("Sync again pressed, after a clear no of Halo", str(sum(findings.pressed.values()))),
        ("longest stall with work due (s)", f"{findings.longest_stall_s:.1f}"),
        ("longest time from the last fault to all final (s)", f"{findings.recovery_s:.1f}"),
        *((what, str(findings.bad[what])) for what in BAD),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    if harness.monkey.done:
        lines += ["", "faults: " + ", ".join(f"{name} {n}" for name, n in sorted(harness.monkey.done.items()))]
    if findings.pressed:
        lines += ["pressed for: " + ", ".join(f"{name} {n}" for name, n in sorted(findings.pressed.items()))]
    never = sorted(set(harness.missed) - set(harness.fired))
    if never:
        lines += ["never stepped on: " + ", ".join(never)]
    return "\n".join(lines)


def _places(harness: Harness) -> str:
    if harness.plan.points is None:
        return "–"
    return f"{sum(harness.fired.values()):,} at {len(harness.fired)} of {len(harness.known_points())} places"
