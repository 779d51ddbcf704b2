"""What changed in Quoter without a webhook is found, taken up once, and never doubled by a late webhook."""

from datetime import timedelta
from typing import Any

import pytest

from integrations.choices import Outcome, State, Trigger
from integrations.models import Issue, ItemLink, Recovery, WebhookDelivery
from integrations.simulator import Fault
from integrations.sync import missed
from integrations.sync.missed import look
from tests.lookup.quoter import connect
from tests.portal import Portal, line

LINES = [
    line("Cable", sku="CBL", quantity=3, section="Hardware", description="Snagless"),
    line("Rack", sku="RCK", unit_price="250.50", section="Hardware", discount="10"),
    line("Backup", sku="BCK", recurring=True, section="Services", unit_price="89.50"),
    line("Maybe", sku="OPT", is_optional=True),
]
LATER_S = 11 * 60


def later(portal: Portal, seconds: float = LATER_S) -> str:
    """Let time pass, and look."""
    portal.clock.ahead_s += seconds
    return look(portal.integration, surroundings=portal.surroundings)


def late(portal: Portal, quote_id: int) -> str:
    """Let the webhook of a quote as it stands come after all; return how that ended."""
    portal.receive(quote_id)
    portal.work()
    return portal.last_attempt(WebhookDelivery.objects.filter(recovered=False).latest("pk")).outcome


def found(portal: Portal) -> Recovery:
    return Recovery.objects.get(integration=portal.integration)


def recovered() -> list[WebhookDelivery]:
    return list(WebhookDelivery.objects.filter(recovered=True).order_by("pk"))


def halo_lines(portal: Portal) -> list[tuple[Any, ...]]:
    [quote] = portal.halo_quotes
    return [(row["name"], row["quantity"], row["price"], row["item_id"]) for row in quote["lines"]]


@pytest.fixture
def looking(portal: Portal, settings: Any) -> Portal:
    """A portal with ScalePad's key, which has begun to look."""
    connect(portal, settings)
    assert look(portal.integration, surroundings=portal.surroundings) == "begins here"
    return portal


@pytest.fixture
def legacy(portal: Portal, settings: Any) -> Portal:
    """The same with the older API alone."""
    connect(portal, settings, legacy=True)
    assert look(portal.integration, surroundings=portal.surroundings) == "begins here"
    return portal


def test_a_published_quote_whose_webhook_was_lost_is_taken_up(looking: Portal) -> None:
    quote_id = looking.publish(LINES)

    assert later(looking) == "1 recovered"

    [delivery] = recovered()
    assert (delivery.state, delivery.next_trigger) == (State.QUEUED, Trigger.RECOVERED)
    assert delivery.quote_number == "1" and delivery.quote_status == "pending"
    assert looking.simulator.quoter.quotes[quote_id].public_id in delivery.api_text
    assert looking.work() == [Outcome.SUCCEEDED], delivery.error_message
    [quote] = looking.halo_quotes
    assert quote["third_party_number"] == "1"
    assert quote["revenue"] == pytest.approx(75 + 240.50 + 89.50)
    assert [row["name"] for row in quote["lines"]] == ["Cable", "Rack", "Backup"]
    row = found(looking)
    assert (row.changed, row.seen, row.recovered, row.missing) == (1, 0, 1, [])
    assert looking.last_attempt(delivery).trigger == Trigger.RECOVERED


def test_the_late_webhook_of_a_recovered_quote_doubles_nothing(looking: Portal) -> None:
    quote_id = looking.publish(LINES)
    later(looking)
    looking.work()
    before = halo_lines(looking)

    assert late(looking, quote_id) in (Outcome.SUCCEEDED, Outcome.UNCHANGED)

    assert halo_lines(looking) == before
    assert len(looking.simulator.halo.items) == 3
    assert looking.link().revisions.count() == 1
    [delivery] = recovered()
    assert (delivery.quote_id, delivery.sequence) == (str(quote_id), quote_id)
    assert later(looking) == "0 recovered"


def test_each_revision_has_a_quote_of_its_own_and_the_late_webhook_finds_it(looking: Portal) -> None:
    looking.integration.revisions = "new"
    looking.integration.save()
    quote_id = looking.publish(LINES)
    looking.sync(quote_id)
    revision = looking.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])
    later(looking)
    assert looking.work() == [Outcome.SUCCEEDED]
    assert len(looking.halo_quotes) == 2

    assert late(looking, revision.id) in (Outcome.SUCCEEDED, Outcome.UNCHANGED)

    assert len(looking.halo_quotes) == 2
    assert looking.link().revisions.count() == 2


def test_a_lost_acceptance_is_taken_up_from_the_webhook_of_the_state_before(looking: Portal) -> None:
    quote_id = looking.publish(LINES)
    looking.sync(quote_id)
    looking.simulator.quoter.accept(quote_id)

    assert later(looking) == "1 recovered"
    assert looking.work() == [Outcome.SUCCEEDED]

    [order] = looking.halo_orders
    assert order["quotation_id"] == looking.halo_quotes[0]["id"]
    [delivery] = recovered()
    assert (delivery.quote_id, delivery.quote_status) == (str(quote_id), "accepted")
    assert late(looking, quote_id) == Outcome.UNCHANGED
    assert len(looking.halo_orders) == 1
    assert later(looking) == "0 recovered"


