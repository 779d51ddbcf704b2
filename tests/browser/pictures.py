"""`python -m tests.browser.pictures`: put what the browser tests have photographed into docs/images.

Run it after `pytest tests/browser`; docs/tour.md and the README show the pictures.
"""

import re
import shutil
import sys

from tests.browser.conftest import SCREENSHOTS

IMAGES = SCREENSHOTS.parent / "docs" / "images"
_TOP = r"-light-1280-top\.png"
# Name of the picture → which screenshot it is; of several the first one.
PICTURES = {
    "home": r"pages/home" + _TOP,
    "quotes": r"pages/integrations-webhookdelivery" + _TOP,
    "decision": r"pages/integrations-webhookdelivery-\d+-change" + _TOP,
    "preview": r"pages/integrations-webhookdelivery-\d+-preview" + _TOP,
    "quote-page": r"pages/integrations-quotelink-\d+-change" + _TOP,
    "causes": r"pages/integrations-issue" + _TOP,
    "cause": r"pages/integrations-issue-\d+-change" + _TOP,
    "attempt": r"pages/integrations-syncattempt-\d+-change" + _TOP,
    "person-search": r"pages/people" + _TOP,
    "person": r"pages/people-\d+-\d+" + _TOP,
    "start-quote": r"pages/people-\d+-\d+-quote" + _TOP,
    "settings": r"pages/integrations-integration-\d+-change" + _TOP,
    "guide": r"pages/integrations-integration-\d+-guide" + _TOP,
    "doctor": r"pages/integrations-integration-\d+-doctor" + _TOP,
    "read-from-halo": r"pages/integrations-integration-\d+-in-halo" + _TOP,
    "categories": r"pages/integrations-integration-\d+-groups" + _TOP,
    "address-check": r"pages/address-check" + _TOP,
    "requests": r"pages/halo-requests" + _TOP,
    "notifications": r"pages/integrations-channel-add" + _TOP,
    "versions": r"pages/integrations-settingsversion-\d+-change" + _TOP,
    "changes": r"pages/integrations-settingschange" + _TOP,
    "what-if": r"pages/integrations-rehearsal-what-if" + _TOP,
    "shadow": r"pages/integrations-integration-\d+-shadow" + _TOP,
}


def main() -> int:
    """Copy them; return 1 where one is missing."""
    taken = sorted(path.relative_to(SCREENSHOTS).as_posix() for path in SCREENSHOTS.rglob("*.png"))
    missing = 0
    for name, pattern in PICTURES.items():
        found = next((path for path in taken if re.fullmatch(pattern, path)), None)
        if found is None:
            print(f"no screenshot is {pattern}", file=sys.stderr)
            missing += 1
        else:
            shutil.copy(SCREENSHOTS / found, IMAGES / f"{name}.png")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
