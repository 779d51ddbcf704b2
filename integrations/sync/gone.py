"""What older settings name and Halo no longer has: told before somebody syncs with them."""

from contextlib import closing

from integrations.connect import Lane, connect_halo
from integrations.domain.policy import Rules
from integrations.errors import NotFound, PortalError, RateLimited
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import SettingsVersion
from integrations.sync.surroundings import Surroundings

_LONGEST_S = 30.0


def gone_by_now(version: SettingsVersion, *, surroundings: Surroundings) -> list[str]:
    """Return a sentence for each. Raises RateLimited; another failure is one of the sentences."""
    try:
        rules = version.as_rules()
        client = connect_halo(
            version.integration,
            lane=Lane.RECONCILIATION,
            deadline=Deadline(_LONGEST_S, monotonic=surroundings.monotonic),
            clock=surroundings.clock,
            sleep=surroundings.sleep,
            read_only=True,
        )
        with closing(client):
            found = [*_groups(client, rules), *_statuses(client, rules), *_products(client, rules)]
    except RateLimited:
        raise
    except PortalError as exc:
        return [f"Version {version.number}: what it names could not be looked up. {exc.user_message}"]
    return [f"Version {version.number}: {text}" for text in found]


def _groups(client: PeopleClient, rules: Rules) -> list[str]:
    known = {id_ for id_, _ in client.product_groups()}
    named = {f"category “{name}”": id_ for name, id_ in rules.groups.categories.items()}
    if rules.groups.default is not None:
        named["the default"] = rules.groups.default
    return [
        f"product group {id_}, of {what}, is not in Halo any more."
        for what, id_ in named.items()
        if id_ not in known
    ]


def _statuses(client: PeopleClient, rules: Rules) -> list[str]:
    known = {id_ for id_, _ in client.quote_statuses()}
    return [
        f"quote status {id_}, of {status} quotes, is not in Halo any more."
        for status, id_ in rules.policy.quote_status.items()
        if id_ not in known
    ]


def _products(client: PeopleClient, rules: Rules) -> list[str]:
    texts = []
    for what, id_ in (("shipping", rules.policy.shipping_item), ("the discount", rules.policy.discount_item)):
        if id_ is None:
            continue
        try:
            client.get_item(id_)
        except NotFound:
            texts.append(f"product {id_}, of {what}, is not in Halo any more.")
    return texts
