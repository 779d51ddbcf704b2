"""Is the harness able to fail? One safeguard after the other is taken out, and each run has to notice."""

import subprocess
import sys
import time

from tests.system.stack import ROOT

# For each safeguard, the shortest run that has to find it missing, and what of the table has to be wrong.
_RUNS = {
    "lease": (
        ["--deliveries", "900", "--mischief", "lag"],
        ("quotes twice", "sales orders twice", "wrong amounts", "products twice"),
    ),
    "marker": (["--points", "8", "--only", "send POST /api/Quotation:after"], ("quotes twice",)),
    "intent": (
        ["--deliveries", "900", "--mischief", "late"],
        ("quotes twice", "products twice", "sales orders twice"),
    ),
    "transaction": (["--points", "12", "--only", "web:sync.enqueue.ring"], ("stored without its work",)),
}


def mutate(database: str, *, seed: int) -> int:
    """Run each mutation; return 1 where one went unnoticed."""
    unnoticed = 0
    print(f"{'taken out':<12}  {'noticed':<7}  {'minutes':>7}  as")
    for name, (words, signs) in _RUNS.items():
        start = time.monotonic()
        command = [sys.executable, "-m", "tests.chaos", "--database", database, "--seed", str(seed), *words]
        done = subprocess.run(
            [*command, "--mutation", name, "--minutes", "4"], cwd=ROOT, capture_output=True, text=True
        )
        seen = [line for line in done.stdout.splitlines() for sign in signs if line.startswith(sign)]
        wrong = [" ".join(line.split()) for line in seen if line.split()[-1] != "0"]
        noticed = done.returncode == 1 and bool(wrong)
        unnoticed += not noticed
        minutes = (time.monotonic() - start) / 60
        print(f"{name:<12}  {'yes' if noticed else 'NO':<7}  {minutes:>7.1f}  {', '.join(wrong)}", flush=True)
        if not noticed:
            print(done.stdout[-3000:], done.stderr[-2000:])
    return 1 if unnoticed else 0
