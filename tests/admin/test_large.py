"""Long lists: counted and paged to a limit, searched by index in everything and by words in the newest."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.admin import large
from integrations.models import Integration, QuoteLink, WebhookDelivery
from tests.admin.rows import add_delivery

LIST = reverse("admin:integrations_webhookdelivery_changelist")
LINKS = reverse("admin:integrations_quotelink_changelist")
ATTEMPTS = reverse("admin:integrations_syncattempt_changelist")


@pytest.fixture
def old_and_new(row: Integration, monkeypatch: pytest.MonkeyPatch) -> WebhookDelivery:
    """Three quotes, the oldest of which is beyond what words are looked for in; return that one."""
    monkeypatch.setattr(large, "SEARCHED", 2)
    old = add_delivery(row, "OLD-1", contact_email="Old@example.com", quote_name="Ancient")
    ids = {"halo_quote_id": 3111, "halo_opportunity_id": 1111, "halo_sales_order_id": 7111, "halo_user_id": 9941}
    QuoteLink.objects.filter(pk=old.link_id).update(contact_email="Old@example.com", **ids)
    for number in ("NEW-2", "NEW-3"):
        add_delivery(row, number, quote_name="Fresh")
    return old


def found(client: Client, path: str, words: str) -> list[str]:
    page = client.get(path, {"q": words})
    assert page.status_code == 200
    return [str(row) for row in page.context["cl"].result_list]


@pytest.mark.parametrize("words", ["OLD-1", "old@EXAMPLE.com", "3111", "#1111", "7111", "9941"])
def test_whole_numbers_addresses_and_ids_are_found_in_everything(
    operator: Client, old_and_new: WebhookDelivery, words: str
) -> None:
    assert found(operator, LIST, words) == ["Quote OLD-1"]
    assert found(operator, LINKS, words) == ["Quote OLD-1"]


def test_parts_of_words_are_found_in_the_newest(operator: Client, old_and_new: WebhookDelivery) -> None:
    assert found(operator, LIST, "fres") == ["Quote NEW-3", "Quote NEW-2"]
    assert found(operator, LIST, "ncient") == []
    assert found(operator, ATTEMPTS, "OLD-1") == ["Quote OLD-1, attempt 1"]


def test_a_search_within_a_filter_stays_within_it(operator: Client, old_and_new: WebhookDelivery) -> None:
    page = operator.get(LIST, {"q": "OLD-1", "state__exact": "failed"})
    assert not page.context["cl"].result_list


def test_too_many_hits_are_said(operator: Client, row: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "FOUND", 2)
    for number in range(4):
        add_delivery(row, f"Q{number}")
    page = operator.get(LIST, {"q": "Network"})
    assert [str(row) for row in page.context["cl"].result_list] == ["Quote Q3", "Quote Q2"]
    assert "More than 2 match; these are the newest" in page.content.decode()


def test_a_list_says_that_there_are_more_than_it_pages(
    operator: Client, row: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large.CountedPaginator, "limit", 2)
    for number in range(2):
        add_delivery(row, f"Q{number}")
    assert "2\n" in operator.get(LIST).content.decode() and "more than" not in operator.get(LIST).content.decode()
    add_delivery(row, "Q3")
    page = operator.get(LIST)
    assert "more than 2 deliveries; narrow them" in " ".join(page.content.decode().split())
    assert page.context["cl"].result_count == 2
