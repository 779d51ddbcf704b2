"""Every page that a link leads to: no serious finding of axe-core in light or dark, nothing sticks out on a phone.

The pages are found by following links, so that a new one is looked at without being listed here.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious_findings
from tests.browser.conftest import SCREENSHOTS
from tests.system.stack import Stack, wait_for

pytestmark = pytest.mark.browser

# Files, and what ends the session. Django's own history and deletion pages have one form for all models.
_NO_PAGE = re.compile(r"/export/|/csv/|/logout/|/metrics|/static/|/history/|/delete/|/r/|\.csv|\.json")
_MOST_PAGES = 150


@pytest.fixture
def lived_in(stack: Stack) -> Stack:
    """A portal with something on each page: quotes that went through, that wait, that were refused."""
    for quote_id in range(9000001, 9000006):
        stack.publish(quote_id)
    stack.press("/quoter/quotes/9000001/accept")
    wait_for(lambda: not {"queued", "running", "retrying"} & set(stack.states()), seconds=90)
    return stack


def test_every_page_is_readable_by_everybody_on_everything(portal_page: Page, lived_in: Stack) -> None:
    page = portal_page
    found: list[str] = []
    seen: set[str] = set()
    for url in _pages(page, lived_in.url):
        name = re.sub(r"[^a-z0-9]+", "-", urlsplit(url).path.lower()).strip("-") or "home"
        seen.add(name)
        for theme in ("light", "dark"):
            if theme == "dark":
                page.emulate_media(color_scheme="dark")
                page.reload()
            assert page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")
            found += [f"{name}, {theme}: {text}" for text in serious_findings(page)]
            widths = (390, 1280) if theme == "light" else (1280,)
            found += _shoot(page, f"pages/{name}-{theme}", widths=widths)
    assert len(seen) > 40, "the links lead nowhere"
    assert found == [], "\n".join(found)


def _pages(page: Page, base: str) -> Iterator[str]:
    """Open one page of each shape that can be reached from home, and yield its address."""
    todo, known = [f"{base}/"], {"/"}
    while todo:
        url = todo.pop(0)
        assert len(known) < _MOST_PAGES, "the links do not end"
        page.emulate_media(color_scheme="light")
        answer = page.goto(url)
        assert answer is not None and answer.status == 200, f"{url}: {answer and answer.status}"
        hrefs: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        for href in hrefs:
            parts = urlsplit(href)
            shape = _shape(parts.path, parts.query)
            if f"{parts.scheme}://{parts.netloc}" == base and shape not in known and not _NO_PAGE.search(href):
                known.add(shape)
                todo.append(href.split("#")[0])
        yield url


def _shape(path: str, query: str) -> str:
    """Take addresses that differ in ids and filters for one page; of each kind of row, two are opened."""
    path = re.sub(r"/[0-9a-f]{32}(?=/)", "/1", path)
    numbers = re.findall(r"/(\d+)/", path)
    row = str(int(numbers[-1]) % 2) if numbers else ""
    return re.sub(r"/\d+(?=/)", f"/#{row}", path) + ("?" if "e=" in query else "")


def _shoot(page: Page, name: str, *, widths: tuple[int, ...]) -> list[str]:
    (SCREENSHOTS / "pages").mkdir(parents=True, exist_ok=True)
    wide = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}-top.png")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(f"{name} is wider than {width}")
    return wide


def test_the_log_in_page_is_readable(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/login/")
    expect(page.get_by_label("Username")).to_be_visible()
    assert serious_findings(page) == []
