"""The history of links: who, when, from what to what, why; and nothing is deleted in Halo or Quoter."""

from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from integrations.choices import Outcome, State
from integrations.lookup.decide import Decision, decide
from integrations.lookup.push import push
from integrations.models import ClientLink, Integration, ItemLink, LinkChange, PersonLink, QuoteLink
from tests.admin.rows import OPPORTUNITY, add_delivery
from tests.lookup.quoter import add_complete_person, connect
from tests.portal import AVERY, Portal, line


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:integrations_{model}_{page}", args=args)


def changes() -> list[tuple[str, str, str, str, str]]:
    """Return all changes, oldest first."""
    rows = LinkChange.objects.select_related("by").order_by("pk")
    return [(r.kind, r.what, r.before, r.after, r.by.get_username() if r.by else "") for r in rows]


def test_person_link_made_changed_and_removed(operator: Client, row: Integration) -> None:
    form = {"integration": row.pk, "email": "Ann@example.com", "halo_user_id": "41", "why": "She said so"}
    operator.post(url("personlink", "add"), form)
    link = PersonLink.objects.get()
    operator.post(url("personlink", "change", link.pk), {**form, "halo_user_id": "97"})
    operator.post(url("personlink", "change", link.pk), {**form, "halo_user_id": "97"})
    page = operator.get(url("personlink", "change", link.pk)).content.decode()
    assert "History of this link" in page and "She said so" in page
    operator.post(url("personlink", "delete", link.pk), {"post": "yes"})

    assert changes() == [
        ("personlink", "Halo user", "", "41", "operator"),
        ("personlink", "Halo user", "41", "97", "operator"),
        ("personlink", "Halo user", "97", "", "operator"),
    ]
    assert "Changed under Links." in LinkChange.objects.get(before="41").why
    listed = operator.get(url("linkchange", "changelist")).content.decode()
    assert "ann@example.com" in listed and "97 → removed" in listed


def test_client_links_have_their_page(boss: Client, portal: Portal) -> None:
    client = portal.simulator.halo.add_client("Fabrikam Ltd")
    writes = len(portal.simulator.halo.writes)
    form = {"integration": portal.integration.pk, "name": "Fabrikam  LTD.", "halo_client_id": client["id"]}
    assert boss.post(url("clientlink", "add"), form).status_code == 302
    link = ClientLink.objects.get()
    assert (link.key, link.halo_client_name) == ("fabrikam ltd.", "Fabrikam Ltd")
    assert changes()[0] == ("clientlink", "Halo client", "", f"Fabrikam Ltd, id {client['id']}", "boss")
    assert "Fabrikam Ltd" in boss.get(url("clientlink", "changelist")).content.decode()
    boss.post(url("clientlink", "delete", link.pk), {"post": "yes"})
    assert not ClientLink.objects.exists()
    assert client["id"] in portal.simulator.halo.clients
    assert len(portal.simulator.halo.writes) == writes


def test_client_link_syncs_what_waits_for_a_client(operator: Client, row: Integration) -> None:
    problem = OPPORTUNITY.model_copy(update={"code": "client_ambiguous"})
    waiting = add_delivery(row, "1", problem=problem)
    operator.post(url("clientlink", "add"), {"integration": row.pk, "name": "Fabrikam", "halo_client_id": "7"})
    waiting.refresh_from_db()
    assert waiting.state == State.QUEUED


def test_decisions_stand_in_the_history_with_their_reason(portal: Portal) -> None:
    one, two = portal.add_person(name="Ann Lee"), portal.add_person(name="Ann Lee-Ray")
    portal.simulator.halo.add_opportunity(two["id"], "Network")
    attempt = portal.sync(portal.publish([line()], notes=""))
    assert attempt.error_code == "person_ambiguous"
    by = get_user_model().objects.create_superuser("sam", password="sam")
    decide(attempt.delivery, Decision("person_ambiguous", "", one["id"], by, portal.surroundings.now()))
    change = LinkChange.objects.get(what="Halo user", kind="personlink")
    assert (change.by, change.before, change.after) == (by, "", f"Ann Lee, id {one['id']}")
    assert "Chosen for quote 1" in change.why


def test_quote_link_tells_what_the_portal_and_people_did(boss: Client, portal: Portal) -> None:
    attempt = portal.sync(portal.publish([line()]))
    assert attempt.outcome == Outcome.SUCCEEDED
    link = QuoteLink.objects.get()
    told = {(what, after) for _, what, _, after, by in changes() if not by}
    assert ("Opportunity", str(link.halo_opportunity_id)) in told
    assert ("Halo quote", str(link.halo_quote_id)) in told
    again = LinkChange.objects.count()
    portal.sync(portal.simulator.quoter.quotes[next(iter(portal.simulator.quoter.quotes))].id)
    assert LinkChange.objects.count() == again, "what stays the same is no change"

    form = {"halo_opportunity_id": link.halo_opportunity_id, "forget_quote": "on", "why": "Deleted by mistake"}
    boss.post(url("quotelink", "change", link.pk), form)
    change = LinkChange.objects.get(why="Deleted by mistake")
    assert (change.what, change.before, change.after) == ("Halo quote", str(link.halo_quote_id), "")
    page = boss.get(url("quotelink", "change", link.pk)).content.decode()
    assert "Deleted by mistake" in page and "the portal" in page
    assert len(portal.halo_quotes) == 1, "Halo keeps its quote"


def test_push_and_a_new_address_in_quoter_are_kept(portal: Portal, settings: Any) -> None:
    connect(portal, settings)
    by = get_user_model().objects.create_superuser("sam", password="sam")
    user = add_complete_person(portal)
    push(portal.integration, user["id"], by=by, now=portal.surroundings.now())
    push(portal.integration, user["id"], by=by, now=portal.surroundings.now())
    assert [change[1] for change in changes()] == ["Halo user"]
    link = PersonLink.objects.get()
    assert link.halo_client_name == "Client of Avery Sample"
    contact = next(iter(portal.simulator.quoter.contacts.values()))
    PersonLink.objects.update(contact_id=contact.public_id)
    body = portal.simulator.quoter.change_person(contact.id, email_address="new@example.com")
    assert portal.post(portal.simulator.quoter.form(body)).status_code == 200
    portal.work()
    change = LinkChange.objects.get(what="Contact", by=None)
    assert (change.before, change.after) == (AVERY["email_address"], "new@example.com")


def test_history_is_read_only(boss: Client, row: Integration) -> None:
    ItemLink.objects.create(integration=row, key="sku:x", halo_item_id=5)
    boss.post(url("itemlink", "delete", ItemLink.objects.get().pk), {"post": "yes"})
    change = LinkChange.objects.order_by("pk")[0]
    assert boss.get(url("linkchange", "change", change.pk)).status_code == 200
    assert boss.post(url("linkchange", "delete", change.pk), {"post": "yes"}).status_code == 403
    assert boss.get(url("linkchange", "add")).status_code == 403
    assert boss.post(url("linkchange", "change", change.pk), {"why": "x"}).status_code == 403
