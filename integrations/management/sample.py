"""The sample integration: the portal joined to the simulator, ready to try."""

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from integrations.choices import HaloAuth
from integrations.models import AddressMapping, Integration, ProductGroupMapping
from integrations.simulator import Simulator, demo

NAME = "Sample (simulator)"
# What a tenant would read from Halo's list of quote statuses: the simulator's are fixed.
_STATUSES = {"status_pending": 2, "status_accepted": 3, "status_lost": 4}
_ADDRESSES = {
    "line1": "line1",
    "line2": "line2",
    "city": "line3",
    "region": "region",
    "postal_code": "postcode",
    "country": "country",
}


def simulator_port() -> int:
    """Return the port that SIMULATOR_URL names."""
    return urlsplit(settings.SIMULATOR_URL).port or 80


def make_sample() -> Integration:
    """Return the sample integration, made with the simulator's data on first use, at the simulator's address."""
    simulator = Simulator(port=simulator_port(), state_file=settings.SIMULATOR_STATE)
    if not simulator.loaded:
        demo.fill(simulator)
    sample = Integration.objects.filter(name=NAME).first()
    if sample is None:
        sample = _create(simulator)
    if sample.halo_url != simulator.halo_url:
        sample.halo_url = simulator.halo_url
        sample.save()
    return sample


def _create(simulator: Simulator) -> Integration:
    credentials = simulator.halo.credentials
    sample = Integration.objects.create(
        name=NAME,
        halo_url=simulator.halo_url,
        halo_tenant=credentials.tenant,
        halo_auth=HaloAuth.CLIENT_CREDENTIALS,
        halo_client_id=credentials.client_id,
        halo_client_secret=credentials.client_secret,
        quoter_hash_key=secrets.token_hex(16),
        quoter_subdomain="simulator",
        quoter_api_key=simulator.quoter.api_key,
        **_STATUSES,
    )
    for quoter_field, halo_field in _ADDRESSES.items():
        AddressMapping.objects.create(integration=sample, quoter_field=quoter_field, halo_field=halo_field)
    for row in simulator.halo.groups.values():
        ProductGroupMapping.objects.create(
            integration=sample, category=row["name"], halo_group_id=row["id"], halo_group_name=row["name"]
        )
    return sample


def simulator_environment(sample: Integration) -> dict[str, str]:
    """Return what the simulator is told at its start; by environment, since a command line can be read by all."""
    address = reverse("quoter_webhook", kwargs={"endpoint": sample.endpoint})
    return {
        "SIMULATOR_PORT": str(simulator_port()),
        "SIMULATOR_STATE": str(settings.SIMULATOR_STATE),
        "SIMULATOR_WEBHOOK_URL": f"{settings.PUBLIC_URL}{address}",
        "SIMULATOR_HASH_KEY": sample.quoter_hash_key.reveal(),
    }
