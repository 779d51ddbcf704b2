"""The main job as a person does it: log in, set up, publish, read, revise, accept, decide."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shoot
from tests.system.stack import Stack

pytestmark = pytest.mark.browser


def test_log_in_set_up_publish_read_and_accept(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    shoot(page, "home-empty")

    # Set up: the sample is there; its connection is tested and a setting changed.
    page.goto(f"{stack.url}/integrations/integration/")
    shoot(page, "integrations")
    page.get_by_role("link", name="Sample (simulator)").first.click()
    expect(page.get_by_text("/webhooks/quoter/")).to_be_visible()
    shoot(page, "integration")
    page.get_by_role("button", name="Test connection").or_(
        page.get_by_role("link", name="Test connection")
    ).click()
    expect(page.get_by_text("Halo accepts the sign-in as Portal API")).to_be_visible()
    page.get_by_label("Quoter subdomain").fill("example-msp")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    # Publish on the simulator's page.
    simulator = page.context.new_page()
    simulator.goto(stack.simulator_url)
    shoot(simulator, "simulator")
    row = simulator.get_by_role("row").filter(has_text="Managed Network Refresh")
    row.get_by_role("button", name="Publish").click()
    expect(simulator.get_by_role("row").filter(has_text="Managed Network Refresh").first).to_contain_text(
        "Published"
    )

    # Read what happened.
    page.goto(f"{stack.url}/integrations/webhookdelivery/")
    expect_state(page, "Succeeded")
    shoot(page, "quotes")
    page.get_by_role("link", name="Quote 1").first.click()
    for text in (
        "Halo shows this quote",
        "Same SKU",
        "Same name",
        "New product",
        "Check Halo",
        "every amount equal",
    ):
        expect(page.get_by_text(text).first).to_be_visible()
    shoot(page, "delivery")
    page.get_by_text(re.compile(r"^\d+ requests$")).first.click()
    shoot(page, "delivery-requests")

    # Revise, then accept.
    row.get_by_role("link", name="Revise").click()
    shoot(simulator, "simulator-quote")
    simulator.get_by_label("Quantity").first.fill("20")
    simulator.get_by_role("button", name="Save as a revision and send").click()
    simulator.goto(stack.simulator_url)
    row = simulator.get_by_role("row").filter(has=simulator.get_by_role("button", name="Accept"))
    row.get_by_role("button", name="Accept").first.click()
    page.goto(f"{stack.url}/integrations/webhookdelivery/")
    expect(page.get_by_text("Accepted").first).to_be_visible()
    for _ in range(60):
        # The filters beside the list name all states.
        if page.get_by_role("cell").filter(has_text=re.compile("Queued|Running|Retrying")).count() == 0:
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("link", name="Quote 1").first.click()
    expect(page.get_by_text("Sales order").first).to_be_visible()
    shoot(page, "delivery-accepted")
    simulator.goto(f"{stack.simulator_url}/halo/")
    shoot(simulator, "simulator-halo")
    page.goto(stack.url)
    shoot(page, "home")


def test_what_is_ambiguous_is_decided_on_the_page(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    stack.publish(9000003)
    page.goto(f"{stack.url}/integrations/webhookdelivery/?q=Harbour")
    expect_state(page, "Needs attention")
    page.get_by_role("link", name="Quote 3").first.click()
    expect(page.get_by_text("Halo has two users with the e-mail").first).to_be_visible()
    shoot(page, "decision")

    page.get_by_role("button", name="Choose").first.click()

    for _ in range(60):
        if page.get_by_text("Halo shows this quote").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("Halo shows this quote")).to_be_visible()
    shoot(page, "decision-made")


def expect_state(page: Page, state: str) -> None:
    """Wait until the list shows a state; the list itself does not move."""
    for _ in range(60):
        if (
            page.get_by_role("cell").filter(has_text=state).count()
            or page.get_by_text(state, exact=True).count() > 1
        ):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"no quote came to be {state}")
