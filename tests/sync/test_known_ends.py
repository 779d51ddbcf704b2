"""One test for each known end of a delivery."""

import json

import pytest

from integrations.choices import Outcome, State, Trigger
from integrations.models import Issue, PersonLink, WebhookDelivery
from integrations.simulator import Fault
from integrations.sync.enqueue import sync_again
from tests.portal import AVERY, Portal, line


def attention(portal: Portal, quote_id: int, code: str) -> str:
    """Sync a quote that must wait for a person; return the sentence that says why."""
    writes = len(portal.simulator.halo.writes)
    attempt = portal.sync(quote_id)
    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, code), attempt.error_message
    assert attempt.delivery.state == State.NEEDS_ATTENTION
    assert attempt.error_hint
    assert Issue.objects.get(closed_at=None).code == code
    assert len(portal.simulator.halo.writes) == writes, "nothing is written before a person has decided"
    return str(attempt.error_message)


def test_two_users_with_the_address_wait_for_a_person(portal: Portal) -> None:
    one, two = portal.add_person(name="Ann Lee"), portal.add_person(name="Ann Leigh")
    portal.simulator.halo.add_opportunity(one["id"], "Network")

    message = attention(portal, portal.publish([line()]), "person_ambiguous")

    assert all(str(user["id"]) in message and user["name"] in message for user in (one, two))
    plan = WebhookDelivery.objects.get().attempts.get().plan
    assert {c["id"] for c in plan["problems"][0]["candidates"]} == {one["id"], two["id"]}


def test_person_link_decides_and_closes_the_issue(portal: Portal) -> None:
    _, two = portal.add_person(name="Ann Lee"), portal.add_person(name="Ann Leigh")
    opportunity = portal.simulator.halo.add_opportunity(two["id"], "Network")
    quote_id = portal.publish([line()], notes=f"[Halo #{opportunity['id']}]")
    attention(portal, quote_id, "person_ambiguous")

    PersonLink.objects.create(
        integration=portal.integration, email=AVERY["email_address"].upper(), halo_user_id=two["id"]
    )
    portal.clock.ahead_s += 1
    delivery = WebhookDelivery.objects.get()
    sync_again([delivery.pk], now=portal.surroundings.now(), trigger=Trigger.DECISION)

    assert portal.work() == [Outcome.SUCCEEDED]
    assert portal.halo_quotes[0]["user_id"] == two["id"]
    assert Issue.objects.get().closed_at is not None


def test_unknown_person_waits(portal: Portal) -> None:
    quote_id = portal.publish([line()], notes="[Halo #1051]")

    message = attention(portal, quote_id, "person_unknown")

    assert AVERY["email_address"] in message
    assert len(portal.simulator.halo.users) == 0


def test_quote_without_opportunity_waits_with_candidates(portal: Portal) -> None:
    user = portal.add_person()
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Network refresh")

    attention(portal, portal.publish([line()], notes=""), "opportunity_ambiguous")

    plan = WebhookDelivery.objects.get().attempts.get().plan
    assert [c["id"] for c in plan["problems"][0]["candidates"]] == [opportunity["id"]]


def test_person_without_any_opportunity_waits(portal: Portal) -> None:
    portal.add_person()

    attention(portal, portal.publish([line()], notes=""), "opportunity_missing")

    assert len(portal.simulator.halo.opportunities) == 0


def test_the_only_open_opportunity_is_taken_where_the_policy_says_so(portal: Portal) -> None:
    portal.integration.use_only_open_opportunity = True
    portal.integration.save()
    user = portal.add_person()
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Network refresh")

    attempt = portal.sync(portal.publish([line()], notes=""))

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    assert portal.halo_quotes[0]["ticket_id"] == opportunity["id"]


def test_custom_field_names_the_opportunity(portal: Portal) -> None:
    portal.integration.opportunity_custom_field = "Halo opportunity"
    portal.integration.save()
    user = portal.add_person()
    opportunity = portal.simulator.halo.add_opportunity(user["id"], "Network refresh")

    quote_id = portal.publish([line()], notes="", custom_fields={"Halo Opportunity": str(opportunity["id"])})

    assert portal.sync(quote_id).outcome == Outcome.SUCCEEDED


def test_opportunity_that_does_not_exist_waits(portal: Portal) -> None:
    portal.add_person()

    assert "#999" in attention(portal, portal.publish([line()], notes="[Halo #999]"), "opportunity_missing")


def test_ambiguous_product_waits(portal: Portal) -> None:
    halo = portal.simulator.halo
    halo.add_item("Cable A", "CBL-2", assetgroup_id=1)
    halo.add_item("Cable B", "cbl-2", assetgroup_id=1)

    message = attention(portal, portal.publish([line(sku="CBL-2")]), "line_ambiguous")

    assert "CBL-2" in message


def test_line_without_a_group_waits(portal: Portal) -> None:
    portal.integration.default_product_group = None
    portal.integration.save()

    message = attention(portal, portal.publish([line(category="Kitchen")]), "line_without_group")

    assert "Kitchen" in message


def test_lost_quote_that_never_reached_halo_is_ignored(portal: Portal) -> None:
    portal.add_person()
    quote_id = portal.publish([line()])
    portal.simulator.quoter.lose(quote_id)

    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.IGNORED
    assert portal.halo_quotes == []


