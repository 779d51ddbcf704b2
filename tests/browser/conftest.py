"""A real Chromium against the whole running portal."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.chromium import find_chromium
from tests.system.stack import Stack, running_stack

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "screenshots"
WIDTHS = (1280, 390)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests where there is no browser; CI refuses to run without one."""
    if find_chromium() is None:
        for item in items:
            if "tests/browser" in str(item.path):
                item.add_marker(pytest.mark.skip(reason="no Chromium is installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Use the installed browser, without its own calls to the outside."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {"executable_path": find_chromium(), "args": flags}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running portal for the journeys of a module: what one leaves behind is not another's beginning."""
    # Told to end, as `bin/test` tells it when it is interrupted, it takes the portal's processes with it.
    before = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("Told to end.", 143))
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def portal_page(page: Page, stack: Stack) -> Iterator[Page]:
    """A page that is logged in; any error on the browser's console fails the test."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stack.url)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(stack.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stack.url}/")
    yield page
    assert errors == []


def shoot(page: Page, name: str) -> None:
    """Take a screenshot in each width; nothing may stick out sideways."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
