"""A copy of the database while the portal runs: SQLite by its own backup call, PostgreSQL by pg_dump."""

import os
import shutil
import sqlite3
import subprocess  # pg_dump alone, with a fixed list of words
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

PARTIAL = ".partial"
# Options of a connection that libpq takes from the environment under the same name.
_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service")


class NotBackedUp(Exception):
    """There is no copy; the message says why and what to do."""


def back_up(database: Mapping[str, Any], target: Path) -> int:
    """Copy the database of these Django settings to a new file that only its owner reads; return its bytes.

    The file appears whole or not at all. Raises NotBackedUp.
    """
    if target.exists():
        raise NotBackedUp(f"{target} exists already. Choose another name, such as one with the date.")
    if not target.parent.is_dir():
        raise NotBackedUp(f"There is no folder {target.parent}.")
    partial = target.with_name(target.name + PARTIAL)
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        if str(database["ENGINE"]).endswith("sqlite3"):
            _copy_sqlite(Path(str(database["NAME"])), partial)
        else:
            _dump_postgres(database, partial)
        os.link(partial, target)  # unlike a rename, never over a file that has appeared meanwhile
    except OSError as exc:
        raise NotBackedUp(f"{target} could not be written: {exc.strerror}.") from exc
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy as of one moment, the write-ahead log included; writers go on meanwhile."""
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=20)) as origin,
            closing(sqlite3.connect(target)) as copy,
        ):
            origin.backup(copy)
            # A copy that needs no second file beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as exc:
        raise NotBackedUp(f"The database could not be copied: {exc}.") from exc
    if found != "ok":
        raise NotBackedUp(
            f"The copy is not sound: {found}. Check the disk, and the database with integrity_check."
        )


def _dump_postgres(database: Mapping[str, Any], target: Path) -> None:
    """Run pg_dump; the password goes by the environment, for every user of a machine can read command lines."""
    program = shutil.which("pg_dump")
    if program is None:
        raise NotBackedUp(
            "pg_dump is not installed here. Install PostgreSQL's client programs, or see docs/backup.md."
        )
    words, environment = postgres_client(database)
    words = [program, "--format=custom", f"--file={target}", *words]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  see above
    if done.returncode:
        raise NotBackedUp(f"pg_dump gave up: {done.stderr.strip()[-500:]}")


def postgres_client(database: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return words and environment by which PostgreSQL's programs reach the database of Django's settings."""
    options: Mapping[str, Any] = database.get("OPTIONS") or {}
    words = ["--no-password"]
    for option, name in (("host", "HOST"), ("port", "PORT"), ("username", "USER"), ("dbname", "NAME")):
        # A Unix socket stands among the options: DATABASE_URL has it as ?host=/path.
        if value := str(options.get(option) or database.get(name) or ""):
            words.append(f"--{option}={value}")
    environment = {
        **os.environ,
        **{f"PG{name.upper()}": str(options[name]) for name in _OPTIONS if name in options},
    }
    if password := str(database.get("PASSWORD") or ""):
        environment["PGPASSWORD"] = password
    return words, environment
