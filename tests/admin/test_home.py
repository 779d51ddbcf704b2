from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.choices import State
from integrations.models import Heartbeat, Integration
from tests.admin.rows import PERSON, add_delivery

HOME = reverse("admin:index")


def text(client: Client) -> str:
    page = client.get(HOME)
    assert page.status_code == 200
    return page.content.decode()


def test_home_shows_what_needs_you_and_what_retries(boss: Client, row: Integration) -> None:
    add_delivery(row, "2", problem=PERSON)
    add_delivery(row, "5", state=State.RETRYING, error_message="Halo does not answer.")
    page = text(boss)
    assert "Needs you (1)" in page
    assert PERSON.message in page
    assert "Retrying (1)" in page
    assert "Halo does not answer." in page
    assert "Quote Portal" in page  # the branding survives our own template


def test_home_tells_the_next_step_when_nothing_has_arrived(boss: Client, row: Integration) -> None:
    page = text(boss)
    assert "No quote has arrived yet" in page
    assert "Example MSP" in page


def test_home_starts_with_adding_an_integration(boss: Client) -> None:
    page = text(boss)
    assert reverse("admin:integrations_integration_add") in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "The worker has never been seen"),
        (12, "The worker was last seen 12 s ago."),
        (600, "The worker was last seen 10 minutes ago, so nothing is synced"),
    ],
)
def test_home_says_when_the_worker_was_seen(boss: Client, seconds: int | None, words: str) -> None:
    if seconds is not None:
        Heartbeat.objects.create(name="worker", beat_at=timezone.now() - timedelta(seconds=seconds))
    assert words in text(boss)


def test_home_keeps_quotes_from_people_who_may_not_see_them(row: Integration) -> None:
    add_delivery(row, problem=PERSON)
    client = Client()
    client.force_login(User.objects.create_user("nobody", password="x", is_staff=True))
    page = text(client)
    assert PERSON.message not in page
    assert "Needs you" not in page


def test_home_costs_few_queries(boss: Client, row: Integration) -> None:
    for number in range(12):
        add_delivery(row, str(number), problem=PERSON)
    with CaptureQueriesContext(connection) as queries:
        text(boss)
    # However many quotes there are.
    assert len(queries) <= 20


def test_navigation_counts_open_causes(boss: Client, row: Integration) -> None:
    add_delivery(row, "2", problem=PERSON)
    page = " ".join(text(boss).split())
    assert "min-w-[18px]" in page
    assert "Needs attention" in page