@pytest.mark.parametrize("quirk", ["", "stage-shown", "no-uuid"])
@pytest.mark.parametrize("move", ["accept", "order", "fulfil", "lose"])
def test_every_status_is_told_by_the_api(looking: Portal, move: str, quirk: str) -> None:
    looking.simulator.quoter.quirks.add(quirk)
    quote_id = looking.publish(LINES)
    getattr(looking.simulator.quoter, move)(quote_id)
    later(looking)
    [delivery] = recovered()
    assert delivery.quote_status == looking.simulator.quoter.quotes[quote_id].status


def test_a_lost_revision_comes_after_the_quote_it_revises(looking: Portal) -> None:
    quote_id = looking.publish(LINES)
    looking.sync(quote_id)
    looking.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])

    assert later(looking) == "1 recovered"
    assert looking.work() == [Outcome.SUCCEEDED]
    assert [row[:2] for row in halo_lines(looking)] == [("Cable", 9)]
    # The first revision again, from Quoter's list of requests: it stays what it is, old.
    looking.simulator.quoter.quotes[quote_id].name = "Renamed since"
    assert late(looking, quote_id) == Outcome.SUPERSEDED
    assert [row[:2] for row in halo_lines(looking)] == [("Cable", 9)]


def test_a_late_webhook_of_the_revision_before_stays_behind(looking: Portal) -> None:
    quote_id = looking.publish(LINES)
    revision = looking.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9)])
    assert later(looking) == "1 recovered"
    assert looking.work() == [Outcome.SUCCEEDED]

    assert late(looking, quote_id) == Outcome.SUPERSEDED
    assert [row[:2] for row in halo_lines(looking)] == [("Cable", 9)]
    assert late(looking, revision.id) in (Outcome.SUCCEEDED, Outcome.UNCHANGED)
    assert [row[:2] for row in halo_lines(looking)] == [("Cable", 9)]
    third = looking.simulator.quoter.revise(revision.id, lines=[line("Cable", sku="CBL", quantity=11)])
    assert late(looking, third.id) == Outcome.SUCCEEDED
    assert [row[:2] for row in halo_lines(looking)] == [("Cable", 11)]


def test_what_webhooks_told_is_only_counted(looking: Portal) -> None:
    first, second = looking.publish(LINES), looking.publish([line()])
    looking.sync(first)
    looking.sync(second)
    looking.simulator.quoter.accept(first)
    looking.sync(first)

    assert later(looking) == "0 recovered"

    row = found(looking)
    assert (row.changed, row.seen, row.recovered) == (2, 2, 0)
    assert not recovered()


def test_an_opened_email_is_no_gap(looking: Portal) -> None:
    quote_id = looking.publish(LINES)
    looking.sync(quote_id)
    later(looking)
    looking.simulator.quoter._clock, clock = looking.clock.time, looking.simulator.quoter._clock
    looking.simulator.quoter.open_email(quote_id)
    looking.simulator.quoter._clock = clock

    assert later(looking) == "0 recovered"
    assert found(looking).unanswered_since is None


def test_drafts_and_what_changed_a_moment_ago_are_left(looking: Portal) -> None:
    looking.simulator.quoter.create_quote(lines=LINES)
    looking.publish(LINES)

    assert later(looking, 60) == "0 recovered"
    assert later(looking) == "1 recovered"
    assert later(looking) == "0 recovered"


def test_nothing_before_the_first_look_is_taken_up(portal: Portal, settings: Any) -> None:
    portal.publish(LINES)
    portal.clock.ahead_s += 3600
    connect(portal, settings)
    assert look(portal.integration, surroundings=portal.surroundings) == "begins here"
    assert later(portal) == "0 recovered"


def test_never_without_a_key(portal: Portal) -> None:
    portal.publish(LINES)
    assert missed.integrations_to_look(now=portal.surroundings.now()) == []
    assert later(portal) == "no key for Quoter's API"
    assert portal.simulator.quoter.requests == []
    assert not Recovery.objects.exists()


def test_when_a_look_is_due(looking: Portal) -> None:
    now = looking.surroundings.now()
    own = [looking.integration.pk]
    assert missed.integrations_to_look(now=now) == []
    assert missed.integrations_to_look(now=now + missed.EVERY) == own
    Recovery.objects.update(claimed_until=now + timedelta(hours=1))
    assert missed.integrations_to_look(now=now + missed.EVERY) == []
    assert later(looking) == "somebody is looking already"
    Recovery.objects.update(claimed_until=None)
    looking.integration.recover_missed = False
    looking.integration.save()
    assert missed.integrations_to_look(now=now + missed.EVERY) == []


