import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from integrations.choices import Outcome, State, Trigger
from integrations.models import Integration, Issue, QuoteLink, SyncAttempt, WebhookDelivery
from tests.admin.rows import LINE, PERSON, add_attempt, add_delivery

LIST = reverse("admin:integrations_webhookdelivery_changelist")


def page_of(client: Client, delivery: WebhookDelivery) -> str:
    page = client.get(reverse("admin:integrations_webhookdelivery_change", args=[delivery.pk]))
    assert page.status_code == 200
    return page.content.decode()


def test_sync_again_queues_the_delivery_and_names_who_asked(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, state=State.FAILED)
    answer = operator.post(
        reverse("admin:integrations_webhookdelivery_sync_again", args=[delivery.pk]), follow=True
    )
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED
    assert delivery.next_trigger == Trigger.OPERATOR
    assert delivery.requested_by is not None
    assert delivery.requested_by.get_username() == "operator"
    assert OrmQ.objects.count() == 1
    assert "1 delivery will be synced again" in answer.content.decode()


def test_bulk_sync_again_counts_what_is_already_in_work(operator: Client, row: Integration) -> None:
    ended = [add_delivery(row, "1"), add_delivery(row, "2", state=State.RETRYING)]
    queued = add_delivery(row, "3", state=State.QUEUED)
    chosen = [d.pk for d in (*ended, queued)]
    answer = operator.post(LIST, {"action": "sync_selected_again", "_selected_action": chosen}, follow=True)
    text = answer.content.decode()
    assert "2 deliveries will be synced again" in text
    assert "1 delivery is already queued or in work" in text
    assert WebhookDelivery.objects.filter(state=State.QUEUED).count() == 3


@pytest.mark.parametrize(
    "word", ["2024-7", "Network", "Dental", "avery.sample@example", "CBL-C6", "3001", "two users with the e-mail"]
)
def test_a_delivery_is_found_by(operator: Client, row: Integration, word: str) -> None:
    add_delivery(row, "2024-7", problem=PERSON)
    page = operator.get(LIST, {"q": word})
    assert [d.quote_number for d in page.context["cl"].result_list] == ["2024-7"]


def test_the_list_is_narrowed_by_state_and_day(operator: Client, row: Integration) -> None:
    add_delivery(row, "1")
    add_delivery(row, "2", problem=PERSON)
    add_delivery(row, "3", state=State.FAILED)
    today = f"{timezone.localtime():%Y-%m-%d}"
    found = operator.get(LIST, {"state__exact": [State.NEEDS_ATTENTION, State.FAILED]}).context["cl"].result_list
    assert {d.quote_number for d in found} == {"2", "3"}
    found = operator.get(LIST, {"received_at_from": today, "received_at_to": today}).context["cl"].result_list
    assert len(found) == 3
    assert not operator.get(LIST, {"received_at_to": "2020-01-01"}).context["cl"].result_list
    assert len(operator.get(LIST, {"received_at_to": "never"}).context["cl"].result_list) == 3


def test_the_page_says_whose_turn_it_is_and_what_to_choose(operator: Client, row: Integration) -> None:
    page = page_of(operator, add_delivery(row, problem=PERSON))
    assert "It is your turn" in page
    assert "Avery Sample-Reyes" in page
    assert page.count(">Choose<") == 2
    assert "Another user, by its Halo id" in page


