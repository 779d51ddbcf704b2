"""The receiver against bodies that nobody should send; `bin/chaos --fuzz N` is the long run over a real server."""

from random import Random

import psutil
import pytest
from django.test import Client
from django_q.models import OrmQ
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.models import Integration, QuoteLink, RejectedWebhook, WebhookDelivery
from tests.inbox.malformed import KEY, body

EXAMPLES = 1_000
ANSWERS = {200, 400, 403, 413}


@pytest.fixture
def integration(db: None) -> Integration:
    """A receiver without a Halo: nothing is worked on here."""
    return Integration.objects.create(name="Fuzzed", quoter_hash_key=KEY)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(min_value=0, max_value=2**64))
def test_no_body_is_an_error_and_rows_stay_bounded(integration: Integration, seed: int) -> None:
    client = Client(raise_request_exception=False)
    before = WebhookDelivery.objects.count()

    answer = client.post(
        f"/webhooks/quoter/{integration.endpoint}/",
        body(Random(seed)),
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code in ANSWERS, seed
    stored = WebhookDelivery.objects.count()
    assert stored <= before + (answer.status_code == 200)
    assert OrmQ.objects.count() == stored
    assert QuoteLink.objects.count() <= stored
    assert RejectedWebhook.objects.count() <= 10


def test_memory_does_not_grow_with_the_number_of_bodies(integration: Integration) -> None:
    client, random = Client(raise_request_exception=False), Random(1)
    process = psutil.Process()

    def post(times: int) -> int:
        for _ in range(times):
            client.post(
                f"/webhooks/quoter/{integration.endpoint}/",
                body(random),
                content_type="application/x-www-form-urlencoded",
            )
        rss: int = process.memory_info().rss
        return rss

    post(300)  # caches and pools fill
    before = post(200)
    after = post(600)

    assert after - before < 20 * 1024 * 1024
