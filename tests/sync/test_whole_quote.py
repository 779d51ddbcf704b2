"""Every setting shows its effect in Halo, and the amounts agree to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.choices import GuardDecision, Outcome, State, Trigger
from integrations.models import AddressMapping, WebhookDelivery
from integrations.simulator import Fault
from integrations.sync.catalog import refresh
from integrations.sync.enqueue import sync_again
from tests.portal import AVERY, Portal, line

LINES = [line("Cable", sku="CBL", quantity=3, unit_price="25.00"), line("Rack", sku="RCK", unit_price="25.01")]


def choose(portal: Portal, **values: Any) -> None:
    """Change the integration's settings."""
    for name, value in values.items():
        setattr(portal.integration, name, value)
    portal.integration.save()


def succeed(portal: Portal, quote_id: int) -> dict[str, Any]:
    """Sync a quote that must go through; return Halo's quote."""
    attempt = portal.sync(quote_id)
    assert attempt.outcome == Outcome.SUCCEEDED, (attempt.error_code, attempt.error_message)
    [quote] = portal.halo_quotes
    return quote


def amounts(quote: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """Return Halo's lines as names and totals."""
    rows = quote["lines"]
    return [(row["name"], round(Decimal(str(row["quantity"])) * Decimal(str(row["price"])), 2)) for row in rows]


def test_discount_on_the_whole_quote_is_spread_to_the_cent(portal: Portal) -> None:
    quote = succeed(portal, portal.publish(LINES, discount="10.00"))
    assert sum(total for _, total in amounts(quote)) == Decimal("90.01")


def test_discount_on_the_whole_quote_can_be_a_line(portal: Portal) -> None:
    item = portal.simulator.halo.add_item("Rebate", "", assetgroup_id=1)
    choose(portal, quote_discount="line", discount_item=item["id"])
    quote = succeed(portal, portal.publish(LINES, discount="10.00"))
    assert amounts(quote)[2] == ("Discount", Decimal("-10.00"))
    assert quote["lines"][2]["item_id"] == item["id"]


def test_discount_that_is_left_out_is_told(portal: Portal) -> None:
    choose(portal, quote_discount="leave_out", stated_total_must_agree=False)
    quote = succeed(portal, portal.publish(LINES, discount="10.00"))
    assert sum(total for _, total in amounts(quote)) == Decimal("100.01")
    warnings = portal.last_attempt(WebhookDelivery.objects.get()).plan["warnings"]
    assert any(w["path"] == "discount" for w in warnings)


def test_shipping_is_a_line_on_the_named_product(portal: Portal) -> None:
    item = portal.simulator.halo.add_item("Freight", "", assetgroup_id=1)
    choose(portal, shipping_item=item["id"])
    quote = succeed(portal, portal.publish(LINES, shipping="12.50"))
    assert amounts(quote)[2] == ("Shipping", Decimal("12.50"))
    assert quote["lines"][2]["item_id"] == item["id"]


def test_shipping_without_a_named_product_makes_one_once(portal: Portal) -> None:
    first = portal.publish(LINES, shipping="12.50")
    succeed(portal, first)
    portal.sync(portal.publish(LINES, shipping="9.00"))
    shipping = [item for item in portal.simulator.halo.items.values() if item["name"] == "Shipping"]
    assert len(shipping) == 1
    assert shipping[0]["baseprice"] == 0


def test_revision_keeps_the_shipping_line(portal: Portal) -> None:
    quote_id = portal.publish(LINES, shipping="12.50")
    before = succeed(portal, quote_id)["lines"][2]["id"]
    revision = portal.simulator.quoter.revise(quote_id, shipping=Decimal("15.00"))
    after = succeed(portal, revision.id)["lines"][2]
    assert (after["id"], after["price"]) == (before, 15)


def test_taxes_that_halo_works_out_otherwise_are_named(portal: Portal) -> None:
    quote_id = portal.publish(LINES, taxes=[{"name": "VAT", "rate": "20", "amount": "20.00"}])
    attempt = portal.sync(quote_id)
    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, "applied_with_differences")
    assert "Tax is 20.00 in Quoter and 0.00 in Halo" in attempt.error_message
    assert len(portal.halo_quotes) == 1

    choose(portal, compare_taxes=False)
    sync_again([attempt.delivery_id], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
    assert portal.work() == [Outcome.UNCHANGED]


def test_stated_total_that_nothing_explains_is_named(portal: Portal) -> None:
    quote_id = portal.publish(LINES, extra={"total": {"upfront": "99.00", "recurring": None}})
    attempt = portal.sync(quote_id)
    assert attempt.error_code == "applied_with_differences"
    assert "Total due up front is 99.00 in Quoter and 100.01 in Halo" in attempt.error_message


def test_optional_lines_go_over_only_where_the_policy_says_so(portal: Portal) -> None:
    lines = [*LINES, line("Extra", sku="XTR", is_optional=True)]
    assert [name for name, _ in amounts(succeed(portal, portal.publish(lines)))] == ["Cable", "Rack"]


def test_offered_optional_lines_stay_out_of_total_and_order(portal: Portal) -> None:
    choose(portal, send_optional_lines=True)
    lines = [*LINES, line("Extra", sku="XTR", is_optional=True)]
    quote_id = portal.publish(lines)
    portal.simulator.quoter.accept(quote_id)
    quote = succeed(portal, quote_id)
    assert [(row["name"], row["optional"]) for row in quote["lines"]][2] == ("Extra", True)
    assert [row["name"] for row in portal.halo_orders[0]["lines"]] == ["Cable", "Rack"]


def test_owner_becomes_the_agent(portal: Portal) -> None:
    choose(portal, agent_by_owner=True)
    agent = portal.simulator.halo.add_agent("Jordan Example", "Jordan@example.org")
    assert succeed(portal, portal.publish(LINES))["assigned_agent"] == agent["id"]


def test_owner_unknown_to_halo_is_told(portal: Portal) -> None:
    choose(portal, agent_by_owner=True)
    succeed(portal, portal.publish(LINES))
    warnings = portal.last_attempt(WebhookDelivery.objects.get()).plan["warnings"]
    assert any("jordan@example.org" in w["text"] for w in warnings)


def test_po_number_comes_from_the_custom_field(portal: Portal) -> None:
    choose(portal, po_number_field="Customer PO")
    quote = succeed(portal, portal.publish(LINES, custom_fields={"Customer PO": "PO-77"}))
    assert quote["ponumber"] == "PO-77"


def test_internal_notes_become_the_note(portal: Portal) -> None:
    choose(portal, send_internal_notes=True)
    quote_id = portal.publish(LINES)
    assert succeed(portal, quote_id)["note"] == portal.simulator.quoter.quotes[quote_id].internal_notes


def test_addresses_follow_the_mapping(portal: Portal) -> None:
    choose(portal, send_addresses=True)
    for quoter_field, halo_field in (("line1", "line1"), ("city", "line3"), ("postal_code", "postcode")):
        AddressMapping.objects.create(
            integration=portal.integration, quoter_field=quoter_field, halo_field=halo_field
        )
    billing = {"line1": "100 Example Street", "line2": "", "city": "Springfield", "postal_code": "62701"}
    quote = succeed(portal, portal.publish(LINES, contact={**AVERY, "billing": billing}))
    assert [quote[f"address{n}"] for n in range(1, 6)] == ["100 Example Street", "", "Springfield", "", "62701"]


def test_unexpected_currency_waits(portal: Portal) -> None:
    choose(portal, currency="USD")
    attempt = portal.sync(portal.publish(LINES, currency="EUR"))
    assert attempt.error_code == "currency_unexpected"
    assert portal.halo_quotes == []


def test_tax_code_of_new_products(portal: Portal) -> None:
    choose(portal, item_tax_code=2)
    succeed(portal, portal.publish([line("Rack", sku="RCK", supplier_sku="SUP-9")]))
    [item] = portal.simulator.halo.items.values()
    assert (item["taxcode"], item["default_supplier_part_code"]) == (2, "SUP-9")


@pytest.mark.parametrize("by", ["flag", "halo"])
def test_sales_order_made_by_halo_is_waited_for_and_linked(portal: Portal, by: str) -> None:
    choose(portal, sales_order_by=by)
    if by == "halo":
        portal.simulator.halo.quirks.add("sales-order-on-accept")
    quote_id = portal.publish(LINES)
    portal.simulator.quoter.accept(quote_id)
    succeed(portal, quote_id)
    [order] = portal.halo_orders
    assert portal.link().halo_sales_order_id == order["id"]
    assert not [r for r in portal.simulator.halo.writes if r.path == "/SalesOrder"]


def test_sales_order_that_halo_does_not_make_is_waited_for(portal: Portal) -> None:
    choose(portal, sales_order_by="halo")
    quote_id = portal.publish(LINES)
    portal.simulator.quoter.accept(quote_id)
    attempt = portal.sync(quote_id)
    assert (attempt.outcome, attempt.error_code) == (Outcome.RETRYING, "sales_order_awaited")
    # Somebody turns the automation on, and it takes the quote up with the next change of its status.
    portal.simulator.halo.quirks.add("sales-order-on-accept")
    portal.halo_quotes[0]["status"] = 2
    assert portal.wait(31) == [Outcome.SUCCEEDED]
    assert portal.link().halo_sales_order_id is not None


def edited_then_revised(portal: Portal) -> WebhookDelivery:
    """A quote that somebody edits in Halo, and that is then revised in Quoter."""
    quote_id = portal.publish(LINES)
    succeed(portal, quote_id)["lines"][0]["quantity"] = 4.0
    revision = portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9), LINES[1]])
    attempt = portal.sync(revision.id)
    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, "halo_edited")
    row = next(c for c in attempt.plan["conflicts"] if c["path"].endswith("quantity"))
    assert (row["ours"], row["halo"], row["quoter"]) == ("3", "4", "9")
    return attempt.delivery


