"""What all tests share: a simulator, an integration that points at it, and a portal that tests can drive."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from integrations.models import Integration, ProductGroupMapping
from integrations.simulator import Simulator
from tests.contract import OPENAPI, unknown_fields
from tests.portal import Portal

# The same examples each time, so that a change is judged by what it changes; HYPOTHESIS_PROFILE=default explores.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what touches the database: the rest is run beside SQLite.

    The browser comes last: once it has begun, Playwright's event loop runs in this thread, and Django lets no
    test use the database.
    """
    items.sort(key=_in_browser)
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    needed = {item for item in items if _touches_the_database(item)}
    config.hook.pytest_deselected(items=[item for item in items if item not in needed])
    items[:] = [item for item in items if item in needed]


def _in_browser(item: pytest.Item) -> bool:
    return "tests/browser" in item.path.as_posix()


def _touches_the_database(item: pytest.Item) -> bool:
    if _in_browser(item):
        return False  # the pages are the same
    asks = {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    return bool(asks) or item.get_closest_marker("django_db") is not None or "tests/system" in item.path.as_posix()


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    """One server for all tests."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    """An empty simulator; afterwards, every body that Halo was sent is checked against the contract."""
    running_simulator.reset()
    yield running_simulator
    if OPENAPI.exists():
        sent = [(request.path, request.body) for request in running_simulator.halo.writes]
        unknown = [field for path, body in sent for field in unknown_fields(path, body)]
        assert unknown == []


@pytest.fixture
def integration(db: None, simulator: Simulator) -> Integration:
    """An integration between the simulator's two sides, with one mapped category and a default group."""
    credentials = simulator.halo.credentials
    halo = simulator.halo
    cabling, other = halo.add_group("Cabling"), halo.add_group("Other")
    integration = Integration.objects.create(
        name="Example MSP",
        halo_url=simulator.halo_url,
        halo_tenant=credentials.tenant,
        halo_auth="client_credentials",
        halo_client_id=credentials.client_id,
        halo_client_secret=credentials.client_secret,
        quoter_hash_key=simulator.quoter.hash_key,
        quoter_subdomain="example-msp",
        default_product_group=other["id"],
        status_pending=2,
        status_accepted=3,
        status_lost=4,
    )
    ProductGroupMapping.objects.create(
        integration=integration, category="Cabling", halo_group_id=cabling["id"], halo_group_name="Cabling"
    )
    return integration


@pytest.fixture
def portal(integration: Integration, simulator: Simulator) -> Portal:
    """The portal with that integration, receiving what the simulated Quoter sends."""
    return Portal(integration, simulator)
