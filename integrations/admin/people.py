"""Person search, and the page of one person."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.admin import show
from integrations.admin.base import may
from integrations.admin.person_page import person_page, view_hits
from integrations.errors import NotFound, PortalError
from integrations.lookup.person import load_person
from integrations.lookup.search import freshness, search, search_halo
from integrations.models import Integration, NewOpportunity, PersonLink, StartedQuote


def frame(request: HttpRequest, title: str) -> dict[str, Any]:
    """Return what the frame around a page needs. Raises PermissionDenied for who may not see people."""
    if not may(request, "search", PersonLink):
        raise PermissionDenied
    return {
        **admin.site.each_context(request),
        "title": title,
        "is_popup": False,
        "may_push": may(request, "change", PersonLink),
        "may_quote": may(request, "add", StartedQuote),
        "may_create": may(request, "add", NewOpportunity),
    }


@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Show the box, with the results of a query that stands in the address."""
    context = frame(request, "Person search")
    query = request.GET.get("q", "")
    found = search(query)
    if query.strip() and not found.hits:
        found = search_halo(query)
    context |= view_hits(query, found) | {
        "freshness": _freshness(),
        "has_integration": Integration.objects.exists(),
    }
    return TemplateResponse(request, "integrations/people.html", context)


@require_GET
def search_results(request: HttpRequest) -> HttpResponse:
    """Answer what was typed so far: from the copy, or with `halo` from Halo itself."""
    frame(request, "")
    query = request.GET.get("q", "")
    found = search_halo(query) if request.GET.get("halo") else search(query)
    return TemplateResponse(request, "integrations/people_results.html", view_hits(query, found))


@require_GET
def person_view(request: HttpRequest, integration_id: int, user_id: int) -> HttpResponse:
    """Show one person."""
    context = frame(request, "Person")
    integration = get_object_or_404(Integration, pk=integration_id)
    try:
        details = load_person(integration, user_id)
    except NotFound as exc:
        raise Http404(exc.user_message) from exc
    except PortalError as exc:
        context |= {"trouble": exc.user_message, "hint": exc.way_out}
        return TemplateResponse(request, "integrations/person_missing.html", context, status=502)
    context |= person_page(details, find=request.GET.get("find", "")[:100])
    context |= {
        "title": details.person.name,
        "made": request.GET.get("made", ""),
        "may_start": context["may_quote"] and context["connected"] and not details.from_copy,
    }
    return TemplateResponse(request, "integrations/person.html", context)


def _freshness() -> dict[str, Any]:
    now = timezone.now()
    state = freshness(now=now)
    age = show.ago(state.oldest, now) if state.oldest else ""
    return {"people": state.people, "age": age, "stale": state.stale, "error": state.error}
