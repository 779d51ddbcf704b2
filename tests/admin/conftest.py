"""People with different rights, and an integration made directly."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from integrations.models import Integration
from tests.admin.rows import add_integration


@pytest.fixture
def row(db: None) -> Integration:
    """An integration whose Halo does not answer."""
    return add_integration()


@pytest.fixture
def boss(db: None) -> Client:
    """A superuser, with CSRF enforced as in a browser's session that began by logging in."""
    return _client(User.objects.create_superuser("boss", password="x"))


@pytest.fixture
def operator(db: None) -> Client:
    """Staff who may view and change everything of the portal."""
    return _staff("operator", "view_", "change_", "add_", "delete_")


@pytest.fixture
def viewer(db: None) -> Client:
    """Staff who may only look."""
    return _staff("viewer", "view_")


def _staff(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="x", is_staff=True)
    mine = Permission.objects.filter(content_type__app_label="integrations")
    user.user_permissions.set([p for p in mine if p.codename.startswith(rights)])
    return _client(user)


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
