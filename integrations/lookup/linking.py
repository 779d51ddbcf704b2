"""Keeping a link, with a line in its history: who, when, from what to what, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from integrations.models import ClientLink, Integration, ItemLink, PersonLink
from integrations.models.link_changes import note_changes, tracked_values

L = TypeVar("L", PersonLink, ItemLink, ClientLink)


def keep_link(
    model: type[L],
    integration: Integration,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    by: AbstractBaseUser,
    why: str,
    now: datetime,
) -> L:
    """Make or change the link with this key; `values` are what it says."""
    with transaction.atomic():
        known = model._default_manager.filter(integration=integration, **key).first()
        before = tracked_values(known)
        made = {"created_by_id": by.pk, "created_at": now, "why": why[:300]}
        link, _ = model._default_manager.update_or_create(
            integration=integration, **key, defaults={**values, **made}
        )
        note_changes(link, before, by_id=by.pk, why=why, at=now)
    return link
