"""Whatever the quote: what the preview says is what is done, done it is done, and any order ends the same."""

import json
import os
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from integrations.choices import Outcome, State, Trigger
from integrations.domain.actions import CreateItem, SaveQuote
from integrations.halo.payloads import item_body, quote_body
from integrations.models import Integration, WebhookDelivery
from integrations.sync.enqueue import sync_again
from integrations.sync.preview import preview
from tests.portal import AVERY, Portal

# Each example is a whole journey over HTTP, so there are few of them here and more in a long run.
EXAMPLES = settings(
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "20")),
    deadline=None,
    # Shrinking repeats whole journeys for minutes; the printed blob reproduces a failure as it was.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = st.sampled_from(["Cable", "Rack", "Firewall", "Installation", "Backup", "Switch  8", "Größe XL"])
CENTS = st.decimals(min_value=Decimal("0.00"), max_value=Decimal("9999.99"), places=2)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    """A line with any of what lines can have."""
    price = draw(CENTS)
    quantity = draw(st.one_of(st.integers(1, 40).map(Decimal), st.sampled_from([Decimal("1.5"), Decimal("0.25")])))
    most = min(price * quantity, Decimal("500"))
    return {
        "name": draw(NAMES),
        "sku": draw(st.sampled_from(["", "A-1", "A-2", "b-3", "C 4"])),
        "quantity": str(quantity),
        "unit_price": str(price),
        "unit_cost": str(draw(CENTS)),
        "discount": str(draw(st.decimals(min_value=0, max_value=most, places=2)) if most else 0),
        "category": draw(st.sampled_from(["Cabling", "Other"])),
        "recurring": draw(st.booleans()),
        "is_optional": draw(st.booleans()),
        "is_optional_selected": draw(st.booleans()),
        "description": draw(st.sampled_from(["", "<p>Some &amp; more</p>", "plain"])),
    }


@st.composite
def quotes(draw: st.DrawFn) -> dict[str, Any]:
    """A quote with any of what quotes can have; names and SKUs decide for one kind of product each."""
    rows = draw(st.lists(lines(), min_size=1, max_size=8))
    for row in rows:
        # One SKU is one product, one-time or recurring: quotes that use it as both rightly wait for a person.
        if row["sku"]:
            row["recurring"] = row["sku"] in {"A-2", "b-3"}
            row["name"] = f"Product {row['sku']}"
        elif row["recurring"]:
            row["name"] += " monthly"
    return {
        "lines": rows,
        "shipping": str(draw(st.sampled_from([Decimal(0), Decimal("12.34")]))),
        "discount": draw(st.sampled_from([None, "5.55"])),
    }


@pytest.fixture
def fresh(portal: Portal) -> Any:
    """Return a function that makes the simulator and the portal empty again for each example."""
    from integrations.models import ItemLink, QuoteLink, QuoteRevision, RequestsSpent, SyncAttempt, WriteIntent

    portal.integration.stated_total_must_agree = False
    portal.integration.save()

    def empty() -> Portal:
        tables = (WriteIntent, SyncAttempt, WebhookDelivery, QuoteRevision, QuoteLink, ItemLink, RequestsSpent)
        for model in tables:
            model.objects.all().delete()  # type: ignore[attr-defined]
        halo = portal.simulator.halo
        for table in (halo.quotes, halo.salesorders, halo.items):
            table.clear()
        portal.simulator.quoter.quotes.clear()
        halo.requests.clear()
        return portal

    return empty


def publish(portal: Portal, quote: dict[str, Any]) -> int:
    """Publish a generated quote."""
    return portal.publish(quote["lines"], shipping=quote["shipping"], discount=quote["discount"], contact=AVERY)


@EXAMPLES
@given(quote=quotes())
def test_preview_is_what_is_sent_and_done_is_done(fresh: Any, quote: dict[str, Any]) -> None:
    portal: Portal = fresh()
    delivery = portal.receive(publish(portal, quote))
    foretold = preview(delivery, surroundings=portal.surroundings)
    assert portal.simulator.halo.writes == [], "a preview writes nothing"
    assert foretold.plan == preview(delivery, surroundings=portal.surroundings).plan

    [outcome] = portal.work()

    assert outcome == Outcome.SUCCEEDED, WebhookDelivery.objects.get().error_message
    made = {item["name"]: item["id"] for item in portal.simulator.halo.items.values()}
    new = [action for action in foretold.plan.actions if isinstance(action, CreateItem)]
    ids = {action.key: made[action.line.name] for action in new}
    save = next(action for action in foretold.plan.actions if isinstance(action, SaveQuote))
    sent = [(r.path, r.body) for r in portal.simulator.halo.writes]
    wanted_items = [item_body(action) for action in new]
    assert [row for path, body in sent if path == "/Item" for row in body] == plain(wanted_items)
    assert [body for path, body in sent if path == "/Quotation"] == plain(
        [[quote_body(save.content, quote_id=None, new_items=ids)]]
    )

    delivery.refresh_from_db()
    assert preview(delivery, surroundings=portal.surroundings).plan.empty
    [halo_quote] = portal.halo_quotes
    total = sum(
        (round(Decimal(str(r["quantity"])) * Decimal(str(r["price"])), 2) for r in halo_quote["lines"]), Decimal(0)
    )
    stated = foretold.plan.totals
    assert total == sum((Decimal(row.quoter) for row in stated), Decimal(0))
    assert all(row.agrees for row in stated)


def plain(value: Any) -> Any:
    """Return a value as JSON would carry it."""
    return json.loads(json.dumps(value))


@settings(EXAMPLES, max_examples=12)
@given(first=quotes(), second=quotes(), accepted=st.booleans(), seed=st.integers(0, 10_000))
def test_any_order_of_one_lineage_ends_in_the_same_halo(
    fresh: Any, first: dict[str, Any], second: dict[str, Any], accepted: bool, seed: int
) -> None:
    portal: Portal = fresh()
    quoter = portal.simulator.quoter
    quote_id = publish(portal, first)
    bodies = [quoter.form(quoter.payload(quote_id))]
    revision = quoter.revise(quote_id, lines=second["lines"])
    bodies.append(quoter.form(quoter.payload(revision.id)))
    if accepted:
        quoter.accept(revision.id)
        bodies.append(quoter.form(quoter.payload(revision.id)))

    chance = random.Random(seed)
    order = bodies * 2
    chance.shuffle(order)
    for body in order:
        assert portal.post(body).status_code == 200
        if chance.random() < 0.6:
            portal.work()
    portal.work()

    ends = set(WebhookDelivery.objects.values_list("state", "error_message"))
    assert {state for state, _ in ends} <= {State.SUCCEEDED, State.UNCHANGED, State.SUPERSEDED}, ends
    newest = WebhookDelivery.objects.get(quote_id=str(revision.id), rank=1 if accepted else 0)
    assert newest.state in {State.SUCCEEDED, State.UNCHANGED}
    assert len(portal.halo_quotes) == 1
    sells = any(row.counts for row in revision.lines) or Decimal(str(revision.shipping)) or revision.discount
    assert len(portal.halo_orders) == (1 if accepted and sells else 0)
    sync_again([newest.pk], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
    assert portal.work() == [Outcome.UNCHANGED]
    assert Integration.objects.count() == 1
