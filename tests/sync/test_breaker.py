"""While Halo is away or refuses the sign-in, quotes wait: none is lost, no attempt wasted, one cause is shown."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from integrations.choices import DUE, FINAL, Outcome, State, Trigger
from integrations.models import Breaker, Integration, Issue, SyncAttempt, WebhookDelivery
from integrations.redact import Redactor
from integrations.simulator import Fault
from integrations.sync.breaker import AWAY, FAILURES, REJECTED_TRIALS_S, TRIALS_S, try_now, weigh
from integrations.sync.claim import claim
from integrations.sync.enqueue import sync_again
from integrations.sync.outcome import Ending, close
from integrations.sync.probe import probe
from tests.admin.rows import add_delivery
from tests.portal import Portal, line

MANY = 500


def add_quotes(portal: Portal, count: int) -> list[WebhookDelivery]:
    """Receive so many different quotes."""
    return [portal.receive(portal.publish([line(f"Item {n}", sku=f"S{n}")])) for n in range(count)]


def go_away(portal: Portal, kind: str = "500") -> None:
    portal.simulator.halo.fail(Fault(kind, times=1_000_000))


def come_back(portal: Portal) -> None:
    portal.simulator.halo.faults.clear()


def breaker() -> Breaker:
    return Breaker.objects.get()


@pytest.mark.parametrize(("kind", "many"), [("500", MANY), ("drop", 20), ("html", 20)])
def test_five_hundred_failing_quotes_are_few_requests_and_one_issue(portal: Portal, kind: str, many: int) -> None:
    add_quotes(portal, many)
    go_away(portal, kind)
    asked = len(portal.simulator.halo.requests)
    portal.work(limit=many + 1)
    for _ in range(20):
        portal.wait(3)

    issue = Issue.objects.get()
    assert (issue.code, issue.stands_alone, issue.is_open) == ("halo_away", True, True)
    assert issue.deliveries.count() == many
    assert WebhookDelivery.objects.filter(state__in=DUE).count() == many
    # Five to open it and a trial, two on a slow machine; each a sign-in and a question or two.
    assert SyncAttempt.objects.count() <= FAILURES + 2
    assert len(portal.simulator.halo.requests) - asked <= (FAILURES + 2) * 3


def test_refused_credentials_cost_one_attempt_and_one_issue(portal: Portal) -> None:
    add_quotes(portal, 30)
    portal.simulator.halo.credentials.client_secret = "changed in Halo"
    asked = len(portal.simulator.halo.requests)
    portal.work()
    portal.wait(60)
    assert SyncAttempt.objects.count() == 1
    assert len(portal.simulator.halo.requests) - asked <= 2
    issue = Issue.objects.get()
    assert (issue.code, issue.subject, issue.deliveries.count()) == ("credentials_rejected", "sign-in", 30)

    # Credentials that are edited are tried at once, not after five minutes.
    portal.simulator.halo.credentials.client_secret = "a new one"
    portal.integration.halo_client_secret = "a new one"
    portal.integration.halo_request_limit = 10_000
    portal.integration.save()
    assert breaker().trial_at <= portal.surroundings.now()
    portal.wait(3)
    portal.wait(3)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.SUCCEEDED}
    issue.refresh_from_db()
    assert not issue.is_open and not breaker().is_open


def test_saving_other_settings_is_no_new_trial(portal: Portal) -> None:
    portal.simulator.halo.credentials.client_secret = "changed in Halo"
    portal.sync(portal.publish([line()]))
    at = breaker().trial_at
    portal.integration.quoter_subdomain = "another"
    portal.integration.save()
    assert breaker().trial_at == at
    assert at - portal.surroundings.now() > timedelta(seconds=REJECTED_TRIALS_S[0] - 5)


def test_one_trial_at_a_time_ever_later_then_all_go_on(portal: Portal) -> None:
    deliveries = add_quotes(portal, 8)
    go_away(portal)
    portal.work()
    assert breaker().is_open
    before = {d.pk: d.next_attempt_at for d in WebhookDelivery.objects.all()}
    tried = SyncAttempt.objects.count()
    for number, wait in enumerate(TRIALS_S[:3]):
        assert portal.wait(wait - 5) == [], number
        assert [o for o in portal.wait(6) if o != "not due"] == [Outcome.RETRYING]
        assert SyncAttempt.objects.count() == tried + number + 1
    untried = WebhookDelivery.objects.filter(attempts_made=0)
    assert {d.pk: d.next_attempt_at for d in untried} == {d.pk: before[d.pk] for d in untried}
    # A trial that failed cost its delivery nothing: no retry is counted, and no end draws near.
    assert set(WebhookDelivery.objects.values_list("retries_made", flat=True)) <= {0, 1}

    come_back(portal)
    portal.wait(TRIALS_S[3] + 1)
    portal.wait(3)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.SUCCEEDED}
    assert len(portal.halo_quotes) == len(deliveries)
    assert not Issue.objects.get().is_open


def test_four_days_away_and_nothing_is_given_up(portal: Portal) -> None:
    add_quotes(portal, FAILURES + 1)
    go_away(portal)
    portal.work()
    for _ in range(4 * 24):
        portal.wait(3_600)
    assert not WebhookDelivery.objects.filter(state__in=FINAL).exists()
    come_back(portal)
    portal.wait(1_000)
    portal.wait(3)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.SUCCEEDED}


def test_one_quote_that_fails_by_itself_opens_nothing(portal: Portal) -> None:
    delivery = add_quotes(portal, 1)[0]
    go_away(portal)
    portal.work()
    for _ in range(FAILURES + 2):
        sync_again([delivery.pk], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
        portal.work()
    assert not breaker().is_open and not Issue.objects.exists()


def test_a_401_to_one_kind_of_request_is_no_refused_sign_in(portal: Portal) -> None:
    portal.simulator.halo.fail(Fault("401", method="POST", path="/Quotation", times=100))
    attempt = portal.sync(portal.publish([line()]))
    assert (attempt.outcome, attempt.error_code) == (Outcome.FAILED, "credentials_rejected")
    assert not Breaker.objects.filter(opened_at__isnull=False).exists()
    assert not Issue.objects.get().stands_alone


def test_success_between_begins_the_count_anew(portal: Portal) -> None:
    for _ in range(2):
        add_quotes(portal, FAILURES - 1)
        go_away(portal)
        portal.work()
        assert breaker().failures == FAILURES - 1
        come_back(portal)
        portal.sync(portal.publish([line("Good", sku="G")]))
        assert (breaker().failures, breaker().is_open) == (0, False)


def test_no_delivery_to_try_with_so_halo_is_asked_by_itself(portal: Portal) -> None:
    add_quotes(portal, FAILURES)
    go_away(portal)
    portal.work()
    WebhookDelivery.objects.update(state=State.SUPERSEDED, next_attempt_at=None, issue=None)
    portal.clock.ahead_s += TRIALS_S[0] + 1
    assert probe(portal.integration, surroundings=portal.surroundings) == "remote_broken"
    assert probe(portal.integration, surroundings=portal.surroundings) == "not due"
    come_back(portal)
    portal.clock.ahead_s += TRIALS_S[1] + 1
    assert probe(portal.integration, surroundings=portal.surroundings) == "Halo answers"
    assert not breaker().is_open and not Issue.objects.get().is_open


def test_trial_whose_worker_dies_is_followed_by_another(portal: Portal) -> None:
    add_quotes(portal, FAILURES)
    go_away(portal)
    portal.work()
    come_back(portal)
    portal.clock.ahead_s += TRIALS_S[0] + 1
    held = WebhookDelivery.objects.order_by("pk")[0]
    lease = claim(held.pk, task_id="", surroundings=portal.surroundings)
    assert lease is not None, "it is the trial"
    other = WebhookDelivery.objects.order_by("pk")[1]
    assert claim(other.pk, task_id="", surroundings=portal.surroundings) is None
    # The worker is gone; after its lease the others find out.
    portal.wait(120)
    portal.wait(5)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.SUCCEEDED}


def test_breaker_holds_no_other_integration(portal: Portal) -> None:
    other = Integration.objects.create(name="Other", halo_url="https://other.halopsa.com")
    Breaker.objects.create(
        integration=other, opened_at=portal.surroundings.now(), trial_at=portal.surroundings.now()
    )
    assert portal.sync(portal.publish([line()])).outcome == Outcome.SUCCEEDED


STEPS = st.lists(
    st.sampled_from(["away", "rejected", "answers", "silent", "pass time", "try now", "arrive", "die", "edit"]),
    min_size=5,
    max_size=60,
)


class AnyCourse(TestCase):
    """Whatever happens in whatever order, nothing is lost or stuck: when Halo answers, all go through."""

    @settings(max_examples=25, deadline=None)
    @given(steps=STEPS, picks=st.randoms(use_true_random=False))
    def test_nothing_is_lost_or_stuck(self, steps: Sequence[str], picks: object) -> None:
        integration = Integration.objects.create(name="One", halo_url="https://one.halopsa.com")
        portal = Portal(integration, None)  # type: ignore[arg-type]  # Halo's part is played by the steps
        for number in range(4):
            _arrive(portal, number)
        for number, step in enumerate(steps, start=10):
            if step == "arrive":
                _arrive(portal, number)
            elif step == "pass time":
                portal.clock.ahead_s += 400
            elif step == "try now":
                try_now(integration, now=portal.surroundings.now())
            elif step == "edit":
                integration.halo_client_id = f"client {number}"
                integration.save()
            else:
                _attempt(portal, step)
            row = Breaker.objects.filter(integration=integration).first()
            is_open = bool(row and row.is_open)
            assert Issue.objects.filter(closed_at=None, stands_alone=True).count() == is_open
            assert not WebhookDelivery.objects.filter(state__in={State.FAILED, State.NEEDS_ATTENTION}).exists()
            if row and row.is_open:
                assert row.trial_at is not None and row.issue is not None
        for _ in range(40):
            portal.clock.ahead_s += 4_000
            from integrations.sync.sweep import sweep

            sweep(now=portal.surroundings.now())
            for _ in range(30):
                if not _attempt(portal, "answers"):
                    break
        assert not WebhookDelivery.objects.exclude(state=State.SUCCEEDED).exists()
        assert not Issue.objects.filter(closed_at=None).exists()


def _arrive(portal: Portal, number: int) -> None:
    delivery = add_delivery(portal.integration, str(number), state=State.QUEUED)
    now = portal.surroundings.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_attempt_at=now, state=State.QUEUED)


def _attempt(portal: Portal, how: str) -> bool:
    """Let the first delivery that may be claimed be tried, and end as it is said; False where none may."""
    now = portal.surroundings.now()
    for pk in WebhookDelivery.objects.filter(state__in=DUE, next_attempt_at__lte=now).values_list("pk", flat=True):
        lease = claim(pk, task_id="", surroundings=portal.surroundings)
        if lease is None:
            continue
        if how == "die":
            return True
        endings = {
            "away": Ending(outcome=Outcome.RETRYING, code=sorted(AWAY)[0], message="No connection.", wait=30),
            "rejected": Ending(outcome=Outcome.FAILED, code="credentials_rejected", message="Refused."),
            "silent": Ending(outcome=Outcome.RETRYING, code="out_of_time", wait=1, counts=False),
            "answers": Ending(outcome=Outcome.SUCCEEDED),
        }
        if how == "answers":
            _halo_answered(portal, lease.attempt)
        assert close(lease, endings[how], redactor=Redactor(), surroundings=portal.surroundings)
        return True
    return False


def _halo_answered(portal: Portal, attempt: SyncAttempt) -> None:
    step = attempt.steps.create(number=1, stage="observe", started_at=portal.surroundings.now())
    step.calls.create(
        number=1,
        method="GET",
        url=f"{portal.integration.halo_url}/api/Users",
        status=200,
        started_at=portal.surroundings.now(),
        duration_ms=1,
    )


def test_a_portal_error_says_nothing_about_halo(portal: Portal) -> None:
    delivery = add_quotes(portal, 1)[0]
    lease = claim(delivery.pk, task_id="", surroundings=portal.surroundings)
    assert lease is not None
    verdict = weigh(
        delivery,
        lease.token,
        attempt_id=lease.attempt.pk,
        code="portal_error",
        message="",
        now=portal.surroundings.now(),
    )
    assert verdict.value == "nothing" and not Breaker.objects.exists()
