"""Needs attention: one row for a cause, however many quotes it stops."""

from collections.abc import Iterable

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from integrations.admin import show
from integrations.admin.again import queue_again
from integrations.admin.base import PageAdmin, allowed, back_to, may
from integrations.admin.export import ISSUES, Exportable
from integrations.admin.filters import OpenFilter
from integrations.admin.fixes import fix_of
from integrations.admin.issue_form import IssueForm
from integrations.admin.rows import delivery_rows
from integrations.lookup.money import Sums, money_by_issue
from integrations.models import Issue, WebhookDelivery

_SHOWN = 100


def hint_of(issue: Issue) -> str:
    """Return the way out; it was written for the quote's page, where the candidates stand."""
    return issue.hint.replace(" below", " on the quote's page")


def _money(issue: Issue) -> Sums:
    return money_by_issue([issue.pk]).get(issue.pk, [])


def _with_money(issues: Iterable[Issue]) -> list[Issue]:
    rows = list(issues)
    sums = money_by_issue(issue.pk for issue in rows)
    for issue in rows:
        issue.money_sums = sums.get(issue.pk, [])  # type: ignore[attr-defined]  # for this page only
    return rows


@admin.register(Issue)
class IssueAdmin(Exportable, PageAdmin[Issue]):
    """Read-only; closes itself when its deliveries go through."""

    list_display = ("cause", "stopped", "money", "looked_after", "latest", "integration")
    list_filter = (OpenFilter, "integration")
    list_filter_submit = False
    list_select_related = ("integration", "owner")
    export_columns = ISSUES
    search_fields = ("message", "subject", "code")
    search_help_text = "Any words of the message"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issue]:
        """Count what each cause stops."""
        rows: QuerySet[Issue] = super().get_queryset(request)
        return rows.annotate(stopped_count=Count("deliveries"))

    @admin.display(description="Cause")
    def cause(self, issue: Issue) -> SafeString:
        """Show the sentence and the way out."""
        return format_html(
            '<span class="qp-cause">{}</span><span class="qp-under qp-cause">{}</span>',
            issue.message,
            hint_of(issue),
        )

    @admin.display(description="Quotes stopped", ordering="stopped_count")
    def stopped(self, issue: Issue) -> int:
        """Show how many deliveries it stops."""
        return int(getattr(issue, "stopped_count", 0))

    @admin.display(description="Money waiting")
    def money(self, issue: Issue) -> SafeString | str:
        """Show the sums it stops, one a currency."""
        sums = getattr(issue, "money_sums", [])
        return (
            format_html_join("", '<span class="qp-first">{}</span>', ((show.amount(s, c),) for c, s in sums))
            or "–"
        )

    @admin.display(description="Owner", ordering="owner__username")
    def looked_after(self, issue: Issue) -> SafeString:
        """Show who looks after it, and until when it is put aside."""
        who = issue.owner.get_username() if issue.owner else "–"
        until = issue.snoozed_until
        aside = f"aside until {show.plain_moment(until)}" if until and issue.is_snoozed(timezone.now()) else ""
        return show.two(who, aside)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Add the money to the rows of the page, in one query."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = _with_money(changelist.result_list)
        return changelist

    @admin.display(description="Last seen", ordering="last_seen")
    def latest(self, issue: Issue) -> SafeString | str:
        """Show when it was last seen."""
        return show.moment(issue.last_seen)

    def get_urls(self) -> list[URLPattern]:
        """Add the button of the page."""
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/sync-again/", wrap(self.sync_again_view), name="integrations_issue_sync_again"),
            path("<path:object_id>/keep/", wrap(self.keep_view), name="integrations_issue_keep"),
            *self.export_urls(),
            *super().get_urls(),
        ]

    def export_rows(self, queryset: QuerySet[Issue]) -> list[Issue]:
        """Return the rows with their money: causes are few."""
        return _with_money(queryset)

    @method_decorator(require_POST)
    def sync_again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue every delivery that this cause stops."""
        issue = allowed(self, request, object_id, self.has_act_permission(request))
        queue_again(request, list(issue.deliveries.values_list("pk", flat=True)))
        return back_to(issue)

    @method_decorator(require_POST)
    def keep_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep owner, note and whether it is put aside."""
        issue = allowed(self, request, object_id, may(request, "change", Issue))
        form = IssueForm(issue, request.POST)
        if not form.is_valid():
            self.message_user(request, "Not saved: choose from what the page offers.", level="ERROR")
        elif changed := form.save(issue, now=timezone.now()):
            self.log_change(request, issue, [{"changed": {"fields": changed}}])
            self.message_user(request, "Saved.", level="SUCCESS")
        return back_to(issue)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """It is the deliveries that are acted on."""
        return request.user.has_perm("integrations.change_webhookdelivery")

    def show_page(self, request: HttpRequest, issue: Issue) -> HttpResponse:
        """Show the cause and what it stops."""
        stopped = WebhookDelivery.objects.filter(issue=issue).defer("data")
        shown = list(stopped[:_SHOWN])
        fix = fix_of(issue, shown[0] if shown else None) if issue.is_open else None
        context = {
            **self.page_context(request, issue, "Needs attention"),
            "original": None,  # its name is the whole sentence, too long for the path at the top
            "issue": issue,
            "hint": hint_of(issue),
            "first_seen": show.moment(issue.first_seen),
            "last_seen": show.moment(issue.last_seen),
            "rows": delivery_rows(shown),
            "fix": fix,
            "money": [show.amount(total, currency) for currency, total in _money(issue)],
            "may_keep": may(request, "change", Issue),
            "form": IssueForm(issue),
            "aside_until": show.moment(issue.snoozed_until) if issue.is_snoozed(timezone.now()) else "",
            "keep_url": reverse("admin:integrations_issue_keep", args=[issue.pk]),
            "count": getattr(issue, "stopped_count", 0),
            "sync_url": reverse("admin:integrations_issue_sync_again", args=[issue.pk]),
        }
        return TemplateResponse(request, "integrations/issue.html", context)
