"""With a key for its API the quote is read from there as well; without an answer it still goes."""

from typing import Any

import pytest
from django.test import override_settings

from integrations.choices import Outcome
from integrations.models import WebhookDelivery
from integrations.simulator import Fault
from tests.portal import Portal, line

LINES = [
    line("Rack", sku="RCK", section="Hardware", taxable=True),
    line("Cable", sku="CBL", section="Hardware"),
    line("Backup", sku="BCK", recurring=True, section="Services"),
]


@pytest.fixture(autouse=True)
def key(portal: Portal) -> Any:
    """Give the integration the simulator's API key."""
    portal.integration.quoter_api_key = portal.simulator.quoter.api_key
    portal.integration.section_headers = True
    portal.integration.save()
    with override_settings(QUOTER_API_URL=portal.simulator.scalepad_url):
        yield


def facts(portal: Portal) -> dict[str, str]:
    """Return what the newest attempt says it found."""
    attempt = portal.last_attempt(WebhookDelivery.objects.latest("pk"))
    return {fact["label"]: fact["text"] for step in attempt.steps.all() for fact in step.facts}


def test_sections_become_header_lines_and_stay_on_a_revision(portal: Portal) -> None:
    quote_id = portal.publish(LINES)
    attempt = portal.sync(quote_id)

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    rows = portal.halo_quotes[0]["lines"]
    assert [(row["name"], row["isgroupdesc"]) for row in rows] == [
        ("Hardware", True),
        ("Rack", False),
        ("Cable", False),
        ("Services", True),
        ("Backup", False),
    ]
    revision = portal.simulator.quoter.revise(quote_id, lines=[{**LINES[0], "quantity": 4}, *LINES[1:]])
    assert portal.sync(revision.id).outcome == Outcome.SUCCEEDED
    after = portal.halo_quotes[0]["lines"]
    assert [row["id"] for row in after] == [row["id"] for row in rows]
    assert "Sections" in facts(portal)["Quoter's API"]


@pytest.mark.parametrize("fault", ["500", "drop", "429", "401", "404", "html", "hang"])
def test_failing_api_never_stops_the_webhook(portal: Portal, fault: str) -> None:
    portal.simulator.quoter.fail(Fault(fault, path="/quotes", times=9, seconds=0.1, retry_after=60))

    attempt = portal.sync(portal.publish(LINES))

    assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
    if fault != "hang":
        assert "The webhook alone is used" in facts(portal)["Quoter's API"]
    portal.simulator.quoter.faults.clear()


def test_quote_that_the_api_cannot_name_goes_without_it(portal: Portal) -> None:
    portal.simulator.quoter.quirks.add("no-uuid")

    assert portal.sync(portal.publish(LINES)).outcome == Outcome.SUCCEEDED

    assert "does not know this quote" in facts(portal)["Quoter's API"]
    assert [row["name"] for row in portal.halo_quotes[0]["lines"]] == ["Rack", "Cable", "Backup"]


def test_key_is_on_no_record(portal: Portal) -> None:
    attempt = portal.sync(portal.publish(LINES))
    texts = [f"{c.url} {c.sent} {c.received}" for step in attempt.steps.all() for c in step.calls.all()]
    assert any("/scalepad/" in text for text in texts)
    assert not any(portal.simulator.quoter.api_key in text for text in texts)


def test_supplier_of_a_new_product(portal: Portal) -> None:
    portal.integration.send_suppliers = True
    portal.integration.save()
    supplier = portal.simulator.halo.add_supplier("Example Distribution")
    assert (
        portal.sync(portal.publish([line("Rack", sku="RCK", supplier="example distribution")])).outcome
        == Outcome.SUCCEEDED
    )
    [item] = portal.simulator.halo.items.values()
    assert item["supplier_id"] == supplier["id"]