def test_lost_quote_closes_its_halo_quote(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    portal.sync(quote_id)
    portal.simulator.quoter.lose(quote_id)

    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    assert portal.halo_quotes[0]["status"] == 4
    assert portal.halo_orders == []


def test_older_state_that_arrives_late_is_superseded(portal: Portal) -> None:
    quote_id = portal.publish([line(quantity=1)])
    older = portal.simulator.quoter.form(portal.simulator.quoter.payload(quote_id))
    revision = portal.simulator.quoter.revise(quote_id, lines=[line(quantity=7)])
    portal.sync(revision.id)

    assert portal.post(older).status_code == 200
    assert portal.work() == [Outcome.SUPERSEDED]

    assert portal.halo_quotes[0]["lines"][0]["quantity"] == 7
    assert WebhookDelivery.objects.filter(state=State.SUPERSEDED).count() == 1


def test_pending_states_collapse_into_the_newest(portal: Portal) -> None:
    quote_id = portal.publish([line(quantity=1)])
    portal.receive(quote_id)
    revision = portal.simulator.quoter.revise(quote_id, lines=[line(quantity=7)])
    portal.receive(revision.id)
    portal.simulator.quoter.accept(revision.id)
    portal.receive(revision.id)

    assert portal.work() == [Outcome.SUPERSEDED, Outcome.SUPERSEDED, Outcome.SUCCEEDED]

    saves = [r for r in portal.simulator.halo.writes if r.path == "/Quotation"]
    assert (len(saves), len(portal.halo_orders)) == (1, 1)


@pytest.mark.parametrize("kind", ["person", "payment", "unknown"])
def test_other_kinds_are_kept_and_ignored(portal: Portal, kind: str) -> None:
    document = {
        "person": {"id": "1", "email_address": "a@example.com", "first_name": "A"},
        "payment": {"id": "1", "amount": "10.00", "quote_id": "5"},
        "unknown": {"something": "else"},
    }[kind]
    body = portal.simulator.quoter.form(json.dumps(document))

    assert portal.post(body).status_code == 200
    assert portal.work() == [Outcome.IGNORED]

    delivery = WebhookDelivery.objects.get()
    assert (delivery.kind, delivery.state) == (kind, State.IGNORED)


@pytest.mark.parametrize("data", ["{not json", "<a><b></a>", '{"line_items": 5}', '{"line_items": []}'])
def test_text_that_is_not_understood_is_kept_and_shown(portal: Portal, data: str) -> None:
    assert portal.post(portal.simulator.quoter.form(data)).status_code == 200

    assert portal.work() == [Outcome.NEEDS_ATTENTION]
    delivery = WebhookDelivery.objects.get()
    assert (delivery.data, delivery.error_code) == (data, "not_understood")


def test_refusal_is_final_and_quotes_halo(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    said = {"Message": "Please populate the cost centre"}
    portal.simulator.halo.fail(Fault("400", method="POST", path="/Quotation", body=said))

    attempt = portal.sync(quote_id)

    assert (attempt.outcome, attempt.delivery.state) == (Outcome.FAILED, State.FAILED)
    assert "cost centre" in attempt.error_message
    assert portal.wait(86_400) == []


def test_missing_permission_is_final_and_named(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    portal.simulator.halo.permissions.add(("POST", "/Quotation"))

    attempt = portal.sync(quote_id)

    assert (attempt.outcome, attempt.error_code) == (Outcome.FAILED, "permission_missing")


def test_rejected_credentials_are_named_and_wait_for_new_ones(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    portal.simulator.halo.credentials.client_secret = "changed in Halo"

    attempt = portal.sync(quote_id)

    assert (attempt.outcome, attempt.error_code) == (Outcome.RETRYING, "credentials_rejected")
    assert Issue.objects.get().code == "credentials_rejected"


def test_our_own_mistake_is_kept_with_its_traceback(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a bug")

    # There is no honest way to make a bug: this one is put in.
    monkeypatch.setattr("integrations.domain.replanning.build_plan", broken)
    attempt = portal.sync(portal.publish([line()]))

    assert (attempt.outcome, attempt.delivery.state) == (Outcome.ERRORED, State.FAILED)
    assert "ZeroDivisionError" in attempt.traceback
    assert "ZeroDivisionError" not in attempt.error_message


@pytest.mark.parametrize("quirk", ["drop-line", "ignore-quantity", "round-price"])
def test_what_halo_drops_in_silence_is_not_called_success(portal: Portal, quirk: str) -> None:
    portal.simulator.halo.quirks.add(quirk)

    attempt = portal.sync(portal.publish([line("A", sku="A"), line("B", sku="B", quantity=3, discount="10.00")]))

    assert (attempt.outcome, attempt.error_code) == (Outcome.NEEDS_ATTENTION, "applied_with_differences")


def test_disabled_integration_accepts_and_waits(portal: Portal) -> None:
    portal.integration.enabled = False
    portal.integration.save()
    portal.receive(portal.publish([line()]))

    assert portal.work() == ["not due"]
    assert portal.wait(600) == []

    portal.integration.enabled = True
    portal.integration.save()
    assert portal.wait(60) == [Outcome.SUCCEEDED]


def test_halo_quote_deleted_by_a_person_is_not_made_again(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    portal.sync(quote_id)
    portal.simulator.halo.quotes.clear()
    revision = portal.simulator.quoter.revise(quote_id, lines=[line(quantity=2)])

    attention(portal, revision.id, "quote_gone")
