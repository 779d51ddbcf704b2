"""Settings as JSON, both ways: what an installation is set up from, and what can be kept beside it."""

import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.choices import HaloAuth
from integrations.domain.policy import OpportunityValue, Placement, Revisions, SalesOrderBy
from integrations.domain.quote import QuoteStatus
from integrations.errors import AddressRefused
from integrations.halo.address import read_address
from integrations.http import check_address
from integrations.models import AddressMapping, Integration, ProductGroupMapping


class SettingsRefused(Exception):
    """The file cannot be used; the message names the place in it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


BillingPeriod = Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly"]
Stage = Literal["pending", "accepted", "lost"]
Percent = Annotated[int, Field(ge=0, le=100)]
HaloId = Annotated[int, Field(gt=0, lt=2**31)]


class HaloPart(_Part):
    """How Halo is reached. A secret that is left out stays as it is."""

    url: str | None = None
    tenant: str | None = None
    auth: Literal["password", "client_credentials"] | None = None
    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    request_limit: int | None = Field(default=None, ge=20, le=100_000)
    request_reserve: int | None = Field(default=None, ge=0, le=99_980)


class QuoterPart(_Part):
    """How Quoter signs and is reached."""

    hash_keys: list[str] | None = Field(default=None, max_length=2)
    subdomain: str | None = None
    api_key: str | None = None
    legacy_client_id: str | None = None
    legacy_client_secret: str | None = None
    recover_missed: bool | None = None
    recover_without_status: bool | None = None
    silence_hours: Annotated[int, Field(ge=0, le=200)] | None = None


class PolicyPart(_Part):
    """The choices of one integration."""

    create_missing_user: bool | None = None
    create_lead_instead: bool | None = None
    lead_type: HaloId | None = None
    create_missing_opportunity: bool | None = None
    use_only_open_opportunity: bool | None = None
    create_sales_order: bool | None = None
    quote_status: dict[QuoteStatus, HaloId | None] | None = None
    billing_periods: dict[BillingPeriod, Annotated[int, Field(ge=0, lt=2**15)] | None] | None = None
    price_decimals: int | None = None
    opportunity_custom_field: str | None = None
    revisions: Revisions | None = None
    sales_order_by: SalesOrderBy | None = None
    quote_discount: Placement | None = None
    discount_item: HaloId | None = None
    shipping: Literal[Placement.LINE, Placement.LEAVE_OUT] | None = None
    shipping_item: HaloId | None = None
    compare_taxes: bool | None = None
    stated_total_must_agree: bool | None = None
    send_optional_lines: bool | None = None
    section_headers: bool | None = None
    send_suppliers: bool | None = None
    agent_by_owner: bool | None = None
    po_number_field: str | None = None
    send_internal_notes: bool | None = None
    send_addresses: bool | None = None
    currency: str | None = None
    item_tax_code: HaloId | None = None
    attach_pdf: bool | None = None
    note_on_opportunity: bool | None = None
    note_outcome: str | None = None
    opportunity_type: HaloId | None = None
    opportunity_summary: str | None = Field(default=None, max_length=150)
    opportunity_value: OpportunityValue | None = None
    opportunity_target_days: int | None = Field(default=None, ge=0, le=3650)
    update_opportunity_value: bool | None = None
    update_user_from_contact: bool | None = None
    note_payments: bool | None = None
    opportunity_status: dict[Stage, HaloId | None] | None = None
    opportunity_probability: dict[Stage, Percent | None] | None = None


class GroupsPart(_Part):
    """Which categories create products in which group."""

    default: HaloId | None = None
    categories: dict[str, HaloId] = {}


class IntegrationPart(_Part):
    """One integration, found again by its endpoint, else by its name."""

    name: str = Field(min_length=1, max_length=100)
    endpoint: uuid.UUID | None = None
    enabled: bool | None = None
    halo: HaloPart = HaloPart()
    quoter: QuoterPart = QuoterPart()
    policy: PolicyPart = PolicyPart()
    addresses: dict[AddressMapping.QuoterField, AddressMapping.HaloField] | None = None
    product_groups: GroupsPart | None = None


class SettingsFile(_Part):
    """The whole file."""

    integrations: list[IntegrationPart]


def import_settings(document: Any) -> list[str]:
    """Create or update the integrations of a document, all or none; return a sentence for each.

    Raises SettingsRefused naming the place of what is unknown or wrong.
    """
    try:
        file = SettingsFile.model_validate(document)
    except ValidationError as exc:
        raise SettingsRefused("; ".join(_describe(error) for error in exc.errors(include_input=False))) from exc
    with transaction.atomic():
        return [_import_one(part, f"integrations[{index}]") for index, part in enumerate(file.integrations)]


def _describe(error: Any) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    reason = "is not known" if error["type"] == "extra_forbidden" else f"cannot be used: {error['msg']}"
    return f"{place} {reason}"


def _import_one(part: IntegrationPart, place: str) -> str:
    found = Integration.objects.filter(endpoint=part.endpoint).first() if part.endpoint else None
    found = found or Integration.objects.filter(name=part.name).first()
    integration = found or Integration(name=part.name)
    integration.name = part.name
    if part.endpoint is not None:
        integration.endpoint = part.endpoint
    _set(integration, {"enabled": part.enabled})
    halo = part.halo
    _set(
        integration,
        {
            "halo_url": _address(halo.url, f"{place}.halo.url"),
            "halo_tenant": halo.tenant,
            "halo_auth": HaloAuth(halo.auth) if halo.auth else None,
            "halo_client_id": halo.client_id,
            "halo_client_secret": halo.client_secret,
            "halo_username": halo.username,
            "halo_password": halo.password,
            "halo_request_limit": halo.request_limit,
            "halo_request_reserve": halo.request_reserve,
            "quoter_subdomain": part.quoter.subdomain,
            "quoter_api_key": part.quoter.api_key,
            "quoter_legacy_client_id": part.quoter.legacy_client_id,
            "quoter_legacy_client_secret": part.quoter.legacy_client_secret,
            "recover_missed": part.quoter.recover_missed,
            "recover_without_status": part.quoter.recover_without_status,
            "silence_hours": part.quoter.silence_hours,
        },
    )
    if part.quoter.hash_keys is not None:
        keys = [*part.quoter.hash_keys, "", ""]
        integration.quoter_hash_key, integration.quoter_previous_hash_key = keys[0], keys[1]
    _set_policy(integration, part.policy)
    if part.product_groups is not None:
        integration.default_product_group = part.product_groups.default
    _check(integration, place)
    integration.save()
    _set_mappings(integration, part)
    return f"{integration.name}: {'updated' if found else 'created'}"


def _address(text: str | None, place: str) -> str | None:
    """Return a Halo domain as the form would store it."""
    if text is None:
        return None
    try:
        address = read_address(text)
        check_address(address.base, allow_private=settings.ALLOW_PRIVATE_REMOTES)
    except AddressRefused as exc:
        raise SettingsRefused(f"{place} cannot be used: {exc.user_message} {exc.way_out}") from exc
    return address.base


def _set(integration: Integration, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is not None:
            setattr(integration, name, value)


def _set_policy(integration: Integration, policy: PolicyPart) -> None:
    by_stage = {
        "opportunity_status": policy.opportunity_status,
        "opportunity_probability": policy.opportunity_probability,
    }
    _set(integration, policy.model_dump(exclude={"quote_status", "billing_periods", *by_stage}))
    for prefix, values in by_stage.items():
        for stage, value in (values or {}).items():
            setattr(integration, f"{prefix}_{stage}", value)
    for period, code in (policy.billing_periods or {}).items():
        setattr(integration, f"billing_{period}", code)
    for status, halo_id in (policy.quote_status or {}).items():
        setattr(integration, f"status_{status.value}", halo_id)


def _check(integration: Integration, place: str) -> None:
    try:
        integration.full_clean(exclude=["id"])
    except DjangoValidationError as exc:
        problems = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in exc.message_dict.items())
        raise SettingsRefused(f"{place} cannot be used: {problems}") from exc


def _set_mappings(integration: Integration, part: IntegrationPart) -> None:
    if part.addresses is not None:
        # What is as the file says stays untouched: the record of settings tells changes alone.
        integration.addresses.exclude(quoter_field__in=part.addresses).delete()
        for quoter_field, halo_field in part.addresses.items():
            AddressMapping.objects.update_or_create(
                integration=integration, quoter_field=quoter_field, defaults={"halo_field": halo_field}
            )
    if part.product_groups is not None:
        named = dict(integration.product_groups.values_list("halo_group_id", "halo_group_name"))
        integration.product_groups.exclude(category__in=part.product_groups.categories).delete()
        for category, group_id in part.product_groups.categories.items():
            ProductGroupMapping.objects.update_or_create(
                integration=integration,
                category=category,
                defaults={"halo_group_id": group_id, "halo_group_name": named.get(group_id, "")},
            )


def export_settings() -> dict[str, Any]:
    """Return all integrations in the shape that `import_settings` reads, without any secret."""
    return {"integrations": [_export_one(row) for row in Integration.objects.order_by("name")]}


def _export_one(integration: Integration) -> dict[str, Any]:
    policy = {
        **integration.policy().model_dump(mode="json"),
        "billing_periods": {name: getattr(integration, f"billing_{name}") for name in get_args(BillingPeriod)},
        "price_decimals": integration.price_decimals,
    }
    known: Callable[[str], bool] = PolicyPart.model_fields.__contains__
    return {
        "name": integration.name,
        "endpoint": str(integration.endpoint),
        "enabled": integration.enabled,
        "halo": {
            "url": integration.halo_url,
            "tenant": integration.halo_tenant,
            "auth": integration.halo_auth,
            "client_id": integration.halo_client_id,
            "username": integration.halo_username,
            "request_limit": integration.halo_request_limit,
            "request_reserve": integration.halo_request_reserve,
        },
        "quoter": {
            "subdomain": integration.quoter_subdomain,
            "legacy_client_id": integration.quoter_legacy_client_id,
            "recover_missed": integration.recover_missed,
            "recover_without_status": integration.recover_without_status,
            "silence_hours": integration.silence_hours,
        },
        "policy": {name: value for name, value in policy.items() if known(name)},
        "addresses": dict(integration.addresses.values_list("quoter_field", "halo_field")),
        "product_groups": {
            "default": integration.default_product_group,
            "categories": dict(integration.product_groups.values_list("category", "halo_group_id")),
        },
    }
