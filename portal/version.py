"""The version the portal reports: the top heading of CHANGELOG.md, so the two cannot drift."""

import re
from pathlib import Path


def read_version(changelog: Path) -> str:
    """Return the first `## x.y.z` heading of the changelog, or `0` where there is none."""
    found = re.search(r"^## (\S+)", changelog.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else "0"


VERSION = read_version(Path(__file__).resolve().parent.parent / "CHANGELOG.md")
