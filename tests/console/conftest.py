"""Browsers of each role, and quotes in every state that the pages show."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from integrations.models import WebhookDelivery
from tests.portal import Portal, line

ROLES = ("Viewer", "Sales", "Operator", "Administrator")
LINES = [line("Cable", sku="CBL", quantity=3), line("Rack", sku="RCK", unit_price="25.01")]
SignIn = Callable[[str], Client]


def said(answer: Any) -> list[str]:
    """Return the messages on a page."""
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return a browser in which somebody of this role is signed in."""

    def _sign_in(role: str) -> Client:
        user, _ = User.objects.get_or_create(username=role.lower(), defaults={"is_staff": True})
        user.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(user)
        return client

    return _sign_in


@pytest.fixture
def synced(portal: Portal) -> WebhookDelivery:
    """A quote that went through."""
    return portal.sync(portal.publish(LINES)).delivery


@pytest.fixture
def edited(portal: Portal) -> WebhookDelivery:
    """A quote that somebody edited in Halo, and that was then revised in Quoter."""
    quote_id = portal.publish(LINES)
    portal.sync(quote_id)
    portal.halo_quotes[0]["lines"][0]["quantity"] = 4.0
    revision = portal.simulator.quoter.revise(quote_id, lines=[line("Cable", sku="CBL", quantity=9), LINES[1]])
    return portal.sync(revision.id).delivery


@pytest.fixture
def without_opportunity(portal: Portal) -> WebhookDelivery:
    """A quote that names no opportunity."""
    user = portal.add_person()
    portal.simulator.halo.add_opportunity(user["id"], "Network refresh")
    return portal.sync(portal.publish(LINES, notes="")).delivery


@pytest.fixture
def without_group(portal: Portal) -> WebhookDelivery:
    """A quote with a new product whose category is mapped to no group."""
    portal.integration.default_product_group = None
    portal.integration.save()
    return portal.sync(portal.publish([line("Lamp", sku="LMP", category="Lighting")])).delivery
