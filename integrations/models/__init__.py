"""Rows: settings, deliveries, attempts, links, issues. No network, no parsing."""

from integrations.models.attempts import RemoteCall, SyncAttempt, SyncStep, WriteIntent
from integrations.models.deliveries import RejectedWebhook, WebhookDelivery
from integrations.models.integration import (
    SECRETS,
    AddressMapping,
    Integration,
    ProductGroupMapping,
    SettingsVersion,
)
from integrations.models.issues import Issue
from integrations.models.links import ItemLink, PersonLink, QuoteLink, QuoteRevision
from integrations.models.shared import HaloToken, Heartbeat, RequestBudget, RequestsSpent

__all__ = [
    "SECRETS",
    "AddressMapping",
    "HaloToken",
    "Heartbeat",
    "Integration",
    "Issue",
    "ItemLink",
    "PersonLink",
    "ProductGroupMapping",
    "QuoteLink",
    "QuoteRevision",
    "RejectedWebhook",
    "RemoteCall",
    "RequestBudget",
    "RequestsSpent",
    "SettingsVersion",
    "SyncAttempt",
    "SyncStep",
    "WebhookDelivery",
    "WriteIntent",
]
