"""`python -m tests.chaos`: break everything, then count.

--deliveries N    random kills, freezes and faults until so many webhooks are acknowledged
--points all|N    a death at every boundary that is found, or at N of them
--mutate          take one safeguard out after the other; each run has to fail
--fuzz N          malformed webhooks
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.system.stack import KEY


def main() -> int:
    """Run; return 1 where anything was lost, doubled or wrong."""
    options = _options()
    if options.fuzz:
        from tests.chaos.fuzz import fuzz

        return fuzz(options.fuzz, seed=options.seed)
    if options.mutate:
        from tests.chaos.mutate import mutate

        return mutate(options.database, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        return _run(options, Path(name))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--deliveries", type=int, default=0)
    parser.add_argument("--points", type=lambda text: 0 if text == "all" else int(text), default=None)
    parser.add_argument("--only", default="", help="crash points whose name holds this")
    parser.add_argument("--minutes", type=float, default=60.0, help="no new batch begins after this")
    parser.add_argument("--mischief", default="", help="refuse, hang, drip, late or lag: this alone")
    parser.add_argument("--mutation", default="", help="take this safeguard out")
    parser.add_argument("--mutate", action="store_true")
    parser.add_argument("--fuzz", type=int, default=0)
    parser.add_argument("--keep-log", default="", help="copy the processes' log here")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> int:
    from tests.chaos.database import PostgresServer, SqliteFile

    database = PostgresServer() if options.database == "postgres" else SqliteFile(folder)
    database.start()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "tests-only",
        "FIELD_ENCRYPTION_KEYS": KEY,
        "DATABASE_URL": database.url,
        "ALLOW_PRIVATE_REMOTES": "on",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from tests.chaos.harness import Harness, Plan
    from tests.chaos.report import table

    plan = Plan(
        seed=options.seed,
        deliveries=options.deliveries,
        points=options.points,
        minutes=options.minutes,
        mutation=options.mutation,
        only=options.only,
        mischief=options.mischief,
    )
    harness, start = Harness(folder, database, plan), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: harness.end_soon())
    try:
        harness.run()
    finally:
        if options.keep_log:
            Path(options.keep_log).write_bytes(harness.stack.log.read_bytes())
    print(f"\n{table(harness, minutes=(time.monotonic() - start) / 60)}")
    for line in harness.findings.details[:40]:
        print(f"! {line}")
    return 1 if sum(harness.findings.bad.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
