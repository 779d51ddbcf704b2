"""The buttons of a person's page: Push to Quoter and Start a quote."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from integrations.admin.again import person as signed_in
from integrations.admin.base import tell
from integrations.admin.people import frame
from integrations.admin.person_page import view_opportunities
from integrations.errors import PortalError
from integrations.lookup.draft import Wish, read_templates, start_quote
from integrations.lookup.person import load_person
from integrations.lookup.push import push
from integrations.models import Integration


@require_POST
def push_view(request: HttpRequest, integration_id: int, user_id: int) -> HttpResponse:
    """Make or update the contact in Quoter."""
    integration = for_acting(request, integration_id, "may_push")
    try:
        messages.success(request, push(integration, user_id, by=signed_in(request), now=timezone.now()).sentence)
    except PortalError as exc:
        tell(request, exc)
    return back(integration_id, user_id)


@require_http_methods(["GET", "POST"])
def quote_view(request: HttpRequest, integration_id: int, user_id: int) -> HttpResponse:
    """Choose opportunity and template, then make the draft."""
    integration = for_acting(request, integration_id, "may_quote")
    if request.method == "POST":
        return _start(request, integration, user_id)
    try:
        details = load_person(integration, user_id)
        templates = read_templates(integration)
    except PortalError as exc:
        tell(request, exc)
        return back(integration_id, user_id)
    context = frame(request, f"Start a quote for {details.person.name}") | {
        "person": details.person,
        "person_url": reverse("people:person", args=[integration_id, user_id]),
        "trouble": details.trouble,
        "opportunities": view_opportunities(details),
        "new_url": reverse("people:opportunity", args=[integration_id, user_id]),
        "templates": templates,
        "chosen": request.GET.get("opportunity", ""),
        "chosen_template": request.GET.get("template", ""),
        "ref": request.GET.get("ref") or uuid.uuid4().hex[:12],
    }
    return TemplateResponse(request, "integrations/start_quote.html", context)


def _start(request: HttpRequest, integration: Integration, user_id: int) -> HttpResponse:
    given = {name: request.POST.get(name, "").strip()[:100] for name in ("opportunity", "template", "ref")}
    again = reverse("people:quote", args=[integration.pk, user_id])
    if not given["opportunity"].isdecimal() or not given["template"] or not given["ref"].isalnum():
        messages.error(request, "Choose an opportunity and a template.")
        return HttpResponseRedirect(again)
    wish = Wish(
        user_id=user_id,
        opportunity_id=int(given["opportunity"]),
        template_id=given["template"],
        ref=given["ref"],
        by=signed_in(request),
        now=timezone.now(),
    )
    try:
        started = start_quote(integration, wish)
    except PortalError as exc:
        tell(request, exc)
        # The same reference again: what the lost answer may have made is looked for before anything else.
        query = "&".join(f"{name}={value}" for name, value in given.items())
        return HttpResponseRedirect(f"{again}?{query}")
    messages.success(request, f"{started} is in Quoter. Open it below, add the lines and publish it.")
    return back(integration.pk, user_id)


def for_acting(request: HttpRequest, integration_id: int, right: str) -> Integration:
    """Return the integration for somebody with this right of `frame`. Raises PermissionDenied."""
    context: dict[str, Any] = frame(request, "")
    if not context[right]:
        raise PermissionDenied
    return get_object_or_404(Integration, pk=integration_id)


def back(integration_id: int, user_id: int) -> HttpResponseRedirect:
    """Return to the person."""
    return HttpResponseRedirect(reverse("people:person", args=[integration_id, user_id]))
