"""The portal's own database fails in the middle of an attempt: that is no mistake and no end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection

from integrations.choices import Outcome, State
from integrations.models import SyncAttempt, WebhookDelivery, WriteIntent
from integrations.sync.claim import LEASE_S
from tests.portal import Portal, line

# Real transactions: inside a test's own, the first failure would end everything.
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def failing(error: Exception, *, when: Callable[[str], bool], times: int = 1) -> Iterator[list[str]]:
    """Fail the next statements that match; yield those that failed."""
    failed: list[str] = []

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if len(failed) < times and when(sql):
            failed.append(sql)
            raise error
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield failed


def is_step(sql: str) -> bool:
    return sql.startswith("INSERT") and "syncstep" in sql


def is_closing(sql: str) -> bool:
    return sql.startswith("UPDATE") and '"lease_token" = NULL' in sql and "webhookdelivery" in sql


def test_locked_database_in_an_attempt_is_tried_again(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))

    with failing(OperationalError("database is locked"), when=is_step):
        assert portal.work() == [Outcome.RETRYING]

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.error_code) == (State.RETRYING, "database_away")
    assert portal.wait(40) == [Outcome.SUCCEEDED]


@pytest.mark.parametrize("table", ["remotecall", "writeintent", "quotelink", "requestsspent"])
def test_database_that_fails_at_any_write_ends_with_one_of_each(portal: Portal, table: str) -> None:
    portal.receive(portal.publish([line("A", sku="A")]))

    for _ in range(30):
        with failing(
            OperationalError("gone"), when=lambda sql: table in sql and not sql.startswith("SELECT")
        ) as failed:
            outcomes = portal.work()
        assert Outcome.ERRORED not in outcomes
        portal.wait(LEASE_S)
        if not failed:
            break
    portal.wait(3_600)

    assert WebhookDelivery.objects.get().state in {State.SUCCEEDED, State.UNCHANGED}
    assert (len(portal.halo_quotes), len(portal.simulator.halo.items)) == (1, 1)
    assert not WriteIntent.objects.filter(state__in=["open", "unknown"]).exists()


def test_close_is_tried_again_when_the_database_comes_back(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))

    with failing(OperationalError("the server closed the connection"), when=is_closing):
        assert portal.work() == [Outcome.SUCCEEDED]

    assert WebhookDelivery.objects.get().state == State.SUCCEEDED


def test_attempt_that_cannot_be_closed_is_taken_up_after_its_lease(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))

    with failing(OperationalError("the server closed the connection"), when=is_closing, times=99):
        assert portal.work() == ["not closed"]

    assert WebhookDelivery.objects.get().state == State.RUNNING
    portal.wait(LEASE_S)
    portal.wait(2)
    assert WebhookDelivery.objects.get().state == State.UNCHANGED
    assert SyncAttempt.objects.get(number=1).error_code == "interrupted"
    assert len(portal.halo_quotes) == 1


def test_statement_that_is_wrong_stays_a_mistake_of_the_portal(portal: Portal) -> None:
    portal.receive(portal.publish([line()]))

    with failing(IntegrityError("a constraint"), when=is_step):
        assert portal.work() == [Outcome.ERRORED]

    assert WebhookDelivery.objects.get().state == State.FAILED
