"""The product group of a line that has none: chosen by a person, for this quote or for its category for good."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import cache
from django.db import transaction

from integrations.choices import Trigger
from integrations.domain.quote import Line
from integrations.errors import NotUnderstood, PortalError
from integrations.lookup.decide import NotDecided, open_problems
from integrations.lookup.person import ask_halo
from integrations.lookup.relink import sync_waiting_on_code, take_link
from integrations.models import Integration, ProductGroupMapping, QuoteLink, WebhookDelivery
from integrations.quoter.webhook import read_quote
from integrations.sync.enqueue import sync_again

logger = logging.getLogger(__name__)
CODE = "line_without_group"
_CACHED_S = 300


@dataclass(frozen=True)
class GroupChoice:
    """Which line, which group, for good or not, by whom."""

    line_id: str
    group_id: int
    remember: bool
    by: AbstractBaseUser
    now: datetime


def known_groups(integration: Integration) -> tuple[tuple[int, str], ...]:
    """Return Halo's product groups by name; those of the mappings where Halo does not answer."""
    key = f"product-groups-{integration.endpoint}"
    found: tuple[tuple[int, str], ...] | None = cache.get(key)
    if found is None:
        try:
            with ask_halo(integration) as client:
                found = tuple(sorted(client.product_groups(), key=lambda group: group[1].casefold()))
        except PortalError as exc:
            logger.info("integration %s: product groups not read: %s", integration.pk, exc.code)
            rows = ProductGroupMapping.objects.filter(integration=integration)
            return tuple(sorted({(row.halo_group_id, row.halo_group_name) for row in rows}))
        cache.set(key, found, _CACHED_S)
    return found


def line_of(delivery: WebhookDelivery, line_id: str) -> Line | None:
    """Return a delivery's line; None where it has none of that id, or cannot be read."""
    try:
        return next((line for line in read_quote(delivery.data).lines if line.id == line_id), None)
    except NotUnderstood:
        return None


def choose_group(delivery: WebhookDelivery, choice: GroupChoice) -> str:
    """Keep the choice and sync what it settles; return a sentence for the person. Raises NotDecided."""
    attempt = delivery.attempts.order_by("-number").first()
    asked = {p.line_id for p in open_problems(delivery, attempt) if p.code == CODE}
    line = line_of(delivery, choice.line_id)
    if choice.line_id not in asked or line is None:
        raise NotDecided(f"Quote {delivery.quote_number} does not ask this any more.")
    name = dict(known_groups(delivery.integration)).get(choice.group_id)
    if name is None:
        raise NotDecided(f"Halo has no product group {choice.group_id}.", hint="Choose one from the list.")
    with transaction.atomic():
        said = (_remember if choice.remember else _only_here)(delivery, line, choice, name)
        sync_again([delivery.pk], now=choice.now, trigger=Trigger.DECISION, by=choice.by)
    return said


def _remember(delivery: WebhookDelivery, line: Line, choice: GroupChoice, name: str) -> str:
    integration, category = delivery.integration, line.category.name or line.category.public_id
    if category:
        ProductGroupMapping.objects.update_or_create(
            integration=integration,
            category=category[:200],
            defaults={"halo_group_id": choice.group_id, "halo_group_name": name[:200]},
        )
        what = f"New products of category “{category}” now go into {name}."
    else:
        integration.default_product_group = choice.group_id
        integration.save(update_fields=["default_product_group"])
        what = f"New products whose category is not mapped now go into {name}."
    others = sync_waiting_on_code(integration.pk, CODE, by=choice.by, now=choice.now)
    return f"{what} {others} waiting {'quote syncs' if others == 1 else 'quotes sync'} again."


def _only_here(delivery: WebhookDelivery, line: Line, choice: GroupChoice, name: str) -> str:
    link = delivery.link
    assert link is not None  # noqa: S101  a delivery with lines is a quote's
    chosen = {**QuoteLink.objects.get(pk=link.pk).group_choices, line.category.name: choice.group_id}
    if not take_link(link.pk, now=choice.now, by=choice.by, group_choices=chosen):
        raise NotDecided("The quote is being synced at this moment.", hint="Choose again in a minute.")
    return f"On this quote, “{line.name}” goes into {name}. It syncs by itself."
