"""Home: what needs me, how it runs, and that it keeps itself up to date."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.models import WebhookDelivery
from integrations.watch.trend import WINDOWS, trend, window_of
from tests.console.conftest import LINES, SignIn
from tests.portal import Portal


def test_figures_and_money(portal: Portal, without_opportunity: WebhookDelivery, sign_in: SignIn) -> None:
    page = sign_in("Viewer").get(reverse("admin:index")).content.decode()
    assert "How it runs" in page
    assert f"100.01 {without_opportunity.currency} waiting." in page
    assert "0%" in page
    assert "of 270 in five minutes" in page


def test_fragment_is_the_inside_of_the_page(synced: WebhookDelivery, sign_in: SignIn) -> None:
    client = sign_in("Viewer")
    page = client.get(reverse("admin:index"), {"window": "7d"}).content.decode()
    assert 'data-from="/integrations/webhookdelivery/home/?window=7d"' in page
    inside = client.get("/integrations/webhookdelivery/home/?window=7d").content.decode()
    assert "<html" not in inside
    assert "100%" in inside and "Quotes received in the last 7 days: 1" in inside


def test_fragment_is_for_staff_only(db: None, client: Any) -> None:
    assert client.get("/integrations/webhookdelivery/home/").status_code == 302


def test_every_window_counts_to_the_edge(synced: WebhookDelivery) -> None:
    now = timezone.now()
    for window in WINDOWS:
        found = trend(window, now=now)
        assert len(found.bars) == window.bars
        assert (found.received, found.success, found.bars[-1].good) == (1, 1.0, 1)
    WebhookDelivery.objects.update(received_at=now - timedelta(days=2))
    assert [trend(window, now=now).received for window in WINDOWS] == [0, 1, 1]


def test_days_follow_the_calendar_where_clocks_change(synced: WebhookDelivery) -> None:
    with timezone.override("Europe/Berlin"):
        # The clocks went back on 2026-10-25: that day had 25 hours.
        WebhookDelivery.objects.update(received_at=datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
        found = trend(window_of("7d"), now=datetime(2026, 10, 27, 12, tzinfo=UTC))
        assert [bar.total for bar in found.bars] == [0, 0, 0, 0, 1, 0, 0]


def test_unknown_window_is_the_first(db: None) -> None:
    assert window_of("../etc") is WINDOWS[0]


@pytest.mark.parametrize("count", [1, 25])
def test_home_asks_a_constant_number_of_questions(
    portal: Portal, sign_in: SignIn, django_assert_max_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        portal.receive(portal.publish(LINES))
    client = sign_in("Operator")
    with django_assert_max_num_queries(26):
        client.get(reverse("admin:index"))
