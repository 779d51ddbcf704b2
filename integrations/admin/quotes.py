"""Quote links: which Halo quote, opportunity and sales order a Quoter quote has."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminBigIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from integrations.admin import show
from integrations.admin.again import person, tell_resumed
from integrations.admin.base import ModelAdmin, NoDelete
from integrations.admin.large import QuickSearch
from integrations.admin.link_history import changes_of
from integrations.admin.quote_page import quote_page
from integrations.lookup.relink import forget_in_halo, sync_newest_waiting, take_link
from integrations.models import QuoteLink

_SHOWN = 50


class QuoteLinkForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What staff may change: the opportunity, and letting go of what was deleted in Halo."""

    halo_opportunity_id = forms.IntegerField(
        label="Opportunity",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        widget=UnfoldAdminBigIntegerFieldWidget,
        help_text="The number of the Halo opportunity. Empty: it is looked up afresh at the next sync.",
    )
    forget_quote = forms.BooleanField(
        label="Let go of the Halo quote",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Only when it was deleted in Halo: the next sync makes a new one.",
    )
    forget_sales_order = forms.BooleanField(
        label="Let go of the sales order",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Only when it was deleted in Halo: the next sync of an accepted quote makes a new one.",
    )
    why = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="For the history.",
    )

    class Meta:
        model = QuoteLink
        fields = ("halo_opportunity_id",)


@admin.register(QuoteLink)
class QuoteLinkAdmin(QuickSearch, NoDelete, ModelAdmin[QuoteLink]):
    """Everything but the opportunity is read-only; see `QuoteLinkForm`."""

    form = QuoteLinkForm
    list_display = ("quote", "opportunity", "halo_quote", "sales_order", "user", "shown", "updated")
    list_filter = ("integration",)
    search_fields = (
        "number",
        "name",
        "contact_email",
        "halo_user_name",
        "halo_quote_reference",
    )
    exact_text = ("number", "halo_quote_reference")
    exact_folded = ("contact_email",)
    exact_ids = ("halo_opportunity_id", "halo_quote_id", "halo_sales_order_id", "halo_user_id")
    search_help_text = "Number, name, e-mail or Halo id"
    list_per_page = 50

    fieldsets = (
        (
            "Correct the link",
            {
                "description": "Change the opportunity to settle “opportunity missing”; the waiting quote then "
                "syncs by itself. Nothing is deleted in Halo or Quoter.",
                "fields": ("halo_opportunity_id", "why"),
            },
        ),
        ("Deleted in Halo?", {"fields": ("forget_quote", "forget_sales_order")}),
    )
    change_form_outer_before_template = "integrations/quote_link_before.html"
    change_form_outer_after_template = "integrations/quote_link_after.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuoteLink]:
        """Leave out Halo's whole quote."""
        return super().get_queryset(request).defer("last_written").prefetch_related("integration")

    def get_fieldsets(self, request: HttpRequest, obj: QuoteLink | None = None) -> Any:
        """Offer to let go only of what there is."""
        have = {"forget_quote": obj and obj.halo_quote_id, "forget_sales_order": obj and obj.halo_sales_order_id}
        shown = []
        for title, options in super().get_fieldsets(request, obj):
            fields = [name for name in options["fields"] if have.get(str(name), True)]
            if fields:
                shown.append((title, {**options, "fields": fields}))
        return shown

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The first webhook of a quote makes its link."""
        return False

    @admin.display(description="Quote", ordering="number")
    def quote(self, link: QuoteLink) -> SafeString:
        """Show number and name."""
        return show.two(link, link.name, strong=True)

    @admin.display(description="Opportunity", ordering="halo_opportunity_id", empty_value="–")
    def opportunity(self, link: QuoteLink) -> str | None:
        """Show the opportunity."""
        return f"#{link.halo_opportunity_id}" if link.halo_opportunity_id else None

    @admin.display(description="Halo quote", ordering="halo_quote_id", empty_value="–")
    def halo_quote(self, link: QuoteLink) -> str | None:
        """Show Halo's quote."""
        return link.halo_quote_reference or (str(link.halo_quote_id) if link.halo_quote_id else None)

    @admin.display(description="Sales order", ordering="halo_sales_order_id", empty_value="–")
    def sales_order(self, link: QuoteLink) -> str | None:
        """Show the sales order."""
        return str(link.halo_sales_order_id) if link.halo_sales_order_id else None

    @admin.display(description="Halo user")
    def user(self, link: QuoteLink) -> str:
        """Show the user."""
        return link.halo_user_name or link.contact_email or "–"

    @admin.display(description="Status in Halo")
    def shown(self, link: QuoteLink) -> str:
        """Show which of Quoter's states Halo shows."""
        return link.applied_status.capitalize() or "Not written yet"

    @admin.display(description="Changed", ordering="updated_at")
    def updated(self, link: QuoteLink) -> SafeString | str:
        """Show when it changed."""
        return show.moment(link.updated_at)

    def save_model(self, request: HttpRequest, obj: QuoteLink, form: Any, change: bool) -> None:
        """Change only what was changed, and not while a worker is on the quote."""
        now, chosen, done = timezone.now(), form.cleaned_data, True
        by, why = person(request), chosen.get("why") or "Corrected on the quote's page."
        if "halo_opportunity_id" in form.changed_data:
            number = chosen["halo_opportunity_id"]
            source = f"chosen by {by.get_username()}" if number else ""
            done = take_link(
                obj.pk, now=now, by=by, why=why, halo_opportunity_id=number, opportunity_source=source
            )
        if done and (chosen.get("forget_quote") or chosen.get("forget_sales_order")):
            done = forget_in_halo(
                obj.pk,
                quote=bool(chosen.get("forget_quote")),
                sales_order=bool(chosen.get("forget_sales_order")),
                now=now,
                by=by,
                why=why,
            )
        if not done:
            request.not_saved = True  # type: ignore[attr-defined]  # for `response_change`, this request only
        elif set(form.changed_data) - {"why"}:
            tell_resumed(request, sync_newest_waiting(obj.pk, by=by, now=now))

    def response_change(self, request: HttpRequest, obj: QuoteLink) -> Any:
        """Say so where nothing was saved."""
        if not getattr(request, "not_saved", False):
            return super().response_change(request, obj)
        messages.error(
            request, f"{obj} is being synced at this moment, so nothing was changed. Save again in a minute."
        )
        return self.response_post_save_change(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add everything about the quote to the page."""
        link = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if link is not None:
            if request.method == "GET":
                extra |= quote_page(link)
            extra["revisions"] = list(link.revisions.order_by("-id")[:_SHOWN])
            extra["link_changes"] = changes_of(link)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra)
        return response