def test_the_page_shows_decisions_totals_warnings_and_the_exact_text(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    page = page_of(operator, delivery)
    assert "Same SKU" in page
    assert "Not Other cable, id 502: has the same name, but the SKU decides." in page
    assert "3,075.00 USD" in page
    assert "Is not carried over" in page
    assert "&quot;line_items&quot;" in page


def test_links_lead_to_halo_and_quoter(operator: Client, row: Integration) -> None:
    Integration.objects.filter(pk=row.pk).update(halo_url="https://example.halopsa.com")
    delivery = add_delivery(row)
    QuoteLink.objects.update(halo_quote_id=3001, halo_opportunity_id=1051, halo_sales_order_id=7001)
    page = page_of(operator, delivery)
    assert "https://example.halopsa.com/orders?mainview=quotes&amp;quoteid=3001" in page
    assert "https://example.halopsa.com/ticket?id=1051" in page
    assert "salesorderid=7001" in page
    assert "https://example-msp.quoter.com/quote/webview/u-7" in page


def test_the_newest_attempt_is_open_and_the_older_ones_are_folded(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    add_attempt(delivery, outcome=Outcome.RETRYING)
    page = page_of(operator, delivery)
    assert page.index("Attempt 2") < page.index("Attempt 1<")
    assert page.count('<details class="qp-attempt" open>') == 1
    assert page.count("/api/Users?search=avery") == 1  # the older one shows its requests on its own page
    assert "Open this attempt with its requests" in page


def test_the_page_costs_the_same_however_many_attempts_there_are(operator: Client, row: Integration) -> None:
    delivery, costs = add_delivery(row), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page_of(operator, delivery)
        costs.append(len(queries))
        for _ in range(5):
            add_attempt(delivery)
    assert costs[0] == costs[1]


def test_other_states_of_the_quote_are_listed(operator: Client, row: Integration) -> None:
    first = add_delivery(row, "7", state=State.SUPERSEDED)
    second = add_delivery(row, "7", quote_status="accepted")
    WebhookDelivery.objects.filter(pk=first.pk).update(superseded_by=second)
    page = page_of(operator, first)
    assert "Everything that arrived for this quote" in page
    assert "Open the newer state" in page


def test_a_waiting_delivery_of_a_switched_off_integration_says_so(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row, state=State.QUEUED)
    Integration.objects.update(enabled=False)
    assert "this integration is switched off" in page_of(operator, delivery)


def test_only_superusers_see_tracebacks(operator: Client, boss: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    attempt = SyncAttempt.objects.get()
    assert "KeyError" not in page_of(operator, delivery)
    page = reverse("admin:integrations_syncattempt_change", args=[attempt.pk])
    assert "KeyError" not in operator.get(page).content.decode()
    assert "KeyError" in boss.get(page).content.decode()


def test_an_attempt_shows_steps_with_their_requests(operator: Client, row: Integration) -> None:
    add_delivery(row)
    attempt = SyncAttempt.objects.get()
    page = operator.get(reverse("admin:integrations_syncattempt_change", args=[attempt.pk])).content.decode()
    for words in ("Look at Halo", "1.2 s", "Avery Sample, id 41", "/api/Users?search=avery", "80 ms", "f00d"):
        assert words in page


def test_a_plan_of_another_shape_does_not_break_the_page(operator: Client, row: Integration) -> None:
    delivery = add_delivery(row)
    SyncAttempt.objects.update(plan={"of": "another version"})
    assert "Same SKU" not in page_of(operator, delivery)


def test_syncing_a_cause_again_queues_all_that_it_stops(operator: Client, row: Integration) -> None:
    for number in ("1", "2"):
        add_delivery(row, number, problem=LINE)
    issue = Issue.objects.get()
    list_page = operator.get(reverse("admin:integrations_issue_changelist")).content.decode()
    assert LINE.message in list_page
    assert "Choose one on the quote&#x27;s page." in list_page
    answer = operator.post(reverse("admin:integrations_issue_sync_again", args=[issue.pk]), follow=True)
    assert "2 deliveries will be synced again" in answer.content.decode()
    assert WebhookDelivery.objects.filter(state=State.QUEUED).count() == 2


def test_settled_causes_are_listed_on_request(operator: Client, row: Integration) -> None:
    add_delivery(row, problem=LINE)
    Issue.objects.update(closed_at=timezone.now())
    page = reverse("admin:integrations_issue_changelist")
    assert not operator.get(page).context["cl"].result_list
    assert len(operator.get(page, {"closed": "yes"}).context["cl"].result_list) == 1
    assert len(operator.get(page, {"closed": "all"}).context["cl"].result_list) == 1
