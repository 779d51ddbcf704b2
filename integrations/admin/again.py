"""Syncing again on somebody's word, with the counts told."""

from collections.abc import Sequence
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone

from integrations.admin.base import plural
from integrations.choices import Trigger
from integrations.models import WebhookDelivery
from integrations.sync.enqueue import sync_again


def person(request: HttpRequest) -> AbstractBaseUser:
    """Return who is logged in; the admin lets nobody else in."""
    return cast(AbstractBaseUser, request.user)


def queue_again(request: HttpRequest, ids: Sequence[int]) -> None:
    """Sync deliveries again; say how many are queued and how many already were."""
    queued = sync_again(ids, now=timezone.now(), trigger=Trigger.OPERATOR, by=person(request))
    if queued:
        messages.success(
            request, f"{plural(queued, 'delivery', 'deliveries')} will be synced again within seconds."
        )
    gone = WebhookDelivery.objects.filter(pk__in=ids).exclude(text_deleted_at=None).count()
    if gone:
        messages.warning(
            request,
            f"{plural(gone, 'delivery is', 'deliveries are')} so old that the text was deleted. Send the webhook "
            "again from Quoter.",
        )
    if busy := len(ids) - queued - gone:
        messages.info(request, f"{plural(busy, 'delivery is', 'deliveries are')} already queued or in work.")
    if not ids:
        messages.info(request, "There is nothing to sync again.")


def tell_resumed(request: HttpRequest, count: int) -> None:
    """Say how many waiting deliveries a changed link has set going."""
    if count:
        messages.info(request, f"{plural(count, 'waiting delivery', 'waiting deliveries')} will be synced again.")
