"""How many API calls a quote costs, sign-in apart; Halo allows 300 in any five minutes."""

from integrations.choices import State, Trigger
from integrations.models import WebhookDelivery
from integrations.sync.catalog import refresh
from integrations.sync.enqueue import sync_again
from tests.portal import Portal, line


def test_calls(portal: Portal) -> None:
    """Print a line for each kind of quote."""
    known = [line(f"Known {n}", sku=f"K-{n}") for n in range(10)]
    for item in known:
        portal.simulator.halo.add_item(item["name"], item["sku"], assetgroup_id=1)
    print()
    without_copy = calls(portal, lambda: portal.sync(portal.publish(known)).delivery)
    refresh(portal.integration, surroundings=portal.surroundings)
    print(f"{'quote':55} {'calls':>5} {'target':>6}")
    row("new, 10 known products, no copy of the product list", without_copy, None)
    row("new, 10 known products", calls(portal, lambda: portal.sync(publish(portal, known)).delivery), 4)
    delivery = WebhookDelivery.objects.order_by("-pk")[0]
    row("the same again, unchanged", calls(portal, lambda: again(portal, delivery)), 3)
    new = [line(f"New {n}", sku=f"N-{n}") for n in range(100)]
    row("new, 100 new products", calls(portal, lambda: portal.sync(publish(portal, new)).delivery), 10)
    portal.simulator.quoter.accept(int(delivery.quote_id))
    row(
        "accepted, with its sales order", calls(portal, lambda: portal.sync(int(delivery.quote_id)).delivery), None
    )


def publish(portal: Portal, lines: list[dict[str, object]]) -> int:
    """Publish a quote on an opportunity of its own."""
    user = next(u for u in portal.simulator.halo.users.values() if u["emailaddress"])
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Another")
    return portal.publish(lines, notes=f"[Halo #{opportunity['id']}]")


def again(portal: Portal, delivery: WebhookDelivery) -> WebhookDelivery:
    """Sync a delivery again."""
    sync_again([delivery.pk], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
    portal.work()
    delivery.refresh_from_db()
    return delivery


def calls(portal: Portal, sync: object) -> int:
    """Return how many calls a sync made."""
    before = len(portal.simulator.halo.requests)
    delivery = sync()  # type: ignore[operator]
    assert delivery.state in (State.SUCCEEDED, State.UNCHANGED), delivery.error_message
    made = portal.simulator.halo.requests[before:]
    return sum(request.path.lower() not in ("auth", "/authinfo") for request in made)


def row(what: str, made: int, target: int | None) -> None:
    """Print one line; fail where a target is missed."""
    print(f"{what:55} {made:5} {'' if target is None else f'<= {target}':>6}")
    assert target is None or made <= target
