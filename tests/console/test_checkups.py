"""The doctor looks by itself; what is red is a cause until it is repaired."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from integrations.connect.budget import Lane, RequestGate
from integrations.lookup import checkups
from integrations.lookup.checkups import EVERY, RED_EVERY, checkup, due, look_where_due
from integrations.models import Checkup, Integration, Issue, RequestsSpent
from integrations.simulator import Fault
from integrations.sync.heartbeat import beat
from tests.console.conftest import LINES, SignIn
from tests.portal import Portal


@pytest.fixture(autouse=True)
def clock(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scheduled task live in the portal's time."""
    monkeypatch.setattr(checkups, "Surroundings", lambda: portal.surroundings)
    beat(now=portal.surroundings.now())


def later(portal: Portal, by: timedelta) -> str:
    """Look again after a while; the last look grows older, for the clock itself is one of the doctor's points."""
    Checkup.objects.update(examined_at=F("examined_at") - by)
    Integration.objects.update(updated_at=F("updated_at") - by)
    return look_where_due()


def test_each_six_hours_and_after_a_change(portal: Portal) -> None:
    assert look_where_due() == "Example MSP: unsure"
    assert look_where_due() == "none due"
    assert later(portal, EVERY - timedelta(minutes=1)) == "none due"
    assert later(portal, timedelta(minutes=2)) == "Example MSP: unsure"
    portal.integration.refresh_from_db()
    portal.integration.save()
    assert later(portal, timedelta(minutes=1)) == "Example MSP: unsure"
    row = Checkup.objects.get()
    assert row.examined_at is not None and {"title", "grade", "sentence"} <= set(row.findings[0])


def test_red_is_one_cause_and_closes_when_green(portal: Portal) -> None:
    portal.integration.status_pending = 999
    portal.integration.save()
    assert look_where_due() == "Example MSP: bad"
    issue = Issue.objects.get()
    assert (issue.code, issue.stands_alone) == ("doctor", True)
    assert (
        issue.message == "The doctor found: Quote statuses: Status 999, set for pending quotes, is none of Halo's."
    )
    assert later(portal, RED_EVERY + timedelta(minutes=1)) == "Example MSP: bad"
    assert Issue.objects.count() == 1
    # What goes through meanwhile closes nothing that it did not open.
    portal.sync(portal.publish(LINES))
    issue.refresh_from_db()
    assert issue.is_open
    Integration.objects.update(status_pending=2)
    assert later(portal, RED_EVERY + timedelta(minutes=1)) == "Example MSP: unsure"
    issue.refresh_from_db()
    assert not issue.is_open
    assert list(issue.notices.values_list("event", flat=True)) == ["opened", "closed"]


def test_one_lost_answer_is_no_cause_two_are(portal: Portal) -> None:
    portal.simulator.halo.fail(Fault("drop", times=1_000))
    assert look_where_due() == "Example MSP: bad"
    assert not Issue.objects.exists()
    assert later(portal, RED_EVERY + timedelta(minutes=1)) == "Example MSP: bad"
    assert Issue.objects.get().is_open


def test_what_is_off_paused_or_without_budget_is_left_alone(portal: Portal) -> None:
    Integration.objects.update(enabled=False)
    assert due(now=portal.surroundings.now()) == []
    Integration.objects.update(enabled=True)
    gate = RequestGate(
        portal.integration, lane=Lane.RECONCILIATION, clock=portal.clock.time, sleep=portal.clock.sleep
    )
    while not gate._try():
        pass
    asked = len(portal.simulator.halo.requests)
    assert look_where_due() == "none due" and len(portal.simulator.halo.requests) == asked
    RequestsSpent.objects.all().delete()
    assert look_where_due() == "Example MSP: unsure"


def test_an_integration_being_set_up_opens_no_cause(portal: Portal) -> None:
    Integration.objects.update(enabled=False, status_pending=999)
    portal.integration.refresh_from_db()
    checkup(portal.integration, surroundings=portal.surroundings)
    assert Checkup.objects.get().grade == "bad" and not Issue.objects.exists()


def test_the_last_look_is_shown_with_its_time(portal: Portal, sign_in: SignIn) -> None:
    portal.integration.status_pending = 999
    portal.integration.save()
    look_where_due()
    client = sign_in("Administrator")
    page = client.get(reverse("admin:integrations_integration_change", args=[portal.integration.pk]))
    text = " ".join(page.content.decode().split())
    assert "The doctor looked at" in text and "and found: Quote statuses" in text
    guide = client.get(reverse("admin:integrations_integration_guide", args=[portal.integration.pk]))
    assert "again by itself every six hours" in guide.content.decode()
    assert "UTC</time>" not in guide.content.decode() and 'class="qp-when"' in guide.content.decode()
