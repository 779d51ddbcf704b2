"""Short questions to Halo while a person waits: what something is called, what there is to choose from."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from integrations.connect import Lane, Purpose, connect_halo
from integrations.errors import NotFound, PortalError
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import Integration, ProductGroupMapping

logger = logging.getLogger(__name__)

# A page that waits longer than this looks broken.
PATIENCE_S = 15


@dataclass(frozen=True)
class HaloLists:
    """What the settings choose from, as ids and names."""

    groups: tuple[tuple[int, str], ...]
    statuses: tuple[tuple[int, str], ...]


def read_lists(integration: Integration) -> HaloLists:
    """Return Halo's product groups and quote statuses. Raises PortalError where Halo cannot be asked."""
    with _ask(integration) as client:
        return HaloLists(groups=client.product_groups(), statuses=client.quote_statuses())


def fill_group_names(integration: Integration) -> bool:
    """Write the names of the mapped product groups down; False, and nothing lost, where Halo does not answer."""
    try:
        with _ask(integration) as client:
            names = dict(client.product_groups())
    except PortalError as exc:
        logger.info("integration %s: product groups not read: %s", integration.pk, exc.code)
        return False
    for row in ProductGroupMapping.objects.filter(integration=integration):
        name = names.get(row.halo_group_id, "")[:200]
        if name != row.halo_group_name:
            ProductGroupMapping.objects.filter(pk=row.pk).update(halo_group_name=name)
    return True


def name_user(integration: Integration, user_id: int) -> str:
    """Return a user's name and client; "" where Halo does not answer. Raises NotFound."""
    return _name(integration, lambda client: client.get_user(user_id).label)


def name_client(integration: Integration, client_id: int) -> str:
    """Return a client's name; "" where Halo does not answer. Raises NotFound."""
    return _name(integration, lambda client: client.get_client(client_id).name)


def name_item(integration: Integration, item_id: int) -> str:
    """Return a product's name and SKU; "" where Halo does not answer. Raises NotFound."""
    return _name(integration, lambda client: client.get_item(item_id).label)


def name_opportunity(integration: Integration, opportunity_id: int) -> str:
    """Return an opportunity's number and summary; "" where Halo does not answer. Raises NotFound."""
    return _name(integration, lambda client: client.get_opportunity(opportunity_id).label)


@contextmanager
def _ask(integration: Integration) -> Iterator[PeopleClient]:
    client = connect_halo(integration, lane=Lane.PERSON, purpose=Purpose.SETTINGS, deadline=Deadline(PATIENCE_S))
    with closing(client):
        yield client


def _name(integration: Integration, read: Callable[[PeopleClient], str]) -> str:
    try:
        with _ask(integration) as client:
            return read(client)
    except NotFound:
        raise
    except PortalError as exc:
        logger.info("integration %s: name not read: %s", integration.pk, exc.code)
        return ""
