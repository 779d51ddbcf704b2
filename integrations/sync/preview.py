"""What would happen to a delivery now: the same reading, looking and deciding, and not one write."""

from contextlib import closing
from dataclasses import dataclass

from integrations.connect import Lane, Purpose, connect_halo
from integrations.domain.content import as_in_halo
from integrations.domain.plan import Plan, build_plan
from integrations.domain.quote import Quote, QuoteStatus
from integrations.domain.snapshot import Snapshot
from integrations.http import Deadline
from integrations.models import SettingsVersion, WebhookDelivery
from integrations.sync.known_ids import quote_of
from integrations.sync.links import load_links, rules_for
from integrations.sync.observe import observe
from integrations.sync.products import Products
from integrations.sync.record import StepNotes
from integrations.sync.richer import richer
from integrations.sync.surroundings import Surroundings


@dataclass(frozen=True)
class Preview:
    """A plan and what it was made from."""

    quote: Quote
    snapshot: Snapshot
    plan: Plan


# One quote may ask Halo for this long at most, whoever waits for it.
_LONGEST_S = 80.0


def preview(
    delivery: WebhookDelivery,
    *,
    surroundings: Surroundings,
    overwrite: bool = False,
    version: SettingsVersion | None = None,
    lane: Lane = Lane.PERSON,
) -> Preview:
    """Plan a quote's delivery against Halo as it is now, with the settings of today or of a version.

    Raises PortalError where it cannot be read or asked.
    """
    quote = quote_of(delivery)
    link = delivery.link
    assert link is not None  # noqa: S101  the inbox gives every readable quote its link
    integration = delivery.integration
    quote, _ = richer(quote, integration, surroundings=surroundings)
    rules = rules_for(integration, link, version=version)
    links = load_links(link, quote, rules)
    client = connect_halo(
        integration,
        lane=lane,
        purpose=Purpose.PREVIEW,
        deadline=Deadline(_LONGEST_S, monotonic=surroundings.monotonic),
        clock=surroundings.clock,
        sleep=surroundings.sleep,
        read_only=True,
    )
    with closing(client):
        snapshot = observe(
            client,
            products=Products(client, integration, now=surroundings.now()),
            quote=quote,
            rules=rules,
            links=links,
            wrote_before=link.intents.exists(),
            notes=StepNotes(),
        )
    plan = build_plan(
        as_in_halo(quote, snapshot.quote, rules),
        snapshot=snapshot,
        rules=rules,
        links=links,
        last_status=QuoteStatus(link.applied_status) if link.applied_status else None,
        today=surroundings.now().date(),
        overwrite=overwrite,
    )
    return Preview(quote, snapshot, plan)
