"""Short questions to Halo while a person waits: what something is called, what there is to choose from."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from django.db.models import Q

from integrations.connect import Lane, Purpose, connect_halo
from integrations.domain.snapshot import HaloUser
from integrations.domain.ticket_types import opportunity_types
from integrations.errors import NotFound, PermissionMissing, PortalError, RemoteBroken
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import CatalogItem, Integration, ProductGroupMapping

logger = logging.getLogger(__name__)

# A page that waits longer than this looks broken.
PATIENCE_S = 15
_PRODUCTS_SHOWN = 50
Named = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class HaloLists:
    """What the settings choose from, as ids and names; `unread` says why a list is not there, by its name."""

    groups: Named
    statuses: Named
    types: Named = ()
    opportunity_statuses: Named = ()
    taxes: Named = ()
    discounts: Named = ()
    shippings: Named = ()
    unread: dict[str, str] = field(default_factory=dict)

    def named(self) -> list[tuple[str, Named]]:
        """Return the lists with their titles, for people to look numbers up in."""
        titles = {
            "groups": "Product groups",
            "statuses": "Quote statuses",
            "types": "Ticket types",
            "opportunity_statuses": "Opportunity statuses",
            "taxes": "Taxes",
        }
        return [(title, getattr(self, name)) for name, title in titles.items() if name not in self.unread]


def read_lists(integration: Integration) -> HaloLists:
    """Return what Halo has to choose from. Raises PortalError where Halo cannot be asked.

    Groups and statuses are needed; a further list that Halo does not give this API agent is left out.
    """
    further: dict[str, Named] = {}
    unread: dict[str, str] = {}
    with _ask(integration) as client:
        groups, statuses = client.product_groups(), client.quote_statuses()
        readers: dict[str, Callable[[], Named]] = {
            "types": lambda: tuple((t.id, t.name) for t in opportunity_types(client.ticket_types())),
            "opportunity_statuses": client.opportunity_statuses,
            "taxes": client.taxes,
        }
        for name, read in readers.items():
            try:
                further[name] = read()
            except (NotFound, PermissionMissing, RemoteBroken) as exc:
                unread[name] = f"{exc.user_message} What is chosen from it stays as it is."
    products = {
        "discounts": _products(integration, ("discount", "rebate")),
        "shippings": _products(integration, ("shipping", "delivery", "freight", "carriage", "postage")),
    }
    return HaloLists(groups=groups, statuses=statuses, **further, **products, unread=unread)


def _products(integration: Integration, words: tuple[str, ...]) -> Named:
    """Return the products of the copy that may be meant; any other is entered in the settings by its number."""
    called = Q()
    for word in words:
        called |= Q(name_key__contains=word)
    rows = CatalogItem.objects.filter(called, integration=integration).order_by("name")
    return tuple(rows.values_list("halo_id", "name")[:_PRODUCTS_SHOWN])


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


def find_user(integration: Integration, user_id: int) -> HaloUser | None:
    """Return a user; None where Halo does not answer. Raises NotFound."""
    try:
        with _ask(integration) as client:
            return client.get_user(user_id)
    except NotFound:
        raise
    except PortalError as exc:
        logger.info("integration %s: user not read: %s", integration.pk, exc.code)
        return None


def name_user(integration: Integration, user_id: int) -> str:
    """Return a user's name and client; "" where Halo does not answer. Raises NotFound."""
    user = find_user(integration, user_id)
    return user.label if user else ""


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