def test_more_than_one_run_can_read_is_continued_and_nothing_comes_twice(
    looking: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "READS_A_RUN", 2)
    for _ in range(5):
        looking.publish([line()])

    assert later(looking) == "2 recovered, to be continued"
    assert missed.integrations_to_look(now=looking.surroundings.now()) == [looking.integration.pk]
    assert later(looking, 0) == "2 recovered, to be continued"
    assert later(looking, 0) == "1 recovered"
    assert len(recovered()) == 5
    assert (found(looking).changed, found(looking).recovered) == (5, 5)


@pytest.mark.parametrize("fault", ["500", "drop", "html", "401", "403"])
def test_a_look_that_fails_says_so_and_loses_nothing(looking: Portal, fault: str) -> None:
    looking.publish(LINES)
    looking.simulator.quoter.fail(Fault(fault, path="/quotes", times=9))

    said = later(looking)

    assert found(looking).last_error == said != ""
    assert not recovered()
    assert Issue.objects.filter(code="look_failed", closed_at=None).exists() == (fault in ("401", "403"))
    looking.simulator.quoter.faults.clear()
    assert later(looking) == "1 recovered"
    assert found(looking).last_error == ""
    assert not Issue.objects.filter(code="look_failed", closed_at=None).exists()


def test_a_list_that_is_not_whole_is_not_believed(looking: Portal) -> None:
    looking.publish(LINES)
    looking.simulator.quoter.quirks.add("wrong-total")
    assert "1 of 2" in later(looking)
    assert found(looking).looked_until < looking.surroundings.now() - timedelta(minutes=15)


def test_a_status_that_cannot_be_read_is_not_guessed(looking: Portal) -> None:
    looking.simulator.quoter.quirks.add("no-stage-filter")
    quote_id = looking.publish(LINES)

    assert later(looking) == "0 recovered"

    [entry] = found(looking).missing
    assert (entry["number"], entry["why"]) == ("1", "Quoter's API does not tell its status.")
    issue = Issue.objects.get(code="webhook_missed")
    assert issue.is_open and "Quote 1 has changed" in issue.message
    looking.sync(quote_id)
    assert later(looking) == "0 recovered"
    assert found(looking).missing == []
    issue.refresh_from_db()
    assert not issue.is_open


def test_a_status_that_cannot_be_read_is_pending_where_the_settings_say_so(looking: Portal) -> None:
    looking.integration.recover_without_status = True
    looking.integration.save()
    looking.simulator.quoter.quirks.add("no-stage-filter")
    looking.publish(LINES)
    assert later(looking) == "1 recovered"
    assert recovered()[0].quote_status == "pending"


def test_the_catalogue_item_that_a_person_linked_is_found_without_its_id(looking: Portal) -> None:
    item = looking.simulator.halo.add_item("Quite another name", "XYZ", assetgroup_id=1)
    ItemLink.objects.create(
        integration=looking.integration, key="item:item_1", sku="CBL", name="Cable", halo_item_id=item["id"]
    )
    looking.publish([line("Cable", sku="CBL", item_id="item_1")])
    later(looking)
    assert looking.work() == [Outcome.SUCCEEDED]
    assert [row[3] for row in halo_lines(looking)] == [item["id"]]
    assert len(looking.simulator.halo.items) == 1


def test_amounts_of_the_whole_quote_come_along(looking: Portal) -> None:
    looking.publish(
        LINES,
        discount=20,
        shipping=15,
        taxes=[{"name": "VAT", "rate": "20", "amount": "59.10"}],
        interval="quarterly",
    )
    later(looking)
    quote_id = next(iter(looking.simulator.quoter.quotes))
    looking.integration.compare_taxes = False
    looking.integration.billing_quarterly = 4
    looking.integration.save()
    assert looking.work() == [Outcome.SUCCEEDED]
    before = halo_lines(looking)
    looking.sync(quote_id)
    assert halo_lines(looking) == before


def test_a_quote_taken_up_is_not_taken_up_again_by_a_look_at_the_same_time(looking: Portal) -> None:
    looking.publish(LINES)
    later(looking)
    Recovery.objects.update(looked_until=looking.surroundings.now() - timedelta(hours=5))
    assert later(looking, 0) == "0 recovered"


def test_older_api_takes_up_a_status_whose_quote_is_known(legacy: Portal) -> None:
    quote_id = legacy.publish(LINES)
    legacy.sync(quote_id)
    legacy.simulator.quoter.accept(quote_id)

    assert later(legacy) == "1 recovered"
    assert legacy.work() == [Outcome.SUCCEEDED]
    assert len(legacy.halo_orders) == 1
    assert late(legacy, quote_id) == Outcome.UNCHANGED
    assert later(legacy) == "0 recovered"


def test_older_api_names_what_it_cannot_replace(legacy: Portal) -> None:
    quote_id = legacy.publish(LINES)

    assert later(legacy) == "0 recovered"

    [entry] = found(legacy).missing
    assert "does not tell a quote's lines" in entry["why"]
    assert Issue.objects.get(code="webhook_missed").is_open
    legacy.sync(quote_id)
    later(legacy)
    assert found(legacy).missing == []
