"""The dead man's switch: it needs changes in Quoter and no webhook, and ends with the first that comes."""

from datetime import datetime
from typing import Any

import pytest

from integrations.models import Issue
from integrations.sync.missed import look
from integrations.sync.silence import silence
from tests.lookup.quoter import connect
from tests.portal import Portal, line
from tests.sync.test_missed import later


@pytest.fixture
def looking(portal: Portal, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal whose every hour is a business hour, so that the tests do not depend on the day."""

    def around_the_clock(start: datetime, end: datetime, zone: object) -> float:
        return (end - start).total_seconds() / 3600

    monkeypatch.setattr("integrations.sync.silence.business_hours", around_the_clock)
    connect(portal, settings)
    look(portal.integration, surroundings=portal.surroundings)
    return portal


def issue() -> Issue | None:
    return Issue.objects.filter(code="webhooks_silent", closed_at=None).first()


def test_changes_without_a_webhook_are_reported_after_the_hours_of_the_settings(looking: Portal) -> None:
    looking.publish([line()])
    looking.publish([line()])
    later(looking)
    found = silence(looking.integration, now=looking.surroundings.now())
    assert found is not None and (found.quotes, found.too_long) == (2, False)
    assert issue() is None

    later(looking, 4 * 3600)

    opened = issue()
    assert opened is not None and opened.message.startswith("2 quotes have changed in Quoter since")
    assert "4 business hours" in opened.message
    # A webhook of any kind ends it.
    looking.receive(max(looking.simulator.quoter.quotes))
    looking.integration.deliveries.filter(recovered=False).update(last_received_at=looking.surroundings.now())
    later(looking)
    assert issue() is None
    assert silence(looking.integration, now=looking.surroundings.now()) is None


def test_a_quiet_day_is_no_silence(looking: Portal) -> None:
    later(looking, 9 * 3600)
    assert silence(looking.integration, now=looking.surroundings.now()) is None
    assert issue() is None


def test_webhooks_that_come_are_no_silence_even_where_one_is_lost(looking: Portal) -> None:
    looking.publish([line()])
    looking.receive(looking.publish([line()]))
    later(looking)
    later(looking, 9 * 3600)
    assert issue() is None


def test_it_can_be_switched_off(looking: Portal) -> None:
    looking.integration.silence_hours = None
    looking.integration.save()
    looking.publish([line()])
    later(looking)
    later(looking, 90 * 3600)
    assert issue() is None
