"""Quoter's webhook: the inherited security cases, and what is Quoter's own."""

import hashlib
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django_q.models import OrmQ

from integrations.choices import State
from integrations.models import Integration, QuoteLink, QuoteRevision, WebhookDelivery
from integrations.sync import arrival
from tests.contract import CONTRACTS
from tests.inbox.webhook_cases import WebhookSecurityCases
from tests.portal import Portal, line

pytestmark = pytest.mark.django_db
SAMPLE = CONTRACTS / "quoter_webhook_quote.form"
SAMPLE_KEY = "example-hash-key-not-a-real-one"
SAMPLE_TIME = 1755306343


@pytest.fixture
def receiver() -> Integration:
    """An integration with one key."""
    return Integration.objects.create(
        name="Example MSP", halo_url="https://example.halopsa.com", quoter_hash_key="k" * 32
    )


class TestQuoterWebhook(WebhookSecurityCases):
    """The inherited cases, with Quoter's signature."""

    def address(self, receiver: Any) -> str:
        return f"/webhooks/quoter/{receiver.endpoint}/"

    def sign(self, receiver: Any, *, key: str | None = None, at: float | None = None) -> dict[str, str]:
        used = key if key is not None else receiver.hash_keys()[0]
        stamp, data = str(int(at or time.time())), json.dumps({"some": "thing", "by": "ä ü"})
        digest = hashlib.md5(f"{used}{stamp}{data}".encode(), usedforsecurity=False).hexdigest()
        return {"hash": digest, "timestamp": stamp, "data": data}

    def set_keys(self, receiver: Any, *, current: str, previous: str) -> None:
        receiver.quoter_hash_key = current
        receiver.quoter_previous_hash_key = previous
        receiver.save()


@pytest.mark.skipif(not SAMPLE.exists(), reason="the contracts are not at hand")
def test_signed_sample_is_accepted_byte_for_byte(receiver: Integration, time_machine: Any) -> None:
    time_machine.move_to(SAMPLE_TIME + 5)
    receiver.quoter_hash_key = SAMPLE_KEY
    receiver.save()
    body = SAMPLE.read_bytes().rstrip(b"\n")

    answer = Client(enforce_csrf_checks=True).post(
        f"/webhooks/quoter/{receiver.endpoint}/", body, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200, answer.content
    delivery = WebhookDelivery.objects.get()
    assert delivery.data == parse_qs(body.decode())["data"][0]
    assert "\\/" in delivery.data, "the text is kept as it was signed"
    assert (delivery.quote_number, delivery.quote_status, str(delivery.total)) == ("7", "pending", "2575.0000")
    assert (delivery.client_name, delivery.contact_email) == ("Example Dental Group", "avery.sample@example.com")
    assert "FW-FX60-01" in delivery.skus


def test_xml_is_stored_and_read(portal: Portal) -> None:
    document = json.loads(portal.simulator.quoter.payload(portal.publish([line(sku="CBL-2")])))

    def xml(name: str, value: Any) -> str:
        if isinstance(value, dict):
            return f"<{name}>{''.join(xml(k, v) for k, v in value.items())}</{name}>"
        if isinstance(value, list):
            return f"<{name}>{''.join(xml('item', v) for v in value)}</{name}>"
        return f"<{name}>{'' if value is None else str(value).replace('&', '&amp;')}</{name}>"

    answer = portal.post(portal.simulator.quoter.form(f'<?xml version="1.0"?>{xml("quote", document)}'))

    assert answer.status_code == 200
    assert portal.work() == ["succeeded"]


def test_database_that_is_away_is_answered_503_so_that_quoter_repeats(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise DatabaseError("gone")

    quote_id = portal.publish([line()])
    body = portal.simulator.quoter.form(portal.simulator.quoter.payload(quote_id))
    # A database cannot be taken away from under a test's transaction: this stands for it.
    monkeypatch.setattr(arrival, "ring", away)

    answer = portal.post(body)

    assert (answer.status_code, answer["Retry-After"]) == (503, "300")
    assert not WebhookDelivery.objects.exists(), "stored together with its work, or not at all"
    assert not OrmQ.objects.exists()
    monkeypatch.undo()
    assert portal.post(body).status_code == 200


def test_unreadable_key_is_answered_503_and_not_as_a_wrong_hash(portal: Portal) -> None:
    body = portal.simulator.quoter.form("{}")
    with override_settings(FIELD_ENCRYPTION_KEYS=["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="]):
        assert portal.post(body).status_code == 503


@pytest.mark.parametrize(
    "data",
    [
        '{"line_items": [{"id": 1, "quantity": "1e999999", "unit_price": "1e999999"}], "id": 1}',
        '{"id":"1","number":"1","status":"pending","person":{},"line_items":[{"id":1,"quantity":1e999999,"unit_price":1e999999}]}',
        '{"id":"1","number":"\\u0000","status":"pending","person":{},"name":"a\\u0000b","line_items":[]}',
        '{"id":"1","number":"\\ud800","status":"pending","person":{"first_name":"\\udfff"},"line_items":[]}',
        "[" * 100_000,
        '{"line_items":' * 5_000,
        "1" * 10_000,
        "NaN",
        '"text"',
        "<a>" * 1_000,
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "\u202e\ufeff{}",
        '{"id":"' + "7" * 5_000 + '","number":"1","status":"pending","person":{},"line_items":[]}',
    ],
    ids=range(13),
)
def test_strange_but_signed_text_is_kept_and_ends_in_words(portal: Portal, data: str) -> None:
    answer = portal.post(portal.simulator.quoter.form(data))

    assert answer.status_code == 200
    [outcome] = portal.work()
    assert outcome in {"ignored", "needs_attention"}, WebhookDelivery.objects.get().attempts.get().traceback
    assert WebhookDelivery.objects.get().data == data


def test_resend_of_a_waiting_delivery_tries_it_again(portal: Portal) -> None:
    quote_id = portal.publish([line()], notes="")
    data = portal.simulator.quoter.payload(quote_id)
    now = int(time.time())
    portal.post(portal.simulator.quoter.form(data, timestamp=now))
    assert portal.work() == ["needs_attention"]

    portal.post(portal.simulator.quoter.form(data, timestamp=now))
    assert portal.work() == [], "the very same request again is no news"
    portal.post(portal.simulator.quoter.form(data, timestamp=now + 20))
    assert portal.work() == ["needs_attention"]
    assert WebhookDelivery.objects.get().attempts.count() == 2


def test_state_that_comes_back_takes_its_place_back(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    quoter, now = portal.simulator.quoter, int(time.time())
    portal.post(quoter.form(quoter.payload(quote_id), timestamp=now))
    portal.work()
    quoter.lose(quote_id)
    lost = quoter.payload(quote_id)
    portal.post(quoter.form(lost, timestamp=now + 1))
    portal.work()
    quoter.accept(quote_id)
    portal.post(quoter.form(quoter.payload(quote_id), timestamp=now + 2))
    portal.work()
    assert portal.halo_quotes[0]["status"] == 3

    portal.post(quoter.form(lost, timestamp=now + 3))

    assert portal.work() == ["succeeded"]
    assert portal.halo_quotes[0]["status"] == 4


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2)])
def test_revisions_are_one_lineage_in_any_order(portal: Portal, order: tuple[int, ...]) -> None:
    quoter = portal.simulator.quoter
    ids = [portal.publish([line(quantity=1)])]
    bodies = [quoter.form(quoter.payload(ids[0]))]
    for quantity in (2, 3):
        ids.append(quoter.revise(ids[-1], lines=[line(quantity=quantity)]).id)
        bodies.append(quoter.form(quoter.payload(ids[-1])))

    for index in order:
        assert portal.post(bodies[index]).status_code == 200
        portal.work()

    link = QuoteLink.objects.get()
    assert QuoteRevision.objects.filter(link=link, seen=True).count() == 3
    [quote] = portal.halo_quotes
    assert quote["lines"][0]["quantity"] == 3
    assert {d.state for d in link.deliveries.all()} <= {State.SUCCEEDED, State.SUPERSEDED}


