"""Syncing again on purpose: today's or older settings, new attempts, nothing twice, nothing older over newer."""

from django.contrib.auth.models import User

from integrations.choices import Outcome, State, Trigger
from integrations.models import SettingsVersion, SyncAttempt, WebhookDelivery
from integrations.simulator import Fault
from integrations.sync.enqueue import sync_again
from integrations.sync.replay import already_made, stopped_at, then_version
from tests.portal import Portal, line

LINES = [line("Cable", sku="CBL", quantity=3), line("Rack", sku="RCK", category="Racks")]


def replay(portal: Portal, delivery: WebhookDelivery, *, version: SettingsVersion | None = None) -> SyncAttempt:
    """Replay one delivery as Ann; return its attempt."""
    ann, _ = User.objects.get_or_create(username="ann")
    now = portal.surroundings.now()
    assert sync_again([delivery.pk], now=now, trigger=Trigger.REPLAY, by=ann, version=version) == 1
    portal.work()
    return portal.last_attempt(delivery)


def stored(attempt: SyncAttempt) -> dict[str, object]:
    return SyncAttempt.objects.filter(pk=attempt.pk).values().get()


def test_replay_is_a_new_attempt_and_history_stays(portal: Portal) -> None:
    first = portal.sync(portal.publish(LINES))
    before, steps = stored(first), list(first.steps.values())
    written = len(portal.simulator.halo.writes)
    second = replay(portal, first.delivery)
    assert (second.number, second.trigger, second.outcome) == (2, Trigger.REPLAY, Outcome.UNCHANGED)
    assert second.requested_by is not None and second.requested_by.username == "ann"
    assert not second.chosen_version
    assert stored(first) == before and list(first.steps.values()) == steps
    assert len(portal.simulator.halo.writes) == written
    third = replay(portal, first.delivery)
    assert third.number == 3


def test_replay_goes_on_from_the_step_that_failed(portal: Portal) -> None:
    portal.simulator.halo.fail(Fault("400", path="/Quotation", method="POST", body={"Message": "No."}))
    first = portal.sync(portal.publish(LINES))
    assert first.outcome == Outcome.FAILED
    assert stopped_at(first.delivery) == "Write to Halo"
    made = {item["id"] for item in portal.simulator.halo.items.values()}
    assert {row.halo_id for row in already_made(portal.link())} == made and len(made) == 2

    second = replay(portal, first.delivery)
    assert second.outcome == Outcome.SUCCEEDED
    assert {item["id"] for item in portal.simulator.halo.items.values()} == made
    assert len(portal.halo_quotes) == 1
    facts = [fact["text"] for fact in second.steps.get(number=1).facts if fact["label"] == "There already"]
    assert len(facts) == 2 and all("not made again" in text for text in facts)
    assert stopped_at(second.delivery) == ""


def test_replay_with_the_settings_of_then_uses_and_names_them(portal: Portal) -> None:
    first = portal.sync(portal.publish(LINES))
    version = then_version(first.delivery)
    assert version == first.settings_version
    portal.integration.status_pending = 3
    portal.integration.save()
    portal.halo_quotes[0]["title"] = "Another title"
    portal.link()
    second = replay(portal, first.delivery, version=version)
    assert second.settings_version == version and second.chosen_version
    settings = [fact["text"] for fact in second.steps.get(number=1).facts if fact["label"] == "Settings"]
    assert len(settings) == 1 and settings[0].startswith(f"version {version.number}, first used on ")
    # The delivery is through with them: whatever comes next uses today's.
    delivery = WebhookDelivery.objects.get(pk=first.delivery_id)
    assert delivery.replay_version is None
    third = replay(portal, delivery)
    assert third.settings_version != version and not third.chosen_version


def test_older_settings_decide_the_group(portal: Portal) -> None:
    stuck = portal.integration
    stuck.default_product_group = None
    stuck.save()
    first = portal.sync(portal.publish(LINES))
    assert first.error_code == "line_without_group"
    old_version = first.settings_version
    stuck.default_product_group = portal.simulator.halo.add_group("Later")["id"]
    stuck.save()
    again = replay(portal, first.delivery, version=old_version)
    assert (again.outcome, again.error_code) == (Outcome.NEEDS_ATTENTION, "line_without_group")
    assert replay(portal, first.delivery).outcome == Outcome.SUCCEEDED


def test_retries_of_a_replay_keep_its_settings(portal: Portal) -> None:
    first = portal.sync(portal.publish(LINES))
    version = first.settings_version
    portal.integration.price_decimals = 2
    portal.integration.save()
    portal.simulator.halo.fail(Fault("500", path="/Users"))
    portal.simulator.halo.fail(Fault("500", path="/Opportunities"))
    second = replay(portal, first.delivery, version=version)
    assert second.outcome == Outcome.RETRYING
    portal.wait(60)
    third = portal.last_attempt(first.delivery)
    assert third.number > second.number
    assert third.settings_version == version and third.chosen_version and third.trigger == Trigger.RETRY


def test_an_older_state_never_overwrites_a_newer_one(portal: Portal) -> None:
    quote_id = portal.publish(LINES)
    older = portal.sync(quote_id)
    portal.sync(portal.simulator.quoter.revise(quote_id, lines=LINES[:1]).id)
    shown = dict(portal.halo_quotes[0])
    for version in (None, older.settings_version):
        again = replay(portal, older.delivery, version=version)
        assert again.outcome == Outcome.SUPERSEDED
        assert portal.halo_quotes[0] == shown
    older.delivery.refresh_from_db()
    assert older.delivery.state == State.SUPERSEDED
