"""Working with the keyboard alone, and the look at each page passed."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import shoot

_SERIOUS = {"serious", "critical"}
_AXE = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
_MOST_STOPS = 120


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until this has the focus; its focus must show."""
    expect(target).to_be_visible()
    for _ in range(_MOST_STOPS):
        if target.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"the keyboard does not reach {target}")
    style = target.evaluate(
        "element => { const s = getComputedStyle(element); return [s.outlineStyle, s.boxShadow, s.borderColor]; }"
    )
    assert style[0] != "none" or style[1] != "none", f"the focus on {target} does not show: {style}"


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go there and press a key."""
    tab_to(page, target)
    page.keyboard.press(key)


def look(page: Page, name: str) -> None:
    """Take its pictures; axe-core must have nothing serious to say."""
    page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => 0)))")
    violations = Axe().run(page, options=_AXE).response["violations"]
    found = [
        f"{v['id']} ({v['help']}): {[node['html'][:160] for node in v['nodes'][:3]]}"
        for v in violations
        if v["impact"] in _SERIOUS
    ]
    assert found == [], f"{name}: " + "\n".join(found)
    focused = page.evaluate_handle("document.activeElement")
    shoot(page, name)
    focused.evaluate("element => element && element.focus && element.focus()")
