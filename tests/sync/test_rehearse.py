"""Rehearsals plan many quotes in the background: previews of replays, and what other settings would have done."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import serializers

from integrations.choices import Outcome, State
from integrations.lookup.rehearsals import NotStarted, Wish, ask_halo, begin, carry_out, reach_of, stop
from integrations.models import (
    AttemptInputs,
    Integration,
    ItemLink,
    QuoteLink,
    Rehearsal,
    RehearsedQuote,
    SettingsVersion,
    SyncAttempt,
    SyncStep,
    WebhookDelivery,
    WriteIntent,
)
from integrations.sync import retention
from integrations.sync.gone import gone_by_now
from integrations.sync.rehearse import due_rehearsals, go_on
from tests.portal import Portal, line

LINES = [line("Cable", sku="CBL", quantity=3), line("Rack", sku="RCK", category="Racks")]
Verdict, Purpose, Using = RehearsedQuote.Verdict, Rehearsal.Purpose, Rehearsal.Using
# What no rehearsal may touch.
KEPT = (Integration, WebhookDelivery, SyncAttempt, SyncStep, QuoteLink, ItemLink, WriteIntent, AttemptInputs)


def rows() -> str:
    return "".join(serializers.serialize("json", model.objects.order_by("pk")) for model in KEPT)


def wish(portal: Portal, purpose: Purpose = Purpose.WHAT_IF, **changes: Any) -> Wish:
    ann, _ = User.objects.get_or_create(username="ann")
    fields: dict[str, Any] = {
        "purpose": purpose,
        "using": Using.TODAY,
        "version": None,
        "question": "All quotes",
        "by": ann,
        "now": portal.surroundings.now(),
        **changes,
    }
    return Wish(**fields)


def rehearse(portal: Portal, purpose: Purpose = Purpose.WHAT_IF, **changes: Any) -> Rehearsal:
    rehearsal = begin(WebhookDelivery.objects.all(), wish(portal, purpose, **changes))
    portal.work()
    rehearsal.refresh_from_db()
    return rehearsal


def verdicts(rehearsal: Rehearsal) -> list[str]:
    return list(rehearsal.quotes.order_by("pk").values_list("verdict", flat=True))


# What if


def test_what_if_asks_halo_nothing_and_changes_nothing(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    portal.sync(portal.publish([line("Lamp", sku="LMP")]))
    other = portal.simulator.halo.add_group("Racks")
    portal.integration.default_product_group = other["id"]
    portal.integration.status_pending = 5
    portal.integration.save()
    asked, before = len(portal.simulator.halo.requests), rows()
    held = portal.simulator.halo.dump()

    rehearsal = rehearse(portal)

    assert rehearsal.state == Rehearsal.State.DONE
    assert verdicts(rehearsal) == [Verdict.DIFFERS, Verdict.DIFFERS]
    assert len(portal.simulator.halo.requests) == asked
    assert portal.simulator.halo.dump() == held
    assert rows() == before
    first = rehearsal.quotes.order_by("pk")[0]
    changes = {change["label"]: (change["then"], change["now"]) for change in first.changes}
    assert changes["Status"] == ("2", "5")
    assert changes["Line “Rack”: group"][1] == f"group {other['id']}"
    assert first.attempt is not None and first.attempt.number == 1


def test_what_if_with_the_settings_of_the_day_says_the_same(portal: Portal) -> None:
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    portal.simulator.quoter.accept(quote_id)
    portal.sync(quote_id)
    assert set(verdicts(rehearse(portal))) == {Verdict.SAME}


def test_what_if_tells_of_decisions_that_come_and_go(portal: Portal) -> None:
    portal.integration.default_product_group = None
    portal.integration.save()
    stuck = portal.sync(portal.publish(LINES))
    assert stuck.outcome == Outcome.NEEDS_ATTENTION
    portal.integration.default_product_group = portal.simulator.halo.add_group("Later")["id"]
    portal.integration.save()
    assert verdicts(rehearse(portal)) == [Verdict.PASSES]

    through = portal.sync(portal.publish([line("Lamp", sku="LMP", category="Lighting")]))
    assert through.outcome == Outcome.SUCCEEDED
    old = stuck.settings_version
    assert verdicts(rehearse(portal, using=Using.VERSION, version=old)) == [Verdict.SAME, Verdict.WAITS]


def test_what_was_not_kept_is_looked_up_on_request(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    AttemptInputs.objects.all().delete()
    portal.integration.status_pending = 3
    portal.integration.save()
    rehearsal = rehearse(portal)
    assert verdicts(rehearsal) == [Verdict.UNANSWERED]
    written, before = len(portal.simulator.halo.writes), rows()

    assert ask_halo(rehearsal) == 1
    portal.work()
    rehearsal.refresh_from_db()
    # The products were new then and are there now: that is no difference of the settings.
    assert (rehearsal.state, verdicts(rehearsal)) == (Rehearsal.State.DONE, [Verdict.SAME])
    assert len(portal.simulator.halo.writes) == written and rows() == before


def test_what_halo_was_not_asked_then_is_not_guessed(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    portal.integration.agent_by_owner = True
    portal.integration.save()
    [row] = rehearse(portal).quotes.all()
    assert (row.verdict, "agent" in row.summary) == (Verdict.UNANSWERED, True)


def test_a_delivery_without_a_plan_has_nothing_to_compare(portal: Portal) -> None:
    portal.receive(portal.publish(LINES))
    rehearsal = begin(WebhookDelivery.objects.all(), wish(portal))
    go_on(rehearsal.pk, surroundings=portal.surroundings)
    assert verdicts(rehearsal) == [Verdict.NO_PLAN]


# Working


def test_it_is_worked_on_in_stretches_by_one_worker(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A", "B", "C"):
        portal.sync(portal.publish([line(name, sku=name)]))
    monkeypatch.setattr("integrations.sync.rehearse.STRETCH_S", 0.0)
    rehearsal = begin(WebhookDelivery.objects.all(), wish(portal))
    assert go_on(rehearsal.pk, surroundings=portal.surroundings) == "goes on"
    assert verdicts(rehearsal).count(Verdict.PENDING) == 2
    Rehearsal.objects.update(claimed_until=portal.surroundings.now() + timedelta(seconds=60))
    assert go_on(rehearsal.pk, surroundings=portal.surroundings) == "not due"
    assert due_rehearsals(now=portal.surroundings.now()) == []
    portal.clock.ahead_s += 61
    assert due_rehearsals(now=portal.surroundings.now()) == [rehearsal.pk]
    portal.work()
    assert Verdict.PENDING not in verdicts(rehearsal)


def test_it_waits_for_requests_without_holding_a_worker(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    rehearsal = begin(WebhookDelivery.objects.all(), wish(portal, Purpose.REPLAY))
    portal.simulator.halo.rate_limit = 0
    assert go_on(rehearsal.pk, surroundings=portal.surroundings) == "waits for its turn"
    rehearsal.refresh_from_db()
    assert "right of way" in rehearsal.note
    assert due_rehearsals(now=portal.surroundings.now()) == []
    portal.simulator.halo.rate_limit = None
    portal.clock.ahead_s += 400
    assert due_rehearsals(now=portal.surroundings.now()) == [rehearsal.pk]
    assert go_on(rehearsal.pk, surroundings=portal.surroundings) == "done"


def test_a_stopped_one_stays_stopped(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    rehearsal = begin(WebhookDelivery.objects.all(), wish(portal))
    assert stop(rehearsal, now=portal.surroundings.now())
    assert go_on(rehearsal.pk, surroundings=portal.surroundings) == "not due"
    assert not stop(rehearsal, now=portal.surroundings.now())


def test_what_plans_were_made_from_is_kept_for_a_while(portal: Portal) -> None:
    attempt = portal.sync(portal.publish(LINES))
    now = portal.surroundings.now()
    assert AttemptInputs.objects.filter(attempt=attempt).exists()
    days = settings.KEEP_TEXTS_DAYS
    assert retention.count_due(now=now + timedelta(days=days - 1))["what plans were made from"] == 0
    assert retention.count_due(now=now + timedelta(days=days + 1))["what plans were made from"] == 1
    retention.run(now=now + timedelta(days=days + 1), sleep=lambda _: None)
    assert not AttemptInputs.objects.filter(attempt=attempt).exists()


# Replay


def test_replay_is_counted_and_previewed_before_anything_is_written(portal: Portal) -> None:
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    portal.sync(portal.simulator.quoter.revise(quote_id, lines=LINES[:1]).id)
    portal.integration.default_product_group = None
    portal.integration.save()
    stuck = portal.sync(portal.publish([line("Lamp", sku="LMP", category="Lighting")]))
    portal.integration.default_product_group = portal.simulator.halo.add_group("Later")["id"]
    portal.integration.save()
    reach = reach_of(WebhookDelivery.objects.all())
    assert (reach.deliveries, reach.quotes, reach.busy) == (3, 2, 0)
    written, before = len(portal.simulator.halo.writes), rows()

    rehearsal = rehearse(portal, Purpose.REPLAY)

    assert verdicts(rehearsal) == [Verdict.SUPERSEDED, Verdict.NOTHING, Verdict.WRITES]
    row = rehearsal.quotes.get(delivery=stuck.delivery)
    assert row.counts == {"product": 1, "quote created": 1}
    assert row.writes == ["Create 1 product(s)", "Create a Halo quote"]
    assert len(portal.simulator.halo.writes) == written and rows() == before

    assert carry_out(rehearsal, by=User.objects.get(), now=portal.surroundings.now()) == 2
    portal.work()
    stuck.delivery.refresh_from_db()
    assert stuck.delivery.state == State.SUCCEEDED
    assert len(portal.halo_quotes) == 2
    with pytest.raises(NotStarted):
        carry_out(rehearsal, by=User.objects.get(), now=portal.surroundings.now())


def test_replay_needs_its_preview_to_be_done(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    rehearsal = begin(WebhookDelivery.objects.all(), wish(portal, Purpose.REPLAY))
    with pytest.raises(NotStarted):
        carry_out(rehearsal, by=User.objects.get(), now=portal.surroundings.now())


def test_older_settings_are_for_chosen_quotes_only(portal: Portal) -> None:
    version = portal.sync(portal.publish(LINES)).settings_version
    for using in (Using.THEN, Using.VERSION):
        with pytest.raises(NotStarted, match="chosen one by one"):
            rehearse(portal, Purpose.REPLAY, using=using, version=version)
    rehearsal = rehearse(portal, Purpose.REPLAY, using=Using.VERSION, version=version, chosen=True)
    portal.integration.price_decimals = 2
    portal.integration.save()
    assert carry_out(rehearsal, by=User.objects.get(), now=portal.surroundings.now()) == 1
    portal.work()
    attempt = SyncAttempt.objects.order_by("-number")[0]
    assert attempt.settings_version == version and attempt.chosen_version


def test_another_integrations_settings_are_refused(portal: Portal) -> None:
    portal.sync(portal.publish(LINES))
    other = Integration.objects.create(name="Other")
    version = SettingsVersion.of(other, other.rules())
    with pytest.raises(NotStarted, match="belongs to “Other” alone"):
        rehearse(portal, Purpose.REPLAY, using=Using.VERSION, version=version, chosen=True)


def test_it_warns_of_what_halo_no_longer_has(portal: Portal) -> None:
    halo = portal.simulator.halo
    gone = halo.add_group("Short-lived")
    portal.integration.default_product_group = gone["id"]
    portal.integration.status_lost = 4711
    portal.integration.shipping_item = 999_999
    portal.integration.save()
    portal.sync(portal.publish([line("Cable", sku="CBL")]))
    version = SettingsVersion.of(portal.integration, portal.integration.rules())
    del halo.groups[gone["id"]]
    portal.integration.default_product_group = None
    portal.integration.save()

    texts = gone_by_now(version, surroundings=portal.surroundings)
    assert len(texts) == 3
    for part in (
        f"product group {gone['id']}, of the default",
        "quote status 4711",
        "product 999999, of shipping",
    ):
        assert any(part in text for text in texts), part
    rehearsal = rehearse(portal, Purpose.REPLAY, using=Using.THEN, chosen=True)
    assert rehearsal.warnings == texts
