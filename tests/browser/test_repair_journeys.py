"""What is broken is found, repaired at its cause and synced again, with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import button, choose, link, look, press, side, write
from tests.browser.quotes import AVERY, publish
from tests.system.stack import Stack, wait_for

pytestmark = pytest.mark.browser


def test_doctor_goes_from_red_to_green(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    stack.control("fault", kind="403", path="/Item", times=1000)
    side(page, "Integrations")
    link(page, "Sample (simulator)")
    write(page, page.locator("#id_default_product_group"), "4711")
    button(page, "Save")
    link(page, "Sample (simulator)")
    link(page, "Doctor")
    expect(page.get_by_text("Some points stop quotes.")).to_be_visible()
    expect(page.get_by_text("The API application may not read products: read:items is missing.")).to_be_visible()
    expect(page.get_by_text("Group 4711 is none of Halo's product groups.")).to_be_visible()
    look(page, "doctor-red")

    # One point is repaired in Halo, the other in the field that the row leads to.
    stack.control("fault", clear=True)
    link(page, "Go there")
    expect(page.locator("#id_default_product_group")).to_be_focused()
    link(page, "Read from Halo")
    choose(page, page.locator("#id_default_product_group"), "Services")
    button(page, "Save choices")
    link(page, "Doctor")
    expect(page.get_by_text("Nothing is broken.")).to_be_visible()
    expect(page.get_by_text("New products go into Services unless their category is mapped.")).to_be_visible()
    assert page.locator(".qp-checks .qp-bad").count() == 0
    look(page, "doctor-green")


def test_cause_is_repaired_once_for_all_its_quotes(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    side(page, "Integrations")
    link(page, "Sample (simulator)")
    press(page, page.locator("summary").filter(has_text="Amounts"))
    write(page, page.locator("#id_currency"), "EUR")
    button(page, "Save")
    expect(page.get_by_text("changed successfully")).to_be_visible()
    people = [AVERY, "casey.placeholder@example.com"]
    for email in people * 2:
        publish(stack, "Repaired", email=email, sku="CBL-C6-2M")
    wait_for(lambda: stack.states().count("needs_attention") == len(people) * 2, seconds=90)

    # One cause, not four.
    side(page, "Needs attention")
    look(page, "repair-causes")
    assert page.locator("#result_list tbody tr").count() == 1
    press(page, page.locator("#result_list tbody a").first)
    expect(page.get_by_text("Stops 4 quotes")).to_be_visible()
    look(page, "repair-cause")
    assert page.get_by_text(re.compile("waiting$")).count(), "what it is worth stands there"

    # It leads to the very field; one press syncs them all.
    cause = page.url
    link(page, "Change the expected currency")
    expect(page.locator("#id_currency")).to_be_focused()
    look(page, "repair-settings")
    write(page, page.locator("#id_currency"), "USD")
    button(page, "Save")
    page.goto(cause)
    button(page, "Sync all 4 again")
    wait_for(lambda: stack.states().count("succeeded") == len(people) * 2, seconds=90)
    page.goto(cause)
    expect(page.get_by_text("Settled")).to_be_visible()
    look(page, "repair-settled")
    side(page, "Needs attention")
    assert page.locator("#result_list tbody tr").count() == 0
