"""The set-up guide, from an empty form to the first quote in Halo, with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from integrations.simulator.halo.tokens import Credentials
from tests.browser.keyboard import button, choose, link, look, side, write
from tests.system.stack import Stack, wait_for

pytestmark = pytest.mark.browser


def test_guide_leads_to_the_first_synced_quote(portal_page: Page, stack: Stack) -> None:
    page, credentials = portal_page, Credentials()

    # The settings that the guide's first steps ask for.
    side(page, "Integrations")
    link(page, "add")  # the icon
    look(page, "guide-add")
    write(page, page.locator("#id_name"), "My MSP")
    write(page, page.locator("#id_halo_url"), f"{stack.simulator_url}/halo")
    write(page, page.locator("#id_halo_tenant"), credentials.tenant)
    write(page, page.locator("#id_halo_client_id"), credentials.client_id)
    write(page, page.locator("#id_new_halo_client_secret"), credentials.client_secret)
    button(page, "Save")
    expect(page.get_by_text("is added").first).to_be_visible()
    link(page, "Set-up guide")
    expect(page.get_by_text("While it is off, webhooks are accepted and wait")).to_be_visible()
    expect(page.get_by_role("button", name="Switch it on anyway")).to_be_visible()
    look(page, "guide-begun")

    # A step leads to its very field.
    link(page, "Copy the address, set the key")
    expect(page.locator("#id_new_quoter_hash_key")).to_be_focused()
    button(page, "Generate a new key")
    expect(page.get_by_text("Copy it now: it is not shown again.")).to_be_visible()
    address, key = page.locator(".qp-copy code").all_inner_texts()[:2]
    look(page, "guide-key")
    stack.control("settings", webhook_url=address, hash_key=key)

    # Taken up again, it stands where it was left.
    page.goto(stack.url)
    side(page, "Integrations")
    link(page, "My MSP")
    link(page, "Set-up guide")
    link(page, "Choose by name")
    for state, status in (("pending", "Sent"), ("accepted", "Accepted"), ("lost", "Rejected")):
        choose(page, page.locator(f"#id_status_{state}"), status)
    look(page, "guide-statuses")
    button(page, "Save choices")
    link(page, "Set-up guide")
    link(page, "Match categories")
    choose(page, page.get_by_label("Default group"), "Services")
    look(page, "guide-groups")
    button(page, "Save")
    expect(page.get_by_text("Saved").first).to_be_visible()
    link(page, "Look now")
    expect(page.get_by_text("Nothing is broken.")).to_be_visible()
    look(page, "guide-doctor")
    page.go_back()
    page.reload()
    button(page, "Switch it on")
    expect(page.get_by_text("is on.").first).to_be_visible()
    look(page, "guide-on")

    # The page itself shows the first webhook, without a press.
    stack.publish(9000001)
    expect(page.get_by_text("arrived on").first).to_be_visible(timeout=60_000)
    look(page, "guide-done")
    wait_for(lambda: stack.states() == ["succeeded"], seconds=60)
    link(page, "See the quotes")
    expect(page.get_by_role("cell").filter(has_text="Succeeded").first).to_be_visible()
    assert len(stack.state()["halo"]["quotes"]) == 1
