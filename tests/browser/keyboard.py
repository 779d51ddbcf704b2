"""Working with the keyboard alone, and the look at each page passed."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.conftest import shoot

# The settings page has the most.
_MOST_STOPS = 300


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


def button(page: Page, name: str) -> None:
    """Press a button that sends a form; return on the next page."""
    with page.expect_navigation():
        press(page, page.get_by_role("button", name=name, exact=True).first)


def link(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow a link; a name that is a string is the whole of it."""
    with page.expect_navigation():
        press(page, page.get_by_role("link", name=name, exact=isinstance(name, str)).first)


def side(page: Page, name: str) -> None:
    """Follow a link of the navigation; its icon's name is read before its own, a count after it."""
    link(page, re.compile(rf"^[a-z_0-9]+ {name}( \d+)?$"))


def write(page: Page, target: Locator, text: str) -> None:
    """Go to a field and replace what it holds."""
    tab_to(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def choose(page: Page, target: Locator, beginning: str) -> None:
    """Choose in a list by the first letters, as they stand there."""
    tab_to(page, target)
    page.keyboard.type(beginning)
    chosen = target.evaluate("element => element.options[element.selectedIndex].text.trim()")
    assert chosen.startswith(beginning), f"“{beginning}” chose “{chosen}”"


def pick(page: Page, label: str) -> None:
    """Choose one of a question's choices: Tab leads to the one that is set, the arrows to the others."""
    wanted = page.get_by_role("radio", name=label).first
    choices = page.locator(f"input[type=radio][name='{wanted.get_attribute('name')}']")
    tab_to(page, choices.and_(page.locator(":checked")))
    for _ in range(choices.count()):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not reach “{label}”")


def look(page: Page, name: str) -> None:
    """Take its pictures; axe-core must have nothing serious to say."""
    assert serious_findings(page) == [], name
    focused = page.evaluate_handle("document.activeElement")
    shoot(page, name)
    focused.evaluate("element => element && element.focus && element.focus()")
