"""The navigation at the side."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.admin.base import list_url, may
from integrations.models import (
    Channel,
    ClientLink,
    Integration,
    Issue,
    ItemLink,
    LinkChange,
    PersonLink,
    QuoteLink,
    Rehearsal,
    RejectedWebhook,
    SettingsChange,
    SettingsVersion,
    ShadowFinding,
    SyncAttempt,
    WebhookDelivery,
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of links that this person may follow."""
    aside = Q(snoozed_until__gt=timezone.now())
    waiting = Issue.objects.filter(~aside, closed_at=None).count() if may(request, "view", Issue) else 0
    needs_attention = _item(Issue, "Needs attention", "front_hand")
    if waiting:
        needs_attention |= {"badge": waiting, "badge_variant": "danger", "badge_style": "solid"}
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    return [
        {
            "items": [
                home,
                _item(WebhookDelivery, "Quotes", "request_quote"),
                needs_attention,
                _people(),
                _item(SyncAttempt, "Attempts", "history"),
                _item(Rehearsal, "Replays and what-ifs", "replay"),
                _shadow_report(),
            ]
        },
        _group(
            "Links",
            _item(PersonLink, "People", "person"),
            _item(ClientLink, "Clients", "domain"),
            _item(ItemLink, "Products", "inventory_2"),
            _item(QuoteLink, "Quotes in Halo", "link"),
            _item(LinkChange, "History", "manage_history"),
        ),
        _group(
            "Settings",
            _item(Integration, "Integrations", "settings"),
            _item(Channel, "Notifications", "notifications"),
            _item(SettingsVersion, "Versions", "difference"),
            _addresses(),
            _item(SettingsChange, "Changes", "manage_history"),
        ),
        _group(
            "System",
            _ledger(),
            _item(RejectedWebhook, "Refused webhooks", "block"),
            _superuser_item(OrmQ, "Queue", "low_priority"),
            _superuser_item(Success, "Finished tasks", "task_alt"),
            _superuser_item(Failure, "Failed tasks", "error"),
            _superuser_item(Schedule, "Schedules", "schedule"),
            _item(User, "Users", "group"),
            _item(Group, "Roles", "shield_person"),
        ),
    ]


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


def _item(model: type[Model], title: str, icon: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": list_url(model), "permission": _sees(model)}


def _people() -> dict[str, Any]:
    link = {"title": "Person search", "icon": "person_search", "link": reverse("people:search")}
    return {**link, "permission": _searches}


def _ledger() -> dict[str, Any]:
    link = {"title": "Halo requests", "icon": "speed", "link": reverse("ledger")}
    return {**link, "permission": _sees(Integration)}


def _addresses() -> dict[str, Any]:
    link = {"title": "Address check", "icon": "location_on", "link": reverse("addresses:check")}
    return {**link, "permission": _searches}


def _searches(request: HttpRequest) -> bool:
    return may(request, "search", PersonLink)


def _sees(model: type[Model]) -> Callable[[HttpRequest], bool]:
    return lambda request: may(request, "view", model) or may(request, "change", model)


def _shadow_report() -> dict[str, Any]:
    """Return the report of shadow mode, for those who have ever used it."""

    def allowed(request: HttpRequest) -> bool:
        used = ShadowFinding.objects.exists() or Integration.objects.filter(shadow=True).exists()
        return may(request, "view", ShadowFinding) and used

    return {**_item(ShadowFinding, "Shadow report", "compare_arrows"), "permission": allowed}


def _superuser_item(model: type[Model], title: str, icon: str) -> dict[str, Any]:
    def allowed(request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    return {"title": title, "icon": icon, "link": list_url(model), "permission": allowed}
