"""Find an installed Chromium; as a command, exit with 1 where there is none."""

import os
import shutil
import sys


def find_chromium() -> str | None:
    """Return its path: CHROMIUM, else the usual names."""
    names = (
        os.environ.get("CHROMIUM", ""),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    )
    return next((path for name in names if name and (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(find_chromium() is None)
