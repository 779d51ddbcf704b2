"""Each field that is sent names where it stands in Quoter's document and what made of it what Halo gets."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.domain.origins import Origin
from integrations.domain.plan import build_plan
from integrations.domain.policy import Placement, Rules
from integrations.domain.provenance import explain
from integrations.domain.quote import Address, Contact, Discount, Owner, Period, Quote, QuoteStatus
from integrations.domain.snapshot import HaloAgent, KnownLinks
from tests.domain.builders import (
    EMAIL,
    OPPORTUNITY_ID,
    TODAY,
    make_item,
    make_line,
    make_quote,
    make_rules,
    make_snapshot,
)


def origins(
    quote: Quote, rules: Rules, *, links: KnownLinks | None = None, **snapshot: Any
) -> tuple[dict[str, Origin], list[dict[str, Origin]]]:
    plan = build_plan(
        quote,
        snapshot=make_snapshot(**snapshot),
        rules=rules,
        links=links or KnownLinks(),
        last_status=None,
        today=TODAY,
    )
    assert plan.content is not None, plan.problems
    header, lines = explain(quote, plan, rules)
    # Whatever is explained is what is sent.
    assert [line.name for line in lines] == [line.name for line in plan.content.lines]
    by_field = {origin.field: origin for origin in header}
    return by_field, [{origin.field: origin for origin in line.origins} for line in lines]


def test_the_header_names_paths_rules_and_settings() -> None:
    rules = make_rules(policy={"quote_status": {QuoteStatus.PENDING: 2}}, quote_url="https://x.quoter.com/{uuid}")
    header, _ = origins(make_quote(), rules)
    assert (header["Title"].source, header["Title"].how) == ("name", "As it stands.")
    assert (header["User"].source, header["User"].given) == ("person.email_address", EMAIL)
    assert header["Opportunity"].source == "internal_notes" and f"#{OPPORTUNITY_ID}" in header["Opportunity"].given
    assert header["Quoter number"].source == "number"
    assert (header["Quoter link"].source, header["Quoter link"].setting) == ("uuid", "quoter_subdomain")
    assert (header["Status"].value, header["Status"].setting) == ("2", "status_pending")
    assert (header["Expiry date"].value, header["Expiry date"].given) == ("2026-02-14", "2026-02-14 07:00 UTC")


def test_an_opportunity_in_a_custom_field_or_by_link_says_so() -> None:
    rules = make_rules(policy={"opportunity_custom_field": "Opp"})
    named = make_quote(internal_notes="", custom_fields={"Opp": str(OPPORTUNITY_ID)})
    header, _ = origins(named, rules)
    found = header["Opportunity"]
    assert (found.source, found.given, found.setting) == (
        "custom_fields.Opp",
        str(OPPORTUNITY_ID),
        "opportunity_custom_field",
    )
    links = KnownLinks(opportunity_id=OPPORTUNITY_ID, opportunity_why="chosen by ann")
    header, _ = origins(make_quote(), make_rules(), links=links)
    assert (header["Opportunity"].source, header["Opportunity"].how) == ("", "chosen by ann")


def test_what_is_off_until_chosen_is_explained_when_chosen() -> None:
    rules = make_rules(
        policy={
            "agent_by_owner": True,
            "po_number_field": "PO",
            "send_internal_notes": True,
            "send_addresses": True,
        },
        addresses={"line1": "line1", "city": "line3"},
    )
    contact = Contact(email=EMAIL, billing=Address(line1="1 High Street", city="Sampleton"))
    quote = make_quote(contact=contact, owner=Owner(email="sam@example.com"), custom_fields={"PO": "4711"})
    header, _ = origins(quote, rules, agent=HaloAgent(id=3))
    assert (header["Agent"].value, header["Agent"].source) == ("3", "quote_owner.email")
    assert (header["PO number"].value, header["PO number"].source) == ("4711", "custom_fields.PO")
    assert header["Note"].setting == "send_internal_notes"
    city = header["Address, line 3"]
    assert (city.value, city.source, city.how) == (
        "Sampleton",
        "person.addresses.billing.city",
        "By the address mapping.",
    )


def test_a_line_names_its_place_its_product_and_its_money() -> None:
    quote = make_quote(
        make_line("1"),
        make_line("2", name="Rack", sku="RCK", discount=Decimal("5.00"), net=Decimal("70.00")),
    )
    _, [cable, rack, rack_dear] = origins(quote, make_rules(price_decimals=2))
    assert (cable["Product"].source, cable["Product"].given) == ("line_items[0].sku", "CBL-C6-2M")
    assert (cable["Price"].source, cable["Price"].how) == ("line_items[0].unit_price", "As it stands.")
    assert rack["Product"].value == "a new product in group 5"
    assert rack["Product"].setting == "default_product_group"
    assert "the amount does not divide evenly" in rack["Quantity"].how
    assert rack["Price"].source == "line_items[1].total.upfront_after_discount"
    assert "less the line's discount of 5.00" in rack_dear["Price"].how


def test_a_discount_and_shipping_of_the_whole_quote_are_traced() -> None:
    quote = make_quote(make_line("1"), discount=Discount(amount=Decimal(15)), shipping=Decimal(9))
    _, [cable, shipping] = origins(quote, make_rules())
    assert "less its share of the quote's discount, 15.00" in cable["Price"].how
    assert cable["Price"].setting == "quote_discount"
    assert (shipping["Price"].source, shipping["Price"].setting) == ("shipping", "shipping")
    as_line = make_rules(policy={"quote_discount": Placement.LINE})
    _, lines = origins(quote, as_line)
    assert [line["Price"].source for line in lines] == ["line_items[0].unit_price", "discount", "shipping"]


def test_a_recurring_line_names_its_period() -> None:
    line = make_line("1", period=Period.MONTHLY)
    _, [found] = origins(make_quote(line), make_rules(), items=(make_item(recurring=True),))
    period = found["Billing period"]
    assert (period.value, period.setting) == ("2", "billing_monthly")


def test_a_status_left_alone_is_explained() -> None:
    header, _ = origins(make_quote(), make_rules())
    assert header["Status"].how == "The settings give no Halo status to pending quotes."
    accepted = make_rules(policy={"quote_status": {QuoteStatus.ACCEPTED: 3}})
    header, _ = origins(make_quote(status=QuoteStatus.FULFILLED), accepted)
    assert (header["Status"].value, header["Status"].setting) == ("3", "status_accepted")


def test_a_plan_that_waits_has_nothing_to_explain() -> None:
    quote = make_quote(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    plan = build_plan(
        quote,
        snapshot=make_snapshot(users=()),
        rules=make_rules(),
        links=KnownLinks(),
        last_status=None,
        today=TODAY,
    )
    assert explain(quote, plan, make_rules()) == ((), ())
