"""Addresses: the consistency check with its CSV, and the live preview of a mapping."""

import csv
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.admin.export import harmless
from integrations.admin.people import frame
from integrations.admin.person_page import show_address
from integrations.domain.postal import AddressRules
from integrations.lookup.addresses import CheckedPerson, Finding, check_addresses, preview
from integrations.models import AddressMapping, Integration

_PER_PAGE = 100


@require_GET
def addresses_page(request: HttpRequest) -> HttpResponse:
    """Show who is affected, by finding."""
    context = frame(request, "Address check")
    integrations = list(Integration.objects.order_by("name"))
    integration = _chosen(request, integrations)
    only, text = _finding(request), _text(request)
    context |= {"integrations": integrations, "integration": integration, "only": only, "text": text}
    context["more"] = urlencode({"q": text}) if text else ""
    if integration is not None:
        check = check_addresses(integration, only=only, text=text)
        page = Paginator(check.rows, _PER_PAGE).get_page(request.GET.get("page"))
        context |= {
            "check": check,
            "filters": [(finding.value, finding.label, check.counts[finding]) for finding in Finding],
            "page": page,
            "rows": [_view(integration, row) for row in page],
        }
    return TemplateResponse(request, "integrations/addresses.html", context)


@require_GET
def addresses_csv(request: HttpRequest) -> HttpResponse:
    """Give all rows of the filter for a spreadsheet."""
    frame(request, "")
    integration = _chosen(request, list(Integration.objects.order_by("name")))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="halo-addresses.csv"'
    answer.write("\ufeff")  # spreadsheets take it for UTF-8 by this
    writer = csv.writer(answer)
    writer.writerow(["Halo user", "Name", "E-mail", "Client", "Site", "Finding", "Look at", "Address for Quoter"])
    found = check_addresses(integration, only=_finding(request), text=_text(request)) if integration else None
    for row in found.rows if found else ():
        findings = ", ".join(finding.label for finding in row.findings)
        cells = [row.name, row.email, row.client, row.site, findings, " ".join(row.doubts)]
        writer.writerow([row.user_id, *map(harmless, (*cells, show_address(row.mapped.address)))])
    return answer


@require_GET
def preview_fragment(request: HttpRequest, integration_id: int) -> HttpResponse:
    """Show real people's addresses by a mapping that need not be saved yet: `map=QUOTER:HALO`, repeated."""
    frame(request, "")
    integration = get_object_or_404(Integration, pk=integration_id)
    rules = AddressRules(
        fields=_fields(request.GET.getlist("map")),
        default_country=request.GET.get("country", "").strip()[:2],
        default_region=request.GET.get("region", "").strip()[:10],
    )
    rows = [_view(integration, row) for row in preview(integration, rules)]
    return TemplateResponse(request, "integrations/address_preview.html", {"rows": rows})


def _fields(pairs: list[str]) -> dict[str, str]:
    split = (pair.partition(":") for pair in pairs)
    known = {(q, h) for q in AddressMapping.QuoterField.values for h in AddressMapping.HaloField.values}
    return {quoter: halo for quoter, _, halo in split if (quoter, halo) in known}


def _view(integration: Integration, row: CheckedPerson) -> dict[str, Any]:
    return {
        "url": reverse("people:person", args=[integration.pk, row.user_id]),
        "name": row.name,
        "place": " · ".join(text for text in (row.client, row.site) if text),
        "findings": [finding.label for finding in row.findings],
        "doubts": row.doubts,
        "address": show_address(row.mapped.address),
        "missing": " and ".join(row.mapped.missing),
    }


def _chosen(request: HttpRequest, integrations: list[Integration]) -> Integration | None:
    wanted = request.GET.get("integration", "")
    return next((one for one in integrations if str(one.pk) == wanted), integrations[0] if integrations else None)


def _finding(request: HttpRequest) -> Finding | None:
    wanted = request.GET.get("finding", "")
    return Finding(wanted) if wanted in set(Finding) else None


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:100]
