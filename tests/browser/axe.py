"""axe-core on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SERIOUS = {"serious", "critical"}
_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
}


def serious_findings(page: Page) -> list[str]:
    """Return what keeps somebody from using the page, with the first places."""
    # Menus and messages fade in.
    page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => 0)))")
    return [
        f"{violation['id']} ({violation['help']}): {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in Axe().run(page, options=_OPTIONS).response["violations"]
        if violation["impact"] in _SERIOUS
    ]
