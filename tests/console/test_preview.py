"""The preview says what a sync would do, and does none of it."""

from django.urls import reverse

from integrations.choices import State
from integrations.models import SyncAttempt, WebhookDelivery
from integrations.simulator import Fault
from tests.console.conftest import LINES, SignIn, said
from tests.portal import Portal, line


def preview_url(delivery: WebhookDelivery) -> str:
    return reverse("admin:integrations_webhookdelivery_preview", args=[delivery.pk])


def test_preview_of_a_new_quote_names_what_would_be_made(portal: Portal, sign_in: SignIn) -> None:
    delivery = portal.receive(portal.publish(LINES))
    page = sign_in("Sales").get(preview_url(delivery)).content.decode()

    assert "Preview: nothing was written" in page
    assert "Create 2 products in Halo." in page
    assert "Create a Halo quote on opportunity #" in page
    assert "3 × 25.00 = 75.00" in page and "100.01" in page
    assert portal.simulator.halo.writes == []
    assert SyncAttempt.objects.count() == 0
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED


def test_preview_of_a_revision_shows_each_line(portal: Portal, sign_in: SignIn) -> None:
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    written = len(portal.simulator.halo.writes)
    revision = portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9), line("Lamp")])
    page = sign_in("Operator").get(preview_url(portal.receive(revision.id))).content.decode()

    assert "Update Halo quote" in page
    for verdict in ("Changed", "New", "Removed"):
        assert f">{verdict}</span>" in page
    assert "Quantity: 3 → 9" in page
    assert "has 2 lines now, 100.01" in page
    assert len(portal.simulator.halo.writes) == written


def test_preview_of_what_agrees_says_so(synced: WebhookDelivery, sign_in: SignIn) -> None:
    page = sign_in("Operator").get(preview_url(synced)).content.decode()
    assert "Halo already agrees with this quote: a sync would write nothing." in page


def test_preview_predicts_what_the_sync_then_does(portal: Portal, sign_in: SignIn) -> None:
    quote_id = portal.publish(LINES)
    older = portal.sync(quote_id).delivery
    portal.sync(portal.simulator.quoter.revise(quote_id, lines=LINES[:1]).id)
    page = sign_in("Operator").get(preview_url(older)).content.decode()
    assert "A sync would set this state aside" in page
    answer = sign_in("Operator").post(reverse("admin:integrations_webhookdelivery_sync_again", args=[older.pk]))
    assert (answer.status_code, portal.work()) == (302, [State.SUPERSEDED])


def test_preview_shows_what_has_to_be_settled(without_opportunity: WebhookDelivery, sign_in: SignIn) -> None:
    page = sign_in("Sales").get(preview_url(without_opportunity)).content.decode()
    assert "What has to be settled first" in page
    assert "Sync now" not in page


def test_preview_while_halo_is_down_says_why(portal: Portal, sign_in: SignIn) -> None:
    delivery = portal.receive(portal.publish(LINES))
    portal.simulator.halo.fail(Fault("500", times=50))
    answer = sign_in("Operator").get(preview_url(delivery), follow=True)
    [message] = said(answer)
    assert message.startswith("No preview: 127.0.0.1 answered with server error 500.")
    assert message.endswith("Press Preview again in a minute.")


def test_preview_is_not_for_viewers(synced: WebhookDelivery, sign_in: SignIn) -> None:
    assert sign_in("Viewer").get(preview_url(synced)).status_code == 403
    page = sign_in("Viewer").get(reverse("admin:integrations_webhookdelivery_change", args=[synced.pk]))
    assert "Preview" not in page.content.decode()


def test_preview_of_a_conflict_still_shows_what_differs(edited: WebhookDelivery, sign_in: SignIn) -> None:
    page = sign_in("Operator").get(preview_url(edited)).content.decode()
    assert "As the portal wrote it" in page
    assert "Quantity: 4 → 9" in page and ">Changed</span>" in page
