"""The PDF and the note on the opportunity: only where chosen, once, and never in the quote's way."""

import pytest
from django.test import override_settings

from integrations.choices import Outcome, Trigger
from integrations.simulator import Fault
from integrations.sync.enqueue import sync_again
from tests.portal import Portal, line


@pytest.fixture(autouse=True)
def quoter_web(portal: Portal) -> None:
    """Let the simulator stand in for Quoter's web pages."""
    portal.integration.attach_pdf = portal.integration.note_on_opportunity = True
    portal.integration.save()


def web(portal: Portal) -> override_settings:
    return override_settings(
        QUOTER_WEB_URL=f"{portal.simulator.url}/quoter", PUBLIC_URL="https://portal.example.com"
    )


def attachments(portal: Portal) -> list[str]:
    return [row["filename"] for row in portal.simulator.halo.attachments.values()]


def notes(portal: Portal) -> list[str]:
    return [row["note"] for row in portal.simulator.halo.actions.values()]


def test_pdf_and_note_are_added_once_for_each_state(portal: Portal) -> None:
    quote_id = portal.publish([line()])
    with web(portal):
        attempt = portal.sync(quote_id)
        assert attempt.outcome == Outcome.SUCCEEDED, attempt.error_message
        sync_again([attempt.delivery_id], now=portal.surroundings.now(), trigger=Trigger.OPERATOR)
        portal.work()
        assert (len(attachments(portal)), len(notes(portal))) == (1, 1)
        portal.simulator.quoter.accept(quote_id)
        portal.sync(quote_id)
    assert attachments(portal)[0].startswith("Quote 1 ")
    assert "is pending" in notes(portal)[0] and "is accepted" in notes(portal)[1]
    assert "https://portal.example.com/integrations/webhookdelivery/" in notes(portal)[0]


@pytest.mark.parametrize("path", ["/Attachment", "/Actions"])
def test_lost_answer_makes_no_second_one(portal: Portal, path: str) -> None:
    portal.receive(portal.publish([line()]))
    portal.simulator.halo.fail(Fault("drop-after", method="POST", path=path))
    with web(portal):
        assert portal.work() == [Outcome.RETRYING]
        for _ in range(4):
            portal.wait(60)
    assert (len(attachments(portal)), len(notes(portal))) == (1, 1)


def test_what_is_no_pdf_is_told_and_stops_nothing(portal: Portal) -> None:
    with override_settings(QUOTER_WEB_URL=f"{portal.simulator.url}/halo"):
        attempt = portal.sync(portal.publish([line()]))
    assert attempt.outcome == Outcome.SUCCEEDED
    facts = [fact for step in attempt.steps.all() for fact in step.facts]
    assert any(fact["label"] == "PDF not added" for fact in facts)
    assert attachments(portal) == []


def test_nothing_is_added_unless_chosen(portal: Portal) -> None:
    portal.integration.attach_pdf = portal.integration.note_on_opportunity = False
    portal.integration.save()
    with web(portal):
        portal.sync(portal.publish([line()]))
    assert (attachments(portal), notes(portal)) == ([], [])