@pytest.mark.django_db(transaction=True)
def test_the_same_webhook_from_many_threads_is_one_delivery(receiver: Integration) -> None:
    stamp, data = str(int(time.time())), '{"some": "thing"}'
    digest = hashlib.md5(f"{'k' * 32}{stamp}{data}".encode(), usedforsecurity=False).hexdigest()
    body = f"hash={digest}&timestamp={stamp}&data={quote_plus(data)}"
    answers: list[int] = []

    def send() -> None:
        try:
            answer = Client().post(
                f"/webhooks/quoter/{receiver.endpoint}/", body, content_type="application/x-www-form-urlencoded"
            )
            answers.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 8
    assert WebhookDelivery.objects.get().times_received == 8
    assert OrmQ.objects.count() == 1


def test_health_is_open_and_terse() -> None:
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_everything_else_asks_for_a_login() -> None:
    for path in ("/", "/integrations/webhookdelivery/", "/nowhere/"):
        answer = Client().get(path)
        assert answer.status_code in {302, 404}
        if answer.status_code == 302:
            assert answer["Location"].startswith("/login/")


def test_ids_that_differ_only_where_they_would_be_cut_are_not_one_quote(portal: Portal) -> None:
    """Found by 60,000 malformed bodies: the second one was taken for the first, and answered 500."""
    text = '{{"id":"{id}","number":"{number}","status":"pending","person":{{}},"line_items":[]}}'
    long = "7" * 60

    answers = [
        portal.post(portal.simulator.quoter.form(text.format(id=long + end, number=f"N{end}"))).status_code
        for end in ("1", "2")
    ]

    assert answers == [200, 200]
    assert portal.work() == ["needs_attention", "needs_attention"]
    for delivery in WebhookDelivery.objects.all():
        assert "field “id” cannot be read" in delivery.error_message
        assert "at most 50 characters" in delivery.error_message