@pytest.mark.parametrize(
    ("decision", "outcome", "quantity"),
    [(GuardDecision.KEEP_HALO, Outcome.UNCHANGED, 4), (GuardDecision.USE_QUOTER, Outcome.SUCCEEDED, 9)],
)
def test_what_a_person_changed_in_halo_waits_for_a_decision(
    portal: Portal, decision: str, outcome: str, quantity: int
) -> None:
    delivery = edited_then_revised(portal)
    assert portal.halo_quotes[0]["lines"][0]["quantity"] == 4

    WebhookDelivery.objects.filter(pk=delivery.pk).update(guard_decision=decision)
    sync_again([delivery.pk], now=portal.surroundings.now(), trigger=Trigger.DECISION)

    assert portal.work() == [outcome]
    assert portal.halo_quotes[0]["lines"][0]["quantity"] == quantity
    delivery.refresh_from_db()
    assert delivery.guard_decision == ""


def test_invoiced_order_stops_a_revision(portal: Portal) -> None:
    quote_id = portal.publish(LINES)
    portal.simulator.quoter.accept(quote_id)
    succeed(portal, quote_id)
    portal.halo_orders[0]["lines"][0]["invoiced_quantity"] = 1.0
    portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])
    revision = max(portal.simulator.quoter.quotes)
    portal.simulator.quoter.accept(revision)
    assert portal.sync(revision).error_code == "already_sold"


