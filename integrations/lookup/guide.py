"""Setting an integration up, step by step: where it stands follows from the settings, so it can be left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from integrations.choices import HaloAuth
from integrations.lookup.finding import Grade, day
from integrations.models import Integration, WebhookDelivery

PERMISSIONS = (
    *("read:customers", "read:tickets", "read:crm", "read:quotes", "edit:quotes", "read:sales", "edit:sales"),
    *("read:sos", "edit:sos", "read:items", "edit:items", "read:assets"),
)


@dataclass(frozen=True)
class Step:
    """One step; `place` names where it is done, in the admin's terms: a field, or a page of the integration."""

    title: str
    done: bool
    sentence: str
    place: str
    button: str
    optional: bool = False
    at: datetime | None = None
    """When it was last done, where it is done again and again."""


def steps(integration: Integration) -> list[Step]:
    """Return all steps with their state."""
    return [
        *_halo(integration),
        *_quoter(integration),
        *_choices(integration),
        *_proof(integration),
    ]


def switch_on(integration: Integration) -> None:
    """Let it work."""
    integration.enabled = True
    integration.save(update_fields=["enabled"])


def is_checked(integration: Integration) -> bool:
    """Say whether the doctor has looked and found nothing broken."""
    return bool(integration.check_grade) and integration.check_grade != Grade.BAD


def _halo(integration: Integration) -> Iterator[Step]:
    signs_in = bool(integration.halo_client_id and integration.halo_client_secret)
    if integration.halo_auth == HaloAuth.PASSWORD:
        signs_in = bool(integration.halo_client_id and integration.halo_username and integration.halo_password)
    yield Step(
        "Halo's address",
        bool(integration.halo_url),
        "The domain under which your Halo runs, and the tenant that its API page names.",
        "id_halo_url",
        "Enter it",
    )
    yield Step(
        "Sign-in to Halo",
        signs_in,
        "In Halo: an agent for the API with access to all customers; then Configuration, Integrations, HaloPSA "
        f"API, View Applications, New, with that agent and these permissions: {', '.join(PERMISSIONS)}.",
        "id_halo_client_id",
        "Enter it",
    )


def _quoter(integration: Integration) -> Iterator[Step]:
    yield Step(
        "Hash key and webhook",
        bool(integration.quoter_hash_key),
        "In Quoter: Settings, Integrations, New Integration, Webhook; applies to Quotes, format JSON. Paste the "
        "webhook address from the settings there, and have the same hash key on both sides.",
        "id_new_quoter_hash_key",
        "Copy the address, set the key",
    )
    yield Step(
        "Quoter subdomain",
        bool(integration.quoter_subdomain),
        "With it, Halo's quotes link to Quoter's.",
        "id_quoter_subdomain",
        "Enter it",
        optional=True,
    )


def _choices(integration: Integration) -> Iterator[Step]:
    chosen = [integration.status_pending, integration.status_accepted, integration.status_lost]
    yield Step(
        "Quote statuses",
        all(value is not None for value in chosen),
        "Which of Halo's statuses a pending, an accepted and a lost quote gets.",
        "in_halo",
        "Choose by name",
    )
    mapped = integration.product_groups.count()
    yield Step(
        "Product groups",
        integration.default_product_group is not None,
        "Where new products go: a default group, and groups of their own for Quoter's categories "
        f"({mapped or 'none'} matched so far). Both sides are read, and groups of the same name suggested.",
        "groups",
        "Match categories",
    )
    yield Step(
        "Address mapping",
        integration.addresses.exists(),
        "Which line of Halo's addresses fills which field in Quoter. Needed only for people sent to Quoter.",
        "addresses-group",
        "Map addresses",
        optional=True,
    )


def _proof(integration: Integration) -> Iterator[Step]:
    at = integration.checked_at
    yield Step(
        "Doctor",
        is_checked(integration),
        "Looks at sign-in, rights, statuses and product groups, and again by itself every six hours.",
        "doctor",
        "Look again" if at else "Look now",
        at=at,
    )
    first = WebhookDelivery.objects.filter(integration=integration).order_by("received_at").first()
    yield Step(
        "First webhook",
        first is not None,
        f"{first} arrived on {day(first.received_at)}."
        if first
        else "Publish a quote in Quoter: it shows up here.",
        "quotes",
        "See the quotes",
    )
