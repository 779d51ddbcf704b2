"""What tests of writing to Quoter share: the simulator's APIs in the settings, and a person who is complete."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from integrations.models import AddressMapping
from tests.portal import AVERY, Portal

MAPPING = {"line1": "line1", "line2": "line2", "city": "line3", "postal_code": "postcode"}


def connect(portal: Portal, settings: Any, *, legacy: bool = False) -> None:
    """Let the integration write to the simulated Quoter, by one API or the other."""
    simulator, integration = portal.simulator, portal.integration
    settings.QUOTER_API_URL, settings.QUOTER_LEGACY_API_URL = simulator.scalepad_url, simulator.legacy_url
    settings.QUOTER_WEB_URL = simulator.quoter_url
    if legacy:
        integration.quoter_legacy_client_id = simulator.quoter.legacy_client_id
        integration.quoter_legacy_client_secret = simulator.quoter.legacy_client_secret
    else:
        integration.quoter_api_key = simulator.quoter.api_key
    integration.save()
    for quoter_field, halo_field in MAPPING.items():
        AddressMapping.objects.create(integration=integration, quoter_field=quoter_field, halo_field=halo_field)


def complete(portal: Portal, user: dict[str, Any]) -> dict[str, Any]:
    """Give a user's site a country and a region."""
    site = portal.simulator.halo.sites[int(user["site_id"])]
    site |= {"country_code": "US", "country_code_name": "United States", "region_code_name": "Illinois"}
    site["delivery_address"] |= {"line1": "1 Main St", "line3": "Springfield", "line4": "", "postcode": "62701"}
    return user


def add_complete_person(portal: Portal, name: str = "Avery Sample") -> dict[str, Any]:
    """Add a person who can be sent to Quoter."""
    return complete(portal, portal.add_person(name=name, email=AVERY["email_address"]))


@pytest.fixture
def staff(db: None) -> AbstractBaseUser:
    """Somebody who presses the buttons."""
    return get_user_model().objects.create_superuser("sam", password="sam")
