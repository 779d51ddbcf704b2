"""A quote's page tells its whole story."""

from typing import Any

from django.urls import reverse

from integrations.models import QuoteLink, WebhookDelivery
from tests.console.conftest import LINES, SignIn
from tests.portal import Portal, line


def page_of(link: QuoteLink) -> str:
    return reverse("admin:integrations_quotelink_change", args=[link.pk])


def test_page_tells_arrivals_attempts_writes_and_objects(portal: Portal, sign_in: SignIn) -> None:
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    revision = portal.simulator.quoter.revise(quote_id, lines=LINES[:1])
    portal.sync(revision.id)
    portal.simulator.quoter.accept(revision.id)
    portal.sync(revision.id)

    link = portal.link()
    page = sign_in("Viewer").get(page_of(link)).content.decode()
    assert page.count(">Received</a>") == 3
    assert page.count(">Attempt 1</a>") == 3
    assert f"Sales order, id {link.halo_sales_order_id}" in page
    assert f"quoteid={link.halo_quote_id}" in page and f"ticket?id={link.halo_opportunity_id}" in page
    assert "One-time total" in page and "75.00" in page
    assert "How each line was matched" in page


def test_decisions_are_told_with_who_made_them(
    portal: Portal, without_opportunity: WebhookDelivery, sign_in: SignIn
) -> None:
    [number] = portal.simulator.halo.opportunities
    address = reverse("admin:integrations_webhookdelivery_decide", args=[without_opportunity.pk])
    sign_in("Sales").post(address, {"code": without_opportunity.error_code, "halo_id": number})
    portal.work()
    page = sign_in("Viewer").get(page_of(portal.link())).content.decode()
    assert "Attempt 2, decision" in page
    assert "chosen by sales" in page


def test_operator_still_corrects_the_link_there(portal: Portal, synced: WebhookDelivery, sign_in: SignIn) -> None:
    link = portal.link()
    user = next(u for u in portal.simulator.halo.users.values() if u["emailaddress"])
    other = portal.simulator.halo.add_opportunity(user["id"], "Another")
    data = {"halo_opportunity_id": other["id"]}
    assert sign_in("Operator").post(page_of(link), data).status_code == 302
    link.refresh_from_db()
    assert link.halo_opportunity_id == other["id"]
    assert sign_in("Sales").post(page_of(link), data).status_code == 403


def test_page_asks_a_constant_number_of_questions(
    portal: Portal, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    for number in range(8):
        revision = portal.simulator.quoter.revise(quote_id, name=f"Revision {number}")
        quote_id = revision.id
        portal.sync(quote_id)
    client = sign_in("Operator")
    with django_assert_max_num_queries(28):
        client.get(page_of(portal.link()))


def test_page_tells_why_each_field_has_its_value(portal: Portal, sign_in: SignIn) -> None:
    attempt = portal.sync(portal.publish([line("Cable", sku="CBL", quantity=3, discount="5.00")]))
    client = sign_in("Viewer")
    attempt_page = reverse("admin:integrations_syncattempt_change", args=[attempt.pk])
    for page in (page_of(portal.link()), attempt_page):
        text = client.get(page).content.decode()
        assert "Why each field has its value" in text
        for path in (
            "person.email_address",
            "internal_notes",
            "line_items[0].type.name",
            "line_items[0].quantity",
        ):
            assert path in text, path
        assert "less the line&#x27;s discount of 5.00" in text
        assert f"{attempt.settings_version.number} of the settings" in text  # type: ignore[union-attr]
        assert "#id_status_pending" in text


def test_page_shows_totals_of_every_state_and_the_requests(portal: Portal, sign_in: SignIn) -> None:
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    portal.sync(portal.simulator.quoter.revise(quote_id, lines=LINES[:1]).id)
    page = sign_in("Viewer").get(page_of(portal.link())).content.decode()
    assert "Totals, state by state" in page
    assert "100.01 USD" in page and "75.00 USD" in page
    assert "Copy as curl" in page and "Bearer YOUR_TOKEN" in page
    assert portal.simulator.halo.credentials.client_secret not in page
