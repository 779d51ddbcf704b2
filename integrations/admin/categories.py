"""Quoter's categories beside Halo's product groups: suggestions accepted with one press, each can be changed."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from integrations.admin.base import allowed, frame, may, plural
from integrations.errors import PortalError
from integrations.lookup.categories import Matching, Row, keep, match_categories
from integrations.models import Integration

if TYPE_CHECKING:
    from integrations.admin.integration_pages import IntegrationPages

    _Base = IntegrationPages
else:
    _Base = object

_LARGEST = 2**31


class CategoryPages(_Base):
    """Adds the page to the integrations' admin."""

    def page_urls(self) -> list[URLPattern]:
        """Return its address with the others."""
        view = self.admin_site.admin_view(self.groups_view)
        return [
            path("<path:object_id>/groups/", view, name="integrations_integration_groups"),
            *super().page_urls(),
        ]

    def groups_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what goes where, or keep what was chosen."""
        integration = allowed(self, request, object_id, may(request, "change", Integration))
        try:
            if request.method == "POST":
                return self._keep(request, integration)
            matching = match_categories(integration)
        except PortalError as exc:
            # The hint of a passing fault is about a sync, which comes back by itself; a page does not.
            way_out = "Open the page again in a minute." if exc.retryable else exc.way_out
            messages.error(request, f"Product groups could not be read: {exc.user_message} {way_out}".strip())
            return HttpResponseRedirect(_guide(integration))
        context = {**frame(self, request, integration, "Product groups"), **_view(matching, integration)}
        return TemplateResponse(request, "integrations/groups.html", context)

    def _keep(self, request: HttpRequest, integration: Integration) -> HttpResponse:
        names, groups = request.POST.getlist("category"), request.POST.getlist("group")
        chosen = {name: _number(group) for name, group in zip(names, groups, strict=False) if name}
        default = _number(request.POST.get("default", ""))
        changed = keep(integration, default=default, chosen=chosen)
        rest = "Everything else goes into the default group." if default else "Everything else waits for you."
        messages.success(request, f"Saved: {plural(changed, 'category', 'categories')} changed. {rest}")
        self.log_change(request, integration, [{"changed": {"fields": ["Product groups"]}}])
        return HttpResponseRedirect(_guide(integration))


def _guide(integration: Integration) -> str:
    return reverse("admin:integrations_integration_guide", args=[integration.pk])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < _LARGEST else None


def _view(matching: Matching, integration: Integration) -> dict[str, Any]:
    rows = [_row(row, matching) for row in matching.rows]
    default = integration.default_product_group
    return {
        "rows": rows,
        "suggested": sum(row["suggested"] for row in rows),
        "rest": sum(row["chosen"] is None for row in rows),
        "trouble": matching.trouble,
        "way_out": matching.way_out,
        "default": _options(matching, default),
        "default_label": "none: such lines wait for a decision",
        "guide_url": _guide(integration),
    }


def _row(row: Row, matching: Matching) -> dict[str, Any]:
    best = row.suggestions[0] if row.suggestions else None
    suggested = row.mapped_to is None and best is not None
    chosen = row.mapped_to if row.mapped_to is not None else best.group_id if best else None
    reasons = [f"{one.name}: {one.reason}" for one in row.suggestions]
    return {
        "key": row.key,
        "name": row.name,
        "parent": row.parent,
        "suggested": suggested,
        "chosen": chosen,
        "why": f"Suggested: {best.reason}." if suggested and best else "Matched before." if row.mapped_to else "",
        "others": "; ".join(reasons[1:]) if suggested else "",
        "options": _options(matching, chosen),
    }


def _options(matching: Matching, chosen: int | None) -> list[tuple[int, str, bool]]:
    rows = [(id_, name, id_ == chosen) for id_, name in matching.groups]
    if chosen is not None and chosen not in dict(matching.groups):
        rows.append((chosen, f"{chosen}, which Halo does not have", True))
    return rows
