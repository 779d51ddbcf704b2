"""Notifications: where people are told of what needs them."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from integrations.admin import show
from integrations.admin.base import ModelAdmin, allowed, back_to
from integrations.admin.channel_form import ChannelForm
from integrations.errors import PortalError
from integrations.models import Channel, NoticeSending
from integrations.notify.carrier import recipients_of
from integrations.notify.outbox import send_test

_SHOWN = 20
_TONES = {"sent": "good", "waiting": "wait", "failed": "bad", "dropped": "calm"}


@admin.register(Channel)
class ChannelAdmin(ModelAdmin[Channel]):
    """Channels. A webhook's address is write-only: whoever has it can post to the room."""

    form = ChannelForm
    fieldsets = (
        (None, {"fields": ("name", "enabled", "kind", "recipients", "new_address")}),
        (
            "What it is told",
            {
                "description": "One message for each cause and hour, and one when it is over. What comes "
                "together goes in one message; what somebody has put aside is not told.",
                "fields": ("integration", "about_quotes", "about_connection", "about_portal", "tell_when_over"),
            },
        ),
    )
    list_display = ("name", "state", "kind", "where", "integration")
    list_filter = ("integration", "kind")
    list_filter_submit = False
    list_select_related = ("integration",)
    search_fields = ("name", "host")
    conditional_fields: ClassVar[dict[str, str]] = {
        "recipients": "kind == 'email'",
        "new_address": "kind != 'email'",
    }
    change_form_outer_before_template = "integrations/channel_before.html"

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let nobody guess at addresses through the list's own."""
        return "address" not in lookup.split("__") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="State")
    def state(self, channel: Channel) -> SafeString:
        """Show in words whether messages arrive."""
        return _state(channel)

    @admin.display(description="To")
    def where(self, channel: Channel) -> str:
        """Show the recipients, or the webhook's host."""
        if channel.kind != Channel.Kind.EMAIL:
            return channel.host
        return show.cut(", ".join(recipients_of(channel.recipients)), 60)

    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save, with how the last messages went."""
        extra = {"show_save_and_add_another": False, **(extra_context or {})}
        channel = self.get_object(request, object_id) if object_id else None
        if channel is not None:
            extra |= {
                "channel_state": _state(channel),
                "test_url": reverse("admin:integrations_channel_test", args=[channel.pk])
                if self.has_change_permission(request, channel)
                else "",
                "sendings": _sendings(channel),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        """Store the address with the rest."""
        form.apply_address()
        super().save_model(request, obj, form, change)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Show viewers no field for an address that they may not enter."""
        if self.has_change_permission(request, obj) if obj else self.has_add_permission(request):
            return self.fieldsets
        first, *others = self.fieldsets
        shown = tuple(field for field in first[1]["fields"] if field != "new_address")
        return ((None, {"fields": shown}), *others)

    def response_add(
        self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Stay on the page: a test comes next."""
        messages.success(request, f"{obj} is added. Press Send a test to see whether messages arrive.")
        return back_to(obj)

    def get_urls(self) -> list[URLPattern]:
        """Add the button of the page."""
        wrap = self.admin_site.admin_view
        view = path("<path:object_id>/test/", wrap(self.test_view), name="integrations_channel_test")
        return [view, *super().get_urls()]

    @method_decorator(require_POST)
    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a test now."""
        channel = allowed(self, request, object_id, self.has_change_permission(request))
        try:
            send_test(channel, now=timezone.now())
        except PortalError as exc:
            messages.error(request, f"The test did not go out. {exc.user_message}")
        else:
            messages.success(request, "The test went out. See whether it has arrived.")
        return back_to(channel)


def _state(channel: Channel) -> SafeString:
    if not channel.enabled:
        return show.two(format_html('<span class="qp-pill qp-calm">{}</span>', "Off"), "")
    if channel.last_error:
        since = f" (since {show.plain_moment(channel.failing_since)})" if channel.failing_since else ""
        pill = format_html('<span class="qp-pill qp-bad">{}</span>', "Not sent")
        return format_html('{}<span class="qp-reason">{}{}</span>', pill, channel.last_error, since)
    if channel.last_sent_at is None:
        return show.two(format_html('<span class="qp-pill qp-wait">{}</span>', "Nothing sent yet"), "")
    when = f"last message {show.plain_moment(channel.last_sent_at)}"
    return show.two(format_html('<span class="qp-pill qp-good">{}</span>', "Arrives"), when)


def _sendings(channel: Channel) -> list[dict[str, Any]]:
    rows = NoticeSending.objects.filter(channel=channel).select_related("notice").order_by("-pk")[:_SHOWN]
    return [
        {
            "tone": _TONES[row.state],
            "word": row.get_state_display(),
            "event": row.notice.get_event_display(),
            "sentence": row.notice.sentence,
            "at": show.moment(row.sent_at or row.notice.created_at),
            "next_try": show.moment(row.next_try_at)
            if row.state == NoticeSending.State.WAITING and row.tries
            else "",
        }
        for row in rows
    ]
