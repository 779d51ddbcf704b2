"""The three journeys of people and decisions, with the keyboard alone."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import look, press, side, tab_to
from tests.system.stack import Stack, wait_for

pytestmark = pytest.mark.browser


def test_search_opportunity_draft_publish_synced_without_a_decision(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    stack.control("halo/required_field", label="Lead source", values=["Web site", "Referral"])

    # Search: the box has the focus.
    side(page, "Person search")
    expect(page.get_by_label("Find a person in Halo")).to_be_focused()  # typing begins at once
    page.keyboard.type("avery.s")
    expect(page.get_by_role("link", name=re.compile("Avery Sample"))).to_be_visible(timeout=15_000)
    look(page, "people-search")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#content").get_by_role("heading", name="Avery Sample")).to_be_visible()
    look(page, "person")

    # A new opportunity, with what its type requires.
    press(page, page.get_by_role("link", name="New opportunity"))
    tab_to(page, page.get_by_label("Ticket type"))
    page.keyboard.type("Opp")
    look(page, "new-opportunity-type")
    press(page, page.get_by_role("button", name="Use this type"))
    tab_to(page, page.get_by_label("Summary"))
    page.keyboard.type("Wi-Fi for the new wing")
    tab_to(page, page.get_by_label("Value"))
    page.keyboard.type("1200.50")
    look(page, "new-opportunity")
    press(page, page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("This field is required.")).to_be_visible()
    tab_to(page, page.get_by_label("Lead source"))
    page.keyboard.type("Ref")
    press(page, page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("This will be made in Halo")).to_be_visible()
    look(page, "new-opportunity-confirm")
    press(page, page.get_by_role("button", name="Create it in Halo"))
    expect(page.get_by_text("“Wi-Fi for the new wing” is in Halo.")).to_be_visible()
    look(page, "new-opportunity-made")

    # The draft.
    press(page, page.get_by_role("link", name="Start a quote on it"))
    expect(page.get_by_role("radio", name=re.compile("Wi-Fi for the new wing"))).to_be_checked()
    look(page, "start-quote")
    press(page, page.get_by_role("button", name="Make the draft in Quoter"))
    expect(page.get_by_text(re.compile("is in Quoter. Open it below"))).to_be_visible(timeout=20_000)
    look(page, "quote-started")

    # In Quoter: lines, then publish.
    quotes: list[dict[str, Any]] = stack.state()["quoter"]["quotes"]
    draft = next(quote for quote in quotes if "Started in the portal" in quote["internal_notes"])
    row = {"name": "Wi-Fi Controller WC-1", "sku": "WC-1", "category": "Firewalls", "quantity": 2}
    stack.control(f"quotes/{draft['id']}/edit", lines=[{**row, "unit_price": "310", "unit_cost": "190"}])
    stack.control(f"quotes/{draft['id']}/publish")
    wait_for(lambda: _of(stack, draft["number"])["state"] == "succeeded", seconds=60)
    delivery = _of(stack, draft["number"])
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["succeeded"], "nobody had to decide"
    (opportunity,) = [
        o for o in stack.state()["halo"]["opportunities"] if o["summary"] == "Wi-Fi for the new wing"
    ]
    (halo_quote,) = [q for q in stack.state()["halo"]["quotes"] if q["ticket_id"] == opportunity["id"]]
    assert halo_quote["third_party_number"] == str(draft["number"])
    side(page, "Quotes")
    press(page, page.get_by_role("link", name=f"Quote {draft['number']}", exact=False).first)
    expect(page.get_by_text("Halo shows this quote")).to_be_visible()
    look(page, "started-quote-synced")


def test_ambiguous_person_is_decided_and_synced(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    email = "ann.lee@twins.example.com"
    one = stack.control("halo/client", name="Twin Fictional Dental")
    two = stack.control("halo/client", name="Twin Fictional Law")
    stack.control("halo/user", name="Ann Lee", emailaddress=email, client_id=one["id"])
    user = stack.control("halo/user", name="Ann Lee-Ray", emailaddress=email, client_id=two["id"])
    opportunity = stack.control("halo/opportunity", user_id=user["id"], summary="Cabling of the court room")
    number = _publish(stack, "Court room cabling", email, f"[Halo #{opportunity['id']}]", "Cabling")
    wait_for(lambda: _of(stack, number)["state"] == "needs_attention", seconds=60)

    side(page, "Needs attention")
    expect(page).to_have_url(re.compile("/issue/"))
    look(page, "causes")
    press(page, page.get_by_role("link", name=re.compile("ann.lee")).first)
    expect(page).to_have_url(re.compile(r"/issue/\d+/"))
    look(page, "cause-person")
    press(page, page.get_by_role("link", name=f"Quote {number}").first)
    expect(page.get_by_text("Halo has two users with the e-mail ann.lee").first).to_be_visible()
    look(page, "decide-person")
    press(page, page.get_by_role("button", name=re.compile("Choose Ann Lee-Ray")))
    expect(page.get_by_text("The quote syncs by itself")).to_be_visible()
    wait_for(lambda: _of(stack, number)["state"] == "succeeded", seconds=60)
    page.reload()
    expect(page.get_by_text("Halo shows this quote")).to_be_visible()
    look(page, "decided-person")

    # The link says who decided, and why.
    side(page, "History")
    expect(page.get_by_text(email).first).to_be_visible()
    look(page, "link-history")
    side(page, "People")
    press(page, page.get_by_role("link", name=email))
    expect(page.get_by_text("History of this link")).to_be_visible()
    expect(page.get_by_text(f"Chosen for quote {number}").first).to_be_visible()
    look(page, "person-link")


def test_line_without_a_group_is_settled_for_all(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    client = stack.control("halo/client", name="Lamp Fictional Museum")
    email = "kit@lamps.example.com"
    user = stack.control("halo/user", name="Kit Placeholder", emailaddress=email, client_id=client["id"])
    opportunity = stack.control("halo/opportunity", user_id=user["id"], summary="Lamps of the hall")
    notes = f"[Halo #{opportunity['id']}]"
    numbers = [_publish(stack, f"Lamps, part {part}", email, notes, "Lighting") for part in (1, 2, 3)]
    wait_for(lambda: {_of(stack, n)["state"] for n in numbers} == {"needs_attention"}, seconds=90)

    side(page, "Needs attention")
    press(page, page.get_by_role("link", name=re.compile("Lighting")).first)
    expect(page.get_by_text("3 quotes").first).to_be_visible()
    look(page, "cause-group")
    press(page, page.get_by_role("link", name=f"Quote {numbers[0]}").first)
    tab_to(page, page.get_by_label("Make a new product in"))
    page.keyboard.type("Serv")
    expect(page.get_by_label("Remember for category “Lighting”")).to_be_checked()
    look(page, "decide-group")
    press(page, page.get_by_role("button", name="Use this group"))
    expect(page.get_by_text("New products of category “Lighting” now go into Services.")).to_be_visible()
    look(page, "decided-group")
    wait_for(lambda: {_of(stack, n)["state"] for n in numbers} == {"succeeded"}, seconds=90)
    page.reload()
    expect(page.get_by_text("Halo shows this quote")).to_be_visible()


def _publish(stack: Stack, name: str, email: str, notes: str, category: str) -> str:
    contact = {"first_name": "Ann", "last_name": "Lee", "email_address": email, "organization": "Twin"}
    line = {"name": f"{name} lamp", "sku": "", "category": category, "quantity": 2, "unit_price": "10"}
    quote = stack.control("quotes", name=name, contact=contact, lines=[line], internal_notes=notes)
    return str(stack.control(f"quotes/{quote['id']}/publish")["number"])


def _of(stack: Stack, number: object) -> dict[str, Any]:
    """Return the newest delivery of a quote; without one, an empty state."""
    found = [one for one in stack.deliveries() if str(one["quote"]) == str(number)]
    return found[0] if found else {"state": "", "attempts": []}


def test_address_mapping_previews_itself_on_real_people(portal_page: Page, stack: Stack) -> None:
    page = portal_page
    page.goto(f"{stack.url}/integrations/integration/1/change/")
    card = page.locator("[data-address-preview]")
    expect(card.get_by_text("Springfield").first).to_be_visible(timeout=30_000)
    city = page.locator("select[name^='addresses-'][name$='-halo_field']").nth(2)
    city.select_option("line2")
    expect(card.get_by_text("goes nowhere").first).to_be_visible()
    page.goto(f"{stack.url}/address-check/")
    expect(page.get_by_text("people have an address that is complete")).to_be_visible()
    look(page, "address-check")
