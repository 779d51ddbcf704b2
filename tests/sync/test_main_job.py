"""The main job, from Quoter's publish to a sales order in Halo."""

from integrations.choices import Outcome, Stage, State, Trigger
from integrations.models import ItemLink, SyncAttempt, WebhookDelivery, WriteIntent
from integrations.sync.enqueue import sync_again
from tests.portal import Portal, line


def test_published_quote_becomes_a_verified_halo_quote(portal: Portal) -> None:
    halo = portal.simulator.halo
    user = portal.add_person()
    opportunity = halo.add_opportunity(user["id"], "Network refresh")
    by_sku = halo.add_item("Cat6 cable 2 m", "CBL-2", assetgroup_id=1, baseprice=20)
    by_name = halo.add_item("Installation", "", assetgroup_id=1, baseprice=900)
    quote_id = portal.publish(
        [
            line("Patch cable", sku="cbl-2 ", quantity=3),
            line("installation", sku="SVC-1", unit_price="1000.00"),
            line("Rack unit", sku="RCK-9", quantity="1.5", unit_price="310.00"),
        ],
        notes=f"See [Halo #{opportunity['id']}] please",
    )

    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    assert attempt.delivery.state == State.SUCCEEDED
    [quote] = portal.halo_quotes
    assert quote["user_id"] == user["id"]
    assert quote["ticket_id"] == opportunity["id"]
    assert quote["third_party_number"] == "1"
    uuid = portal.simulator.quoter.quotes[quote_id].uuid
    assert quote["third_party_url"] == f"https://example-msp.quoter.com/quote/webview/{uuid}"
    assert [(row["item_id"], row["quantity"], row["price"]) for row in quote["lines"][:2]] == [
        (by_sku["id"], 3, 25),
        (by_name["id"], 1, 1000),
    ]
    new_item = next(item for item in halo.items.values() if item["supplier_part_code"] == "RCK-9")
    assert new_item["assetgroup_id"] == portal.integration.product_groups.get().halo_group_id
    assert (quote["lines"][2]["item_id"], quote["lines"][2]["quantity"]) == (new_item["id"], 1.5)
    assert quote["revenue"] == 75 + 1000 + 465
    assert ItemLink.objects.get().halo_item_id == new_item["id"]


def test_attempt_tells_what_was_decided_sent_and_answered(portal: Portal) -> None:
    attempt = portal.sync(portal.publish([line(sku="CBL-2")]))

    assert [step.stage for step in attempt.steps.all()] == [
        Stage.PARSE,
        Stage.OBSERVE,
        Stage.PLAN,
        Stage.APPLY,
        Stage.VERIFY,
    ]
    assert all(step.result == "ok" and step.duration_ms is not None for step in attempt.steps.all())
    assert attempt.task_id and attempt.settings_version is not None
    [match] = attempt.plan["lines"]
    assert match["rule"] == "new"
    applied = attempt.steps.get(stage=Stage.APPLY)
    posts = [call for call in applied.calls.all() if call.method == "POST"]
    assert [call.url.rsplit("/", 1)[1] for call in posts] == ["Item", "Quotation"]
    assert '"third_party_number": "1"' in posts[1].sent
    assert '"po_ref"' in posts[1].received
    assert str(portal.halo_quotes[0]["id"]) in attempt.halo_ids
    assert set(WriteIntent.objects.values_list("state", flat=True)) == {"done"}


def test_no_secret_is_on_record(portal: Portal) -> None:
    attempt = portal.sync(portal.publish([line()]))

    secrets = [portal.simulator.halo.credentials.client_secret, portal.simulator.quoter.hash_key]
    texts = [f"{c.url} {c.sent} {c.received}" for step in attempt.steps.all() for c in step.calls.all()]
    assert len(texts) > 5
    for text in texts:
        assert not any(secret in text for secret in secrets)
        assert 'access_token": "•••' in text or "access_token" not in text


def test_revised_quote_updates_the_same_halo_quote(portal: Portal) -> None:
    quote_id = portal.publish([line("Patch cable", sku="CBL-2", quantity=3), line("Rack", sku="RCK-9")])
    portal.sync(quote_id)
    before = dict(portal.halo_quotes[0])

    revision = portal.simulator.quoter.revise(
        quote_id, lines=[line("Patch cable", sku="CBL-2", quantity=5), line("Switch", sku="SW-1")]
    )
    attempt = portal.sync(revision.id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    [after] = portal.halo_quotes
    assert after["id"] == before["id"]
    assert [row["name"] for row in after["lines"]] == ["Patch cable", "Switch"]
    assert after["lines"][0]["quantity"] == 5
    assert after["lines"][0]["id"] == before["lines"][0]["id"]
    assert portal.link().revisions.count() == 2


def test_accepted_quote_gets_one_sales_order(portal: Portal) -> None:
    quote_id = portal.publish([line("Patch cable", sku="CBL-2", quantity=3)])
    portal.sync(quote_id)

    portal.simulator.quoter.accept(quote_id)
    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    [order] = portal.halo_orders
    [quote] = portal.halo_quotes
    assert order["quotation_id"] == quote["id"]
    assert order["ticket_id"] == quote["ticket_id"]
    assert [(row["quantity"], row["price"]) for row in order["lines"]] == [(3, 25)]
    assert quote["status"] == 3
    assert portal.link().halo_sales_order_id == order["id"]

    portal.simulator.quoter.order(quote_id)
    portal.sync(quote_id)
    assert len(portal.halo_orders) == 1


def test_sales_order_made_by_halo_itself_is_linked_not_doubled(portal: Portal) -> None:
    portal.simulator.halo.quirks.add("sales-order-on-accept")
    quote_id = portal.publish([line()])
    portal.sync(quote_id)
    portal.simulator.quoter.accept(quote_id)

    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    [order] = portal.halo_orders
    assert portal.link().halo_sales_order_id == order["id"]


def test_the_same_state_again_changes_nothing(portal: Portal) -> None:
    quote_id = portal.publish([line(sku="CBL-2")])
    portal.sync(quote_id)
    writes = len(portal.simulator.halo.writes)

    portal.clock.ahead_s += 1
    body = portal.simulator.quoter.form(portal.simulator.quoter.payload(quote_id))
    answer = portal.post(body)
    assert (answer.status_code, portal.work()) == (200, [])
    assert WebhookDelivery.objects.get().times_received == 2
    assert len(portal.simulator.halo.writes) == writes
    assert SyncAttempt.objects.count() == 1


def test_sync_again_of_an_agreeing_quote_is_unchanged(portal: Portal) -> None:
    attempt = portal.sync(portal.publish([line(sku="CBL-2")]))
    writes = len(portal.simulator.halo.writes)

    sync_again([attempt.delivery_id], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)

    assert portal.work() == [Outcome.UNCHANGED]
    assert len(portal.simulator.halo.writes) == writes
    assert portal.last_attempt(attempt.delivery).trigger == Trigger.OPERATOR
