"""The form under a line without a product group."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from integrations.admin.again import person
from integrations.admin.base import back_to, tell
from integrations.errors import PortalError
from integrations.lookup.groups import GroupChoice, choose_group
from integrations.models import WebhookDelivery


def keep_group(request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:
    """Keep what was chosen, and go on."""
    number = request.POST.get("group_id", "")
    if not number.isdecimal() or len(number) > 9:
        messages.error(request, "Choose a product group.")
        return back_to(delivery)
    choice = GroupChoice(
        line_id=request.POST.get("line_id", ""),
        group_id=int(number),
        remember=bool(request.POST.get("remember")),
        by=person(request),
        now=timezone.now(),
    )
    try:
        messages.success(request, choose_group(delivery, choice))
    except PortalError as exc:
        tell(request, exc)
    return back_to(delivery)
