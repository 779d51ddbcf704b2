"""What the settings page shows, and in which words."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from integrations.models import Integration

# What a new integration cannot begin without, and the key that lets its categories be read.
_FIRST = (None, "Halo", "Quoter", "Writing to Quoter")
FIELDSETS: Any = (
    (None, {"fields": ("name", "enabled")}),
    (
        "Halo",
        {
            "description": "Where your Halo is and how the portal signs in. Halo shows these under Configuration, "
            "Integrations, HaloPSA API. Save, then press Test connection.",
            "fields": (
                "halo_url",
                "halo_tenant",
                "halo_auth",
                "halo_client_id",
                "new_halo_client_secret",
                "clear_halo_client_secret",
                "halo_username",
                "new_halo_password",
                "clear_halo_password",
                "secret_states",
            ),
        },
    ),
    (
        "Quoter",
        {
            "description": "In Quoter: Settings, Integrations, New Integration, Webhook; applies to Quotes, "
            "format JSON. The hash key must be the same on both sides: paste Quoter's here, or generate one on "
            "this page and paste it into Quoter.",
            "fields": (
                "new_quoter_hash_key",
                "clear_quoter_previous_hash_key",
                "quoter_subdomain",
            ),
        },
    ),
    (
        "Writing to Quoter",
        {
            "description": "For Push to Quoter and Start a quote on a person's page. An Administrator makes the "
            "key in the ScalePad Hub, under API; Quoter accepts it for two years.",
            "fields": (
                "new_quoter_api_key",
                "clear_quoter_api_key",
                "quoter_legacy_client_id",
                "new_quoter_legacy_client_secret",
                "clear_quoter_legacy_client_secret",
                "default_country",
                "default_region",
                "update_user_from_contact",
            ),
        },
    ),
    (
        "Missed webhooks",
        {
            "description": "How the portal finds what no webhook told it. What it found stands above, under "
            "Webhooks seen.",
            "classes": ("collapse",),
            "fields": ("recover_missed", "recover_without_status", "silence_hours"),
        },
    ),
    (
        "Opportunities and sales orders",
        {
            "description": "A quote needs a Halo user and opportunity. This is how the opportunity is found.",
            "fields": (
                "opportunity_custom_field",
                "use_only_open_opportunity",
                "create_sales_order",
                "sales_order_by",
                "revisions",
            ),
        },
    ),
    (
        "What may be created in Halo",
        {
            "description": "Off, such quotes wait for you. On, the portal looks first, creates once, and says "
            "so in the attempt. Read from Halo, above, lets you choose ticket types by name. Where Halo requires "
            "a field that the portal does not fill, it refuses, and the "
            "message names the field.",
            "fields": (
                "create_missing_user",
                "create_lead_instead",
                "lead_type",
                "create_missing_opportunity",
                "opportunity_type",
                "opportunity_summary",
                "opportunity_value",
                "opportunity_target_days",
            ),
        },
    ),
    (
        "The opportunity follows its quote",
        {
            "description": "Written when the quote's status moves in Quoter; what Halo does afterwards is left "
            "alone. Accepted stands for ordered and fulfilled as well. Read from Halo, above, lets you choose "
            "statuses by name.",
            "classes": ("collapse",),
            "fields": (
                "note_payments",
                "update_opportunity_value",
                "opportunity_status_pending",
                "opportunity_status_accepted",
                "opportunity_status_lost",
                "opportunity_probability_pending",
                "opportunity_probability_accepted",
                "opportunity_probability_lost",
            ),
        },
    ),
    (
        "Statuses and product groups",
        {
            "description": "Numbers of your own Halo. After saving, Read from Halo lets you choose them by name.",
            "fields": (
                "status_pending",
                "status_accepted",
                "status_ordered",
                "status_fulfilled",
                "status_lost",
                "default_product_group",
            ),
        },
    ),
    (
        "Amounts",
        {
            "description": "How the amounts of a whole quote reach Halo, and what has to agree afterwards. Read "
            "from Halo, above, lets you choose products and tax by name.",
            "classes": ("collapse",),
            "fields": (
                "quote_discount",
                "discount_item",
                "shipping",
                "shipping_item",
                "send_optional_lines",
                "compare_taxes",
                "stated_total_must_agree",
                "currency",
                "item_tax_code",
            ),
        },
    ),
    (
        "What else goes over",
        {
            "description": "Each is off until chosen.",
            "classes": ("collapse",),
            "fields": (
                "agent_by_owner",
                "section_headers",
                "send_suppliers",
                "po_number_field",
                "send_internal_notes",
                "send_addresses",
                "attach_pdf",
                "note_on_opportunity",
                "note_outcome",
            ),
        },
    ),
    (
        "Requests to Halo",
        {
            "description": "Halo counts the requests of all tools of your tenant together. People who wait here "
            "come first, then accepted quotes, then published ones, then copies.",
            "classes": ("collapse",),
            "fields": ("halo_request_limit", "halo_request_reserve"),
        },
    ),
    (
        "Recurring lines and prices",
        {
            "description": "Halo's code for each billing period: usually 2 for monthly and 3 for yearly. A line "
            "whose period has no code waits for you.",
            "classes": ("collapse",),
            "fields": (
                "billing_weekly",
                "billing_monthly",
                "billing_quarterly",
                "billing_half_yearly",
                "billing_yearly",
                "price_decimals",
            ),
        },
    ),
)


class SecretStates:
    """Whether secrets are set, never what they are."""

    def shown_fieldsets(self, obj: Integration | None, *, editable: bool) -> Any:
        """Return the fieldsets without fields that have no use for this person and row.

        A new integration begins with what the guide's first steps need; the rest is folded.
        """
        later = {} if obj else {"classes": ("collapse",)}
        return tuple(
            (
                title,
                {
                    **options,
                    **({} if title in _FIRST else later),
                    "fields": [f for f in options["fields"] if self._is_shown(f, obj, editable)],
                },
            )
            for title, options in FIELDSETS
        )

    def _is_shown(self, field: str, obj: Integration | None, editable: bool) -> bool:
        if field == "secret_states":
            return not editable
        if field.startswith("new_"):
            return editable
        if field.startswith("clear_"):
            return editable and bool(obj and getattr(obj, field.removeprefix("clear_")))
        return True

    @admin.display(description="Secrets")
    def secret_states(self, integration: Integration) -> str:
        """Say what is set."""
        pairs = (("Client secret", integration.halo_client_secret), ("password", integration.halo_password))
        return ", ".join(f"{label} {'set' if secret else 'not set'}" for label, secret in pairs)

    @admin.display(description="Webhook keys")
    def webhook_keys(self, integration: Integration) -> str:
        """Say how many keys are accepted."""
        if not integration.quoter_hash_key:
            return "None yet"
        return "Two, while rotating" if integration.quoter_previous_hash_key else "One"


def webhook_address(request: HttpRequest, integration: Integration) -> str:
    """Return the address that Quoter is given."""
    path = reverse("quoter_webhook", kwargs={"endpoint": integration.endpoint})
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def hash_key_state(integration: Integration) -> str:
    """Say whether webhooks can be verified."""
    if not integration.quoter_hash_key:
        return "Not set: webhooks are refused until there is one."
    if integration.quoter_previous_hash_key:
        return "Set. The previous key is accepted as well; remove it below once Quoter uses the new one."
    return "Set. It is shown only once, when it is new."
