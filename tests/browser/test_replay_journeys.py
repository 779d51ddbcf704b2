"""Replay with its preview, what-if and shadow mode, as a person does them: by keyboard, checked by axe."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shoot
from tests.browser.keyboard import button, link, look, pick, press, side, tab_to, write
from tests.browser.quotes import publish
from tests.system.stack import Stack

pytestmark = pytest.mark.browser
_QUOTE = re.compile(r"^Quote \d")


def writes(stack: Stack) -> int:
    return int(stack.state()["counts"]["writes"])


def wait_for_text(page: Page, text: str, *, seconds: float = 60) -> None:
    """Load the page again until it says so."""
    end = time.monotonic() + seconds
    while not page.get_by_text(text).count():
        assert time.monotonic() < end, f"it never said “{text}”"
        page.wait_for_timeout(700)
        page.reload()


def open_quote(page: Page, stack: Stack, name: str) -> None:
    page.goto(f"{stack.url}/integrations/webhookdelivery/?q={name}")
    wait_for_text(page, name)
    link(page, _QUOTE)


def test_replay_with_its_preview(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    publish(stack, "Replayed")
    open_quote(page, stack, "Replayed")
    wait_for_text(page, "Halo shows this quote")
    link(page, "Replay")
    expect(page.get_by_text("This syncs 1 delivery of 1 quote again.")).to_be_visible()
    look(page, "replay")
    before = writes(stack)
    pick(page, "The settings of then")
    button(page, "Preview")
    wait_for_text(page, "Nothing was written.")
    expect(page.get_by_text("There already, not made again").first).to_be_visible()
    look(page, "replay-preview")
    assert writes(stack) == before

    button(page, "Replay 1 delivery")
    expect(page.get_by_text("Each gets a new attempt.")).to_be_visible()
    link(page, _QUOTE)
    wait_for_text(page, "Halo already agreed")
    expect(page.get_by_text("Replayed by admin with the settings of").first).to_be_visible()
    look(page, "replay-done")
    link(page, "All revisions")
    expect(page.get_by_text("Why each field has its value")).to_be_visible()
    look(page, "quote-page")
    assert writes(stack) == before


def test_what_if(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    publish(stack, "Wondered")
    open_quote(page, stack, "Wondered")
    wait_for_text(page, "Halo shows this quote")
    side(page, "Integrations")
    link(page, "Sample (simulator)")
    write(page, page.locator("#id_status_pending"), "3")
    button(page, "Save")
    before = writes(stack)

    page.goto(f"{stack.url}/integrations/rehearsal/")
    link(page, "New what-if")
    expect(page.get_by_text("What would these settings have done?")).to_be_visible()
    today = page.evaluate("new Date().toISOString().slice(0, 10)")
    year, month, day = today.split("-")
    for label in ("Received from", "until"):
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(f"{month}{day}{year}")
        expect(page.get_by_label(label)).to_have_value(today)
    look(page, "what-if")
    button(page, "Find out")
    wait_for_text(page, "looked at. Nothing was written.")
    look(page, "what-if-found")
    link(page, _QUOTE)
    expect(page.get_by_text("As it was planned")).to_be_visible()
    look(page, "what-if-quote")
    assert writes(stack) == before
    page.goto(f"{stack.url}/integrations/settingsversion/")
    link(page, re.compile(r"^Version \d"))
    expect(page.get_by_text("What changed between version").first).to_be_visible()
    look(page, "settings-version")


def test_shadow_mode_report_and_going_live(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    side(page, "Integrations")
    link(page, "Sample (simulator)")
    integration = page.url
    link(page, "Shadow mode")
    expect(page.get_by_text("The portal then runs beside")).to_be_visible()
    look(page, "shadow")
    button(page, "Switch shadow mode on")
    expect(page.get_by_text("plans and compares, and writes nothing to Halo.")).to_be_visible()
    shoot(page, "shadow-integration")
    before = writes(stack)

    for name in ("Agreeing", "Cheapened"):
        quote = publish(stack, name)
        prices = {"Cheapened unit": 20.0} if name == "Cheapened" else {}
        stack.control(f"quotes/{quote['id']}/carry-over", ticket_id=quote["ticket_id"], prices=prices)
    publish(stack, "Forgotten")
    page.goto(f"{stack.url}/integrations/shadowfinding/")
    for name in ("Agreeing", "Cheapened", "Forgotten"):
        wait_for_text(page, name)
    # The webhook may have been faster than the other connector: compared again, as an operator would.
    page.locator("#action-toggle").check()
    page.get_by_label("Action").or_(page.locator("select[name=action]")).first.select_option(
        "compare_selected_again"
    )
    page.get_by_role("button", name="Run").or_(page.locator("button[name=index]")).first.click()
    wait_for_text(page, "Differs")
    look(page, "shadow-report")
    page.goto(f"{stack.url}/integrations/shadowfinding/?q=Cheapened")
    link(page, _QUOTE)
    wait_for_text(page, "2 × 20 = 40.00")
    look(page, "shadow-finding")
    assert writes(stack) == before

    page.goto(integration)
    link(page, "Go live")
    expect(page.get_by_text("From then on the portal writes to Halo.")).to_be_visible()
    look(page, "go-live")
    pick(page, "Also sync what Halo lacks")
    press(page, page.get_by_label("The other connector is switched off"), "Space")
    button(page, "Go live")
    expect(page.get_by_text("is live.")).to_be_visible()
    open_quote(page, stack, "Forgotten")
    wait_for_text(page, "Halo shows this quote")
    assert writes(stack) > before
