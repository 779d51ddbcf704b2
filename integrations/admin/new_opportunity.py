"""Create an opportunity from a person's page: choose the type, fill in, confirm, make it in Halo."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from integrations.admin.again import person as signed_in
from integrations.admin.base import tell
from integrations.admin.opportunity_form import OpportunityForm
from integrations.admin.people import frame
from integrations.admin.person_actions import back, for_acting
from integrations.connect.quoter import quoter_is_connected
from integrations.errors import PortalError
from integrations.lookup.opportunity import (
    OpportunityWish,
    create_opportunity,
    differences,
    read_form,
    same_summary,
)
from integrations.models import Integration, NewOpportunity


@require_http_methods(["GET", "POST"])
def opportunity_view(request: HttpRequest, integration_id: int, user_id: int) -> HttpResponse:
    """Show the form, then what will be made, then make it."""
    integration = for_acting(request, integration_id, "may_create")
    given = request.POST if request.method == "POST" else request.GET
    ref = given.get("ref", "")
    ref = ref if ref.isalnum() and len(ref) <= 32 else uuid.uuid4().hex[:12]
    made = NewOpportunity.objects.filter(integration=integration, ref=ref, state=NewOpportunity.State.MADE).first()
    if made is not None:  # pressed twice, or gone back: there it is
        return _show(request, integration, made)
    type_id = given.get("type", "")
    try:
        asked = read_form(integration, user_id, type_id=int(type_id) if type_id.isdecimal() else None)
    except PortalError as exc:
        tell(request, exc)
        return back(integration_id, user_id)
    form = OpportunityForm(
        asked.required,
        today=timezone.localdate(),
        days=integration.opportunity_target_days,
        data=request.POST if request.method == "POST" else None,
    )
    context: dict[str, Any] = {
        "form": form,
        "person": asked.person,
        "types": asked.types,
        "type_id": asked.type_id,
        "type_name": next((one.name for one in asked.types if one.id == asked.type_id), ""),
        "ref": ref,
    }
    if request.method == "POST" and asked.type_id is not None and form.is_valid():
        wish = OpportunityWish(
            user_id=user_id,
            type_id=asked.type_id,
            summary=form.cleaned_data["summary"],
            value=form.cleaned_data["value"],
            target=form.cleaned_data["target"],
            ref=ref,
            by=signed_in(request),
            now=timezone.now(),
            fields=form.extra_values(),
        )
        if request.POST.get("step") == "create":
            done = _create(request, integration, wish)
            if done is not None:
                return done
        if request.POST.get("step") != "edit":
            context |= {"confirm": form.shown(), "alike": _alike(integration, asked.person, wish.summary)}
    context |= frame(request, f"New opportunity for {asked.person.name}")
    context["person_url"] = reverse("people:person", args=[integration_id, user_id])
    return TemplateResponse(request, "integrations/new_opportunity.html", context)


def _create(request: HttpRequest, integration: Integration, wish: OpportunityWish) -> HttpResponse | None:
    """Make it; None where it could not be made, for the page to stay with everything that was entered."""
    try:
        made = create_opportunity(integration, wish)
    except PortalError as exc:
        tell(request, exc)
        return None
    try:
        if wrong := differences(integration, made, wish):
            messages.warning(request, f"Halo saved it otherwise than it was sent: {'; '.join(wrong)}.")
    except PortalError:
        messages.warning(request, "Halo took it, but could not be asked how it looks now.")
    return _show(request, integration, made)


def _show(request: HttpRequest, integration: Integration, made: NewOpportunity) -> HttpResponse:
    text = f"Opportunity #{made.halo_opportunity_id} “{made.summary}” is in Halo."
    if quoter_is_connected(integration):
        url = reverse("people:quote", args=[integration.pk, made.halo_user_id])
        link = format_html(
            '<a class="qp-link" href="{}?opportunity={}">Start a quote on it</a>', url, made.halo_opportunity_id
        )
        messages.success(request, format_html("{} {}", text, link))
    else:
        messages.success(request, text)
    address = reverse("people:person", args=[integration.pk, made.halo_user_id])
    return HttpResponseRedirect(f"{address}?made={made.halo_opportunity_id}")


def _alike(integration: Integration, person: Any, summary: str) -> list[str]:
    try:
        return [one.label for one in same_summary(integration, person, summary)]
    except PortalError:
        return []
