"""The ledger's page says who spent what, and when what waits will be through."""

from django.urls import reverse

from integrations.connect.budget import Lane, Purpose, RequestGate
from integrations.models import Integration
from tests.console.conftest import SignIn
from tests.portal import Portal, line


def test_ledger_page(portal: Portal, sign_in: SignIn) -> None:
    portal.sync(portal.publish([line()]))
    RequestGate(portal.integration, lane=Lane.PERSON, purpose=Purpose.PEOPLE).take()
    portal.receive(portal.publish([line("Other", sku="O")]))
    page = sign_in("Viewer").get(reverse("ledger")).content.decode()
    for text in ("Syncing quotes", "Person search and pages", "of 270 requests are left", "in about 1"):
        assert text in page, text
    RequestGate(portal.integration, lane=Lane.PERSON).block(200)
    page = sign_in("Viewer").get(reverse("ledger")).content.decode()
    assert "Halo asked for a pause: the portal goes on by itself in 4 minutes." in page


def test_ledger_page_promises_nothing_that_is_held_back(portal: Portal, sign_in: SignIn) -> None:
    portal.receive(portal.publish([line()]))
    Integration.objects.update(enabled=False)
    page = sign_in("Viewer").get(reverse("ledger")).content.decode()
    assert "Nothing is worked on" in page and "in about" not in page


def test_ledger_page_is_for_staff_alone(portal: Portal, sign_in: SignIn) -> None:
    assert sign_in("Nobody").get(reverse("ledger")).status_code == 403
