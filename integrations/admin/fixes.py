"""Where a cause is repaired: from its code to the page, and on it to the very field."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from integrations.admin.base import change_url, list_url
from integrations.models import Integration, Issue, ItemLink, WebhookDelivery


@dataclass(frozen=True)
class Fix:
    """A link to the place, in words."""

    label: str
    url: str


def field_url(integration: Integration, field: str) -> str:
    """Return the address of a field on the settings page; the page focuses it."""
    anchor = field if field.endswith("-group") else f"id_{field}"
    return f"{change_url(integration)}#{anchor}"


def _setting(label: str, field: str) -> Callable[[Issue, WebhookDelivery | None], Fix]:
    return lambda issue, delivery: Fix(label, field_url(issue.integration, field))


def _on_quote(label: str) -> Callable[[Issue, WebhookDelivery | None], Fix | None]:
    return lambda issue, delivery: Fix(label, f"{change_url(delivery)}#settle") if delivery else None


def _quote_link(issue: Issue, delivery: WebhookDelivery | None) -> Fix | None:
    if delivery is None or delivery.link_id is None:
        return None
    address = reverse("admin:integrations_quotelink_change", args=[delivery.link_id])
    return Fix("Let go of the Halo quote", f"{address}#id_forget_quote")


def _item_links(issue: Issue, delivery: WebhookDelivery | None) -> Fix:
    return Fix("Open the product's link", f"{list_url(ItemLink)}?q={issue.subject.removeprefix('item ')}")


def _period(issue: Issue, delivery: WebhookDelivery | None) -> Fix:
    field = f"billing_{issue.subject.removeprefix('period ')}"
    return Fix("Enter the billing period's code", field_url(issue.integration, field))


def _settings_field(issue: Issue, delivery: WebhookDelivery | None) -> Fix:
    known = {field.name for field in Integration._meta.get_fields()}
    field = issue.subject if issue.subject in known else "halo_url"
    return Fix("Correct the setting", field_url(issue.integration, field))


def _doctor(issue: Issue, delivery: WebhookDelivery | None) -> Fix:
    address = reverse("admin:integrations_integration_doctor", args=[issue.integration_id])
    return Fix("See what is missing (doctor)", address)


def _credentials(issue: Issue, delivery: WebhookDelivery | None) -> Fix:
    password = issue.integration.halo_auth == "password"
    return Fix(
        "Enter the credentials again",
        field_url(issue.integration, "new_halo_password" if password else "new_halo_client_secret"),
    )


def _webhooks_seen(issue: Issue, delivery: WebhookDelivery | None) -> Fix:
    return Fix("See what changed in Quoter", f"{change_url(issue.integration)}#webhooks-seen")


_FIXES: dict[str, Callable[[Issue, WebhookDelivery | None], Fix | None]] = {
    "person_ambiguous": _on_quote("Choose the user"),
    "person_unknown": _on_quote("Link the contact to a user"),
    "opportunity_ambiguous": _on_quote("Choose the opportunity"),
    "opportunity_missing": _on_quote("Choose the opportunity"),
    "line_ambiguous": _on_quote("Choose the product"),
    "line_period_mismatch": _on_quote("Choose another product"),
    "line_link_broken": _item_links,
    "line_without_group": _setting("Map the category to a product group", "product_groups-group"),
    "period_unknown": _period,
    "currency_unexpected": _setting("Change the expected currency", "currency"),
    "halo_edited": _on_quote("Keep Halo or use Quoter"),
    "already_sold": _on_quote("Keep Halo or use Quoter"),
    "quote_gone": _quote_link,
    "settings": _settings_field,
    "address_refused": _setting("Correct the Halo domain", "halo_url"),
    "secret_unreadable": _credentials,
    "credentials_rejected": _credentials,
    "halo_away": lambda issue, delivery: Fix(
        "See when it is tried again, or try now", change_url(issue.integration)
    ),
    "doctor": _doctor,
    "permission_missing": _doctor,
    "webhook_missed": _webhooks_seen,
    "webhooks_silent": _webhooks_seen,
    "look_failed": _setting("Enter the key for Quoter's API", "new_quoter_api_key"),
    "sales_order_awaited": _setting("Choose who makes sales orders", "sales_order_by"),
}


def fix_of(issue: Issue, delivery: WebhookDelivery | None) -> Fix | None:
    """Return where a cause is repaired; None where that is not in the portal. `delivery`: one that it stops."""
    find = _FIXES.get(issue.code)
    return find(issue, delivery) if find else None