def test_lost_answer_to_our_own_write_is_no_edit_of_somebody(portal: Portal) -> None:
    quote_id = portal.publish(LINES)
    succeed(portal, quote_id)
    revision = portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])
    portal.simulator.halo.fail(Fault("drop-after", method="POST", path="/Quotation"))
    portal.receive(revision.id)
    assert portal.work() == [Outcome.RETRYING]
    portal.wait(120)
    newest = portal.simulator.quoter.revise(revision.id, lines=[line("Cable", sku="CBL", quantity=10)])
    assert portal.sync(newest.id).outcome == Outcome.SUCCEEDED


def calls_of(portal: Portal, quote_id: int) -> int:
    """Sync a quote; return how many API calls that took, sign-in apart."""
    before = len(portal.simulator.halo.requests)
    attempt = portal.sync(quote_id)
    assert attempt.delivery.state in (State.SUCCEEDED, State.UNCHANGED), attempt.error_message
    made = portal.simulator.halo.requests[before:]
    return sum(r.path not in ("auth", "/authinfo", "/AuthInfo") for r in made)


def test_api_calls_stay_few_with_a_copy_of_the_products(portal: Portal) -> None:
    known = [line(f"Known {n}", sku=f"K-{n}") for n in range(10)]
    for row in known:
        portal.simulator.halo.add_item(row["name"], row["sku"], assetgroup_id=1)
    assert refresh(portal.integration, surroundings=portal.surroundings) == "complete"

    quote_id = portal.publish(known)
    assert calls_of(portal, quote_id) <= 4
    delivery = WebhookDelivery.objects.get()
    before = len(portal.simulator.halo.requests)
    sync_again([delivery.pk], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
    assert portal.work() == [Outcome.UNCHANGED]
    assert len(portal.simulator.halo.requests) - before <= 3

    new = [line(f"New {n}", sku=f"N-{n}") for n in range(100)]
    user = next(iter(u for u in portal.simulator.halo.users.values() if u["emailaddress"]))
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Another")
    assert calls_of(portal, portal.publish(new, notes=f"[Halo #{opportunity['id']}]")) <= 10


def test_copy_follows_what_was_added_and_removed_in_halo(portal: Portal) -> None:
    from integrations.models import CatalogItem

    items = [portal.simulator.halo.add_item(f"Item {n}", f"I-{n}", assetgroup_id=1) for n in range(250)]
    refresh(portal.integration, surroundings=portal.surroundings)
    assert CatalogItem.objects.count() == 250

    del portal.simulator.halo.items[items[0]["id"]]
    items[1]["supplier_part_code"] = "changed"
    portal.simulator.halo.add_item("Item new", "I-new", assetgroup_id=1)
    portal.clock.ahead_s += 600
    refresh(portal.integration, surroundings=portal.surroundings)

    skus = set(CatalogItem.objects.values_list("sku", flat=True))
    assert len(skus) == 250
    assert "I-0" not in skus
    assert {"changed", "I-new"} <= skus


def test_revision_can_be_a_halo_quote_of_its_own(portal: Portal) -> None:
    choose(portal, revisions="new")
    quote_id = portal.publish(LINES)
    first = succeed(portal, quote_id)
    revision = portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])

    attempt = portal.sync(revision.id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    old, new = portal.halo_quotes
    assert (old["id"], old["status"]) == (first["id"], 4)
    assert (new["third_party_number"], new["status"]) == (f"1-{revision.id}", 2)
    assert new["lines"][0]["quantity"] == 9
    assert portal.link().halo_quote_id == new["id"]
    sync_again([attempt.delivery_id], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
    assert portal.work() == [Outcome.UNCHANGED]

    portal.simulator.quoter.accept(revision.id)
    assert portal.sync(revision.id).outcome == Outcome.SUCCEEDED
    assert len(portal.halo_quotes) == 2
    assert [order["quotation_id"] for order in portal.halo_orders] == [new["id"]]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("kind", ["drop-after", "500-after", "drop"])
def test_new_quote_of_a_revision_is_made_once_whatever_fails(portal: Portal, kind: str, times: int) -> None:
    choose(portal, revisions="new")
    quote_id = portal.publish(LINES)
    succeed(portal, quote_id)
    revision = portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])
    portal.simulator.halo.fail(Fault(kind, method="POST", path="/Quotation", times=times))
    portal.receive(revision.id)
    portal.work()
    for _ in range(12):
        portal.wait(120)
    assert WebhookDelivery.objects.latest("pk").state in (State.SUCCEEDED, State.UNCHANGED)
    assert [(q["status"], len(q["lines"])) for q in portal.halo_quotes] == [(4, 2), (2, 1)]


@pytest.mark.parametrize(
    ("quirk", "extra", "named"),
    [
        ("drop-line", {}, "missing"),
        ("ignore-quantity", {}, "quantity"),
        ("round-price", {"discount": "0.01"}, "price"),
        ("ignore:ponumber", {"custom_fields": {"Customer PO": "PO-77"}}, "PO number"),
        ("recalculate-tax", {"taxes": [{"name": "VAT", "rate": "5", "amount": "5.00"}]}, "Tax"),
        ("ignore:ticket_id", {}, "Opportunity"),
    ],
)
def test_whatever_halo_drops_or_changes_in_silence_is_named(
    portal: Portal, quirk: str, extra: dict[str, Any], named: str
) -> None:
    choose(portal, po_number_field="Customer PO")
    portal.simulator.halo.quirks.add(quirk)
    attempt = portal.sync(portal.publish(LINES, **extra))
    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, "applied_with_differences")
    assert named in attempt.error_message
