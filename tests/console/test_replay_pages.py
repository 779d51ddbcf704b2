"""The pages of replays and what-ifs, as each role sees them."""

import csv
import io
from typing import Any

import pytest
from django.urls import reverse

from integrations.choices import State
from integrations.models import Rehearsal, RehearsedQuote, SyncAttempt, WebhookDelivery
from tests.console.conftest import LINES, ROLES, SignIn, said
from tests.portal import Portal, line

REPLAY = "admin:integrations_webhookdelivery_replay"
WHAT_IF = "admin:integrations_rehearsal_what_if"
OPERATORS = {"Operator", "Administrator"}


def page_of(row: Any) -> str:
    return reverse(f"admin:integrations_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("role", ROLES)
def test_who_may_replay_and_ask_what_if(synced: WebhookDelivery, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    expected = 200 if role in OPERATORS else 403
    assert client.get(reverse(REPLAY)).status_code == expected
    assert client.get(reverse(WHAT_IF)).status_code == expected
    page = client.get(page_of(synced)).content.decode()
    assert (">Replay</a>" in page) == (role in OPERATORS)
    listed = client.get(reverse("admin:integrations_webhookdelivery_changelist")).content.decode()
    assert ("Replay what this list shows" in listed) == (role in OPERATORS)
    assert client.get(reverse("admin:integrations_rehearsal_changelist")).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_who_may_carry_out_and_stop(synced: WebhookDelivery, portal: Portal, sign_in: SignIn, role: str) -> None:
    sign_in("Operator").post(f"{reverse(REPLAY)}?ids={synced.pk}", {"using": "today"})
    portal.work()
    rehearsal = Rehearsal.objects.get()
    assert sign_in(role).get(page_of(rehearsal)).status_code == 200
    for button in ("stop", "ask_halo", "carry_out"):
        answer = sign_in(role).post(reverse(f"admin:integrations_rehearsal_{button}", args=[rehearsal.pk]))
        assert answer.status_code == (302 if role in OPERATORS else 403), button
    synced.refresh_from_db()
    assert (synced.state == State.QUEUED) == (role in OPERATORS)


def test_replay_by_the_lists_filter_counts_before_and_previews(
    portal: Portal, synced: WebhookDelivery, without_group: WebhookDelivery, sign_in: SignIn
) -> None:
    client = sign_in("Operator")
    address = f"{reverse(REPLAY)}?state__exact=needs_attention"
    page = client.get(address).content.decode()
    assert "This syncs 1 delivery of 1 quote again." in page
    assert "All quotes with state needs attention" in page
    assert "The settings of then" not in page  # a filter, not a choice
    assert "This syncs 2 deliveries of 2 quotes again." in client.get(reverse(REPLAY)).content.decode()
    portal.integration.default_product_group = portal.simulator.halo.add_group("Later")["id"]
    portal.integration.save()
    written = len(portal.simulator.halo.writes)

    answer = client.post(address, {"using": "today"}, follow=True)
    rehearsal = Rehearsal.objects.get()
    assert 'data-reload="3"' in answer.content.decode()
    portal.work()
    page = client.get(page_of(rehearsal)).content.decode()
    assert "In sum: 1 product created, 1 Halo quote created." in page
    assert "Replay 1 delivery" in page
    assert len(portal.simulator.halo.writes) == written

    answer = client.post(reverse("admin:integrations_rehearsal_carry_out", args=[rehearsal.pk]), follow=True)
    assert said(answer) == ["1 delivery is being synced again. Each gets a new attempt."]
    portal.work()
    without_group.refresh_from_db()
    assert without_group.state == State.SUCCEEDED


def test_replay_of_one_with_older_settings_is_named_everywhere(
    portal: Portal, synced: WebhookDelivery, sign_in: SignIn
) -> None:
    version = synced.attempts.get().settings_version
    assert version is not None
    portal.integration.status_pending = 3
    portal.integration.save()
    client = sign_in("Operator")
    address = f"{reverse(REPLAY)}?ids={synced.pk}"
    page = client.get(address).content.decode()
    assert "The settings of then" in page and f"version {version.number}, " in page
    client.post(address, {"using": "version", "version": version.pk})
    portal.work()
    rehearsal = Rehearsal.objects.get()
    page = client.get(page_of(rehearsal)).content.decode()
    named = f"the settings of {version.created_at.day} {version.created_at:%b %Y} (version {version.number})"
    assert f"With {named}" in page
    row = rehearsal.quotes.get()
    preview = reverse("admin:integrations_webhookdelivery_preview", args=[synced.pk])
    shown = client.get(f"{preview}?rehearsed={row.pk}").content.decode()
    assert f"With {named}" in shown and "Sync now" not in shown

    client.post(reverse("admin:integrations_rehearsal_carry_out", args=[rehearsal.pk]))
    portal.work()
    attempt = SyncAttempt.objects.get(number=2)
    for where in (synced, attempt):
        assert f"Replayed by operator with {named}" in client.get(page_of(where)).content.decode()
    assert f"replayed with {named}" in client.get(page_of(portal.link())).content.decode()
    assert named in client.get(reverse("admin:integrations_syncattempt_changelist")).content.decode()


def test_the_lists_action_leads_to_the_page(synced: WebhookDelivery, sign_in: SignIn) -> None:
    data = {"action": "replay_selected", "_selected_action": [synced.pk]}
    answer = sign_in("Operator").post(reverse("admin:integrations_webhookdelivery_changelist"), data)
    assert answer["Location"] == f"{reverse(REPLAY)}?ids={synced.pk}"


def test_the_page_says_what_is_there_already(portal: Portal, synced: WebhookDelivery, sign_in: SignIn) -> None:
    client = sign_in("Operator")
    client.post(f"{reverse(REPLAY)}?ids={synced.pk}", {"using": "today"})
    portal.work()
    page = client.get(page_of(Rehearsal.objects.get())).content.decode()
    assert "There already, not made again:" in page and f"Halo quote, id {portal.link().halo_quote_id}" in page
    assert "In sum nothing would be written to Halo." in page


def test_nothing_to_replay_is_said(portal: Portal, sign_in: SignIn) -> None:
    answer = sign_in("Operator").post(f"{reverse(REPLAY)}?q=nobody", {"using": "today"})
    assert said(answer) == ["There is no such quote. Choose another period, or other filters."]
    assert not Rehearsal.objects.exists()
    assert sign_in("Operator").get(f"{reverse(REPLAY)}?nonsense__exact=1").status_code == 302


def test_what_if_shows_and_exports_the_differences(portal: Portal, sign_in: SignIn) -> None:
    portal.sync(portal.publish(LINES))
    portal.sync(portal.publish([line("Lamp", sku="LMP")], name="=SUM(A1)"))
    portal.integration.status_pending = 3
    portal.integration.save()
    received = WebhookDelivery.objects.first()
    assert received is not None
    day = received.received_at.date().isoformat()
    client = sign_in("Operator")
    form = {"integration": portal.integration.pk, "first": day, "last": day, "using": "today"}
    asked = len(portal.simulator.halo.requests)
    assert client.post(reverse(WHAT_IF), form).status_code == 302
    portal.work()
    rehearsal = Rehearsal.objects.get()
    page = client.get(page_of(rehearsal)).content.decode()
    assert rehearsal.version is not None and rehearsal.version.as_rules() == portal.integration.rules()
    assert "2 deliveries of 2 quotes looked at. Nothing was written." in page
    assert "Status: 2 → 3" in page and "Differs" in page
    assert "Replay 2" not in page
    assert len(portal.simulator.halo.requests) == asked

    one = client.get(page_of(rehearsal.quotes.all()[0])).content.decode()
    assert "As it was planned" in one and ">Status</td>" in one
    address = reverse("admin:integrations_rehearsedquote_export", args=["csv"])
    answer = client.get(address, {"rehearsal__id__exact": rehearsal.pk, "verdict__exact": "differs"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    found = list(csv.DictReader(io.StringIO(text)))
    assert [row["differences"] for row in found] == ["Status: 2 → 3"] * 2
    assert {row["name"][:1] for row in found} >= {"'"}  # no spreadsheet runs it


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first": "2026-02-01", "last": "2026-01-01"}, "The period ends before it begins."),
        ({"using": "999999"}, "Select a valid choice"),
        ({"first": "2020-01-01", "last": "2020-01-31"}, "There is no such quote."),
    ],
)
def test_what_if_refuses_in_words(portal: Portal, sign_in: SignIn, changes: dict[str, str], words: str) -> None:
    form = {"integration": portal.integration.pk, "first": "2026-01-01", "last": "2026-01-31", "using": "today"}
    page = sign_in("Operator").post(reverse(WHAT_IF), {**form, **changes}).content.decode()
    assert words in page
    assert not Rehearsal.objects.exists()


def test_pages_ask_a_constant_number_of_questions(
    portal: Portal, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for name in "ABCDE":
        portal.sync(portal.publish([line(name, sku=name)]))
    client = sign_in("Operator")
    client.post(f"{reverse(REPLAY)}?q=", {"using": "today"})
    portal.work()
    rehearsal = Rehearsal.objects.get()
    assert rehearsal.quotes.count() == 5
    with django_assert_max_num_queries(32):
        client.get(page_of(rehearsal))
    with django_assert_max_num_queries(16):
        client.get(reverse("admin:integrations_rehearsedquote_changelist"))
    assert RehearsedQuote.objects.filter(verdict="nothing").count() == 5
