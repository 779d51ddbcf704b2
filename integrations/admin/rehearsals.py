"""Replays and what-ifs: their list, their progress, what they found, and carrying a replay out."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from integrations.admin import show
from integrations.admin.again import person
from integrations.admin.base import PageAdmin, allowed, back_to, change_url, may, plural, tell
from integrations.admin.rehearsal_page import rehearsal_page
from integrations.admin.what_if_form import WhatIfForm
from integrations.errors import PortalError
from integrations.lookup.rehearsals import ask_halo, begin, carry_out, stop
from integrations.models import Rehearsal, WebhookDelivery


@admin.register(Rehearsal)
class RehearsalAdmin(PageAdmin[Rehearsal]):
    """Read-only; a person who may add one begins what-ifs, one who may change deliveries replays."""

    list_display = ("which", "state_pill", "asked", "settings_used", "size", "began")
    list_filter = ("purpose", "state")
    list_filter_submit = False
    list_select_related = ("created_by", "version")
    search_fields = ("question",)
    search_help_text = "Words of the question"
    change_list_template = "integrations/rehearsals_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rehearsal]:
        """Count the quotes of each."""
        return super().get_queryset(request).annotate(count=Count("quotes"))

    @admin.display(description="What", ordering="purpose")
    def which(self, row: Rehearsal) -> SafeString:
        """Show what it is for, and of which quotes."""
        title = "What if" if row.purpose == Rehearsal.Purpose.WHAT_IF else "Replay"
        return show.two(title, row.question, strong=True)

    @admin.display(description="State", ordering="state")
    def state_pill(self, row: Rehearsal) -> SafeString:
        """Show where it stands."""
        return show.pill(row.state, row.get_state_display())

    @admin.display(description="Asked by", ordering="created_by__username")
    def asked(self, row: Rehearsal) -> str:
        """Show who began it."""
        return row.created_by.get_username() if row.created_by else "–"

    @admin.display(description="With", ordering="using")
    def settings_used(self, row: Rehearsal) -> str:
        """Show which settings it uses."""
        return f"Version {row.version.number}" if row.version else str(row.get_using_display()).capitalize()

    @admin.display(description="Deliveries", ordering="count")
    def size(self, row: Rehearsal) -> int:
        """Show how many it looks at."""
        return int(getattr(row, "count", 0))

    @admin.display(description="Begun", ordering="created_at")
    def began(self, row: Rehearsal) -> SafeString | str:
        """Show when it began."""
        return show.moment(row.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer to begin one."""
        extra = {**(extra_context or {}), "may_begin": may(request, "add", Rehearsal)}
        response: HttpResponse = super().changelist_view(request, extra)
        return response

    def get_urls(self) -> list[URLPattern]:
        """Add the form and the buttons."""
        wrap, name = self.admin_site.admin_view, "integrations_rehearsal"
        return [
            path("what-if/", wrap(self.what_if_view), name=f"{name}_what_if"),
            path("<path:object_id>/stop/", wrap(self.stop_view), name=f"{name}_stop"),
            path("<path:object_id>/ask-halo/", wrap(self.ask_halo_view), name=f"{name}_ask_halo"),
            path("<path:object_id>/carry-out/", wrap(self.carry_out_view), name=f"{name}_carry_out"),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "POST"]))
    def what_if_view(self, request: HttpRequest) -> HttpResponse:
        """Ask which quotes and which settings; then begin."""
        if not may(request, "add", Rehearsal):
            raise PermissionDenied
        form = WhatIfForm(request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            try:
                wish = form.wish(by=person(request), now=timezone.now())
                return HttpResponseRedirect(change_url(begin(form.deliveries(), wish)))
            except PortalError as exc:
                tell(request, exc)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": None,
            "title": "What if",
            "form": form,
        }
        return TemplateResponse(request, "integrations/what_if.html", context)

    @method_decorator(require_POST)
    def stop_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End it."""
        rehearsal = allowed(self, request, object_id, may(request, "change", Rehearsal))
        if stop(rehearsal, now=timezone.now()):
            messages.info(request, "Stopped. What was looked at until now stays below.")
        return back_to(rehearsal)

    @method_decorator(require_POST)
    def ask_halo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look at Halo for what could not be answered."""
        rehearsal = allowed(self, request, object_id, may(request, "change", Rehearsal))
        if count := ask_halo(rehearsal):
            messages.info(request, f"Halo is asked about {plural(count, 'quote')}, whenever it has time to spare.")
        return back_to(rehearsal)

    @method_decorator(require_POST)
    def carry_out_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Replay what was previewed."""
        rehearsal = allowed(self, request, object_id, may(request, "change", WebhookDelivery))
        try:
            count = carry_out(rehearsal, by=person(request), now=timezone.now())
            text = f"{plural(count, 'delivery is', 'deliveries are')} being synced again. Each gets a new attempt."
            messages.success(request, text)
        except PortalError as exc:
            tell(request, exc)
        return back_to(rehearsal)

    def show_page(self, request: HttpRequest, rehearsal: Rehearsal) -> HttpResponse:
        """Show how far it is and what it found."""
        title = "Replay" if rehearsal.purpose == Rehearsal.Purpose.REPLAY else "What if"
        context = {
            **self.page_context(request, rehearsal, title),
            **rehearsal_page(rehearsal),
            "may_replay": may(request, "change", WebhookDelivery),
        }
        return TemplateResponse(request, "integrations/rehearsal.html", context)
