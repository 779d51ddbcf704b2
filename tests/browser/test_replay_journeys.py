"""Replay with its preview, what-if and shadow mode, as a person does them: by keyboard, checked by axe."""

import json
import re
import time
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import serious_findings
from tests.browser.conftest import shoot
from tests.system.stack import Stack

pytestmark = pytest.mark.browser
_QUOTE = re.compile(r"^Quote \d")


def control(stack: Stack, path: str, **given: Any) -> Any:
    """Tell the simulator something."""
    body = json.dumps(given).encode()
    request = urllib.request.Request(f"{stack.simulator_url}/control/{path}", data=body, method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  our own simulator
        return json.load(answer)


def state(stack: Stack) -> Any:
    with urllib.request.urlopen(f"{stack.simulator_url}/control/state", timeout=20) as answer:  # noqa: S310
        return json.load(answer)


def writes(stack: Stack) -> int:
    return int(state(stack)["counts"]["writes"])


def publish(stack: Stack, name: str) -> dict[str, Any]:
    """Publish a quote on an opportunity of its own; return the quote."""
    held = state(stack)["halo"]
    user = next(row for row in held["users"] if row["emailaddress"] == "avery.sample@example.com")
    category = held["groups"][0]["name"]  # the sample maps a category of each group's name
    opportunity = control(stack, "halo/opportunity", user_id=user["id"], summary=name)
    first, _, last = user["name"].partition(" ")
    quote = control(
        stack,
        "quotes",
        name=name,
        internal_notes=f"[Halo #{opportunity['id']}]",
        contact={"first_name": first, "last_name": last, "email_address": user["emailaddress"]},
        lines=[
            {
                "name": f"{name} unit",
                "sku": name[:4].upper(),
                "category": category,
                "quantity": 2,
                "unit_price": "25.00",
            }
        ],
    )
    control(stack, f"quotes/{quote['id']}/publish")
    return {**quote, "ticket_id": opportunity["id"]}


def wait_for_text(page: Page, text: str, *, seconds: float = 60) -> None:
    """Load the page again until it says so."""
    end = time.monotonic() + seconds
    while not page.get_by_text(text).count():
        assert time.monotonic() < end, f"it never said “{text}”"
        page.wait_for_timeout(700)
        page.reload()


def press(page: Page, name: str, *, role: str = "button") -> None:
    """Reach a control with the keyboard alone, and press it."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    page.locator("body").press("Home")
    for _ in range(120):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            page.keyboard.press("Enter")
            page.wait_for_load_state("load")
            return
    raise AssertionError(f"{name} is not reached with the keyboard")


def looked_at(page: Page, name: str) -> None:
    """Take the page's pictures, and have axe look at it."""
    assert serious_findings(page) == [], name
    shoot(page, name)


def open_quote(page: Page, stack: Stack, name: str) -> None:
    page.goto(f"{stack.url}/integrations/webhookdelivery/?q={name}")
    wait_for_text(page, name)
    page.get_by_role("link", name=_QUOTE).first.click()


def test_replay_with_its_preview(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    publish(stack, "Replayed")
    open_quote(page, stack, "Replayed")
    wait_for_text(page, "Halo shows this quote")
    press(page, "Replay", role="link")
    expect(page.get_by_text("This syncs 1 delivery of 1 quote again.")).to_be_visible()
    looked_at(page, "replay")
    before = writes(stack)
    page.get_by_label("The settings of then").focus()
    page.keyboard.press("Space")
    press(page, "Preview")
    wait_for_text(page, "Nothing was written.")
    expect(page.get_by_text("There already, not made again").first).to_be_visible()
    looked_at(page, "replay-preview")
    assert writes(stack) == before

    press(page, "Replay 1 delivery")
    expect(page.get_by_text("Each gets a new attempt.")).to_be_visible()
    page.get_by_role("link", name=_QUOTE).first.click()
    wait_for_text(page, "Halo already agreed")
    expect(page.get_by_text("Replayed by admin with the settings of").first).to_be_visible()
    looked_at(page, "replay-done")
    page.get_by_role("link", name="All revisions").click()
    expect(page.get_by_text("Why each field has its value")).to_be_visible()
    looked_at(page, "quote-page")
    assert writes(stack) == before


def test_what_if(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    publish(stack, "Wondered")
    open_quote(page, stack, "Wondered")
    wait_for_text(page, "Halo shows this quote")
    page.goto(f"{stack.url}/integrations/integration/")
    page.get_by_role("link", name="Sample (simulator)").first.click()
    page.locator("#id_status_pending").fill("3")
    page.get_by_role("button", name="Save", exact=True).click()
    before = writes(stack)

    page.goto(f"{stack.url}/integrations/rehearsal/")
    press(page, "New what-if", role="link")
    expect(page.get_by_text("What would these settings have done?")).to_be_visible()
    today = page.evaluate("new Date().toISOString().slice(0, 10)")
    page.get_by_label("Received from").fill(today)
    page.get_by_label("until").fill(today)
    looked_at(page, "what-if")
    press(page, "Find out")
    wait_for_text(page, "looked at. Nothing was written.")
    looked_at(page, "what-if-found")
    page.get_by_role("link", name=_QUOTE).first.click()
    expect(page.get_by_text("As it was planned")).to_be_visible()
    looked_at(page, "what-if-quote")
    assert writes(stack) == before
    page.goto(f"{stack.url}/integrations/settingsversion/")
    page.get_by_role("link", name=re.compile(r"^Version \d")).first.click()
    expect(page.get_by_text("What changed between version").first).to_be_visible()
    looked_at(page, "settings-version")


def test_shadow_mode_report_and_going_live(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    page.goto(f"{stack.url}/integrations/integration/")
    page.get_by_role("link", name="Sample (simulator)").first.click()
    integration = page.url
    press(page, "Shadow mode", role="link")
    expect(page.get_by_text("The portal then runs beside")).to_be_visible()
    looked_at(page, "shadow")
    press(page, "Switch shadow mode on")
    expect(page.get_by_text("plans and compares, and writes nothing to Halo.")).to_be_visible()
    shoot(page, "shadow-integration")
    before = writes(stack)

    for name in ("Agreeing", "Cheapened"):
        quote = publish(stack, name)
        prices = {"Cheapened unit": 20.0} if name == "Cheapened" else {}
        control(stack, f"quotes/{quote['id']}/carry-over", ticket_id=quote["ticket_id"], prices=prices)
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
    looked_at(page, "shadow-report")
    page.goto(f"{stack.url}/integrations/shadowfinding/?q=Cheapened")
    page.get_by_role("link", name=_QUOTE).first.click()
    wait_for_text(page, "2 × 20 = 40.00")
    looked_at(page, "shadow-finding")
    assert writes(stack) == before

    page.goto(integration)
    press(page, "Go live", role="link")
    expect(page.get_by_text("From then on the portal writes to Halo.")).to_be_visible()
    looked_at(page, "go-live")
    page.get_by_label("Also sync what Halo lacks").check()
    page.get_by_label("The other connector is switched off").check()
    press(page, "Go live")
    expect(page.get_by_text("is live.")).to_be_visible()
    open_quote(page, stack, "Forgotten")
    wait_for_text(page, "Halo shows this quote")
    assert writes(stack) > before
