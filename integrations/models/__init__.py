"""Rows: settings, deliveries, attempts, links, issues. No network, no parsing."""

from integrations.models.attempts import AttemptInputs, RemoteCall, SyncAttempt, SyncStep, WriteIntent
from integrations.models.breaker import Breaker
from integrations.models.catalog import Catalog, CatalogItem
from integrations.models.checkups import Checkup
from integrations.models.deliveries import RejectedWebhook, WebhookDelivery
from integrations.models.directory import Directory, DirectorySite, DirectoryUser
from integrations.models.drafts import NewOpportunity, StartedQuote
from integrations.models.history import SettingsChange
from integrations.models.integration import SECRETS, Integration
from integrations.models.issues import Issue
from integrations.models.link_changes import LinkChange
from integrations.models.links import ClientLink, ItemLink, PersonLink, QuoteLink, QuoteRevision
from integrations.models.mappings import AddressMapping, ProductGroupMapping
from integrations.models.notices import Channel, Notice, NoticeSending, Topic, Trouble
from integrations.models.payments import PaymentReceived
from integrations.models.recovery import Recovery
from integrations.models.rehearsals import Rehearsal, RehearsedQuote
from integrations.models.shadows import ShadowFinding
from integrations.models.shared import Claim, HaloToken, Heartbeat, RequestBudget, RequestsSpent
from integrations.models.versions import SettingsVersion

__all__ = [
    "SECRETS",
    "AddressMapping",
    "AttemptInputs",
    "Breaker",
    "Catalog",
    "CatalogItem",
    "Channel",
    "Checkup",
    "Claim",
    "ClientLink",
    "Directory",
    "DirectorySite",
    "DirectoryUser",
    "HaloToken",
    "Heartbeat",
    "Integration",
    "Issue",
    "ItemLink",
    "LinkChange",
    "NewOpportunity",
    "Notice",
    "NoticeSending",
    "PaymentReceived",
    "PersonLink",
    "ProductGroupMapping",
    "QuoteLink",
    "QuoteRevision",
    "Recovery",
    "Rehearsal",
    "RehearsedQuote",
    "RejectedWebhook",
    "RemoteCall",
    "RequestBudget",
    "RequestsSpent",
    "SettingsChange",
    "SettingsVersion",
    "ShadowFinding",
    "StartedQuote",
    "SyncAttempt",
    "SyncStep",
    "Topic",
    "Trouble",
    "WebhookDelivery",
    "WriteIntent",
]
