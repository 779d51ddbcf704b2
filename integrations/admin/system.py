"""The engine room: refused webhooks, and django-q's own pages."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_q import admin as queue_admin
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.admin import show
from integrations.admin.base import ModelAdmin, RecordAdmin, is_superuser
from integrations.admin.filters import DayRangeFilter
from integrations.models import RejectedWebhook

_REASONS = {
    "bad_hash": "The hash does not match: the hash key here and in Quoter differ.",
    "stale": "The timestamp is too far from this machine's time: set its clock by NTP.",
    "no_key": "The integration has no hash key yet.",
    "fields": "The form lacks hash, timestamp or data.",
    "not_a_form": "The body is no form: it was not sent by Quoter's webhook.",
    "too_large": "The body is larger than 5 MB.",
}


@admin.register(RejectedWebhook)
class RejectedWebhookAdmin(RecordAdmin[RejectedWebhook]):
    """Read-only counts."""

    list_display = ("on", "integration", "meaning", "count", "latest", "size")
    list_filter = ("integration", ("last_at", DayRangeFilter))
    list_select_related = ("integration",)
    search_fields = ("reason", "last_message")
    list_per_page = 50

    @admin.display(description="Day", ordering="day")
    def on(self, row: RejectedWebhook) -> SafeString:
        """Show the day."""
        return format_html('<span class="qp-when">{} {}</span>', row.day.day, f"{row.day:%b %Y}")

    @admin.display(description="Why", ordering="reason")
    def meaning(self, row: RejectedWebhook) -> SafeString:
        """Show the reason in words."""
        return format_html('<span class="qp-reason">{}</span>', _REASONS.get(row.reason, row.last_message))

    @admin.display(description="Latest", ordering="last_at")
    def latest(self, row: RejectedWebhook) -> SafeString | str:
        """Show when the latest came."""
        return show.moment(row.last_at)

    @admin.display(description="Bytes", ordering="last_size")
    def size(self, row: RejectedWebhook) -> int:
        """Show how large it was."""
        return row.last_size


class SuperuserOnly:
    """Whoever may edit a schedule can call any function: these pages are for superusers alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """See the module."""
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """See rows."""
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Change rows."""
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Delete rows."""
        return is_superuser(request)


def _superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


# Unfold draws only what is built on its own ModelAdmin.
for _model in (Success, Failure, Schedule, OrmQ):
    admin.site.unregister(_model)


@admin.register(Success)
class SuccessAdmin(SuperuserOnly, queue_admin.TaskAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    """Tasks that ran."""


@admin.register(Failure)
class FailureAdmin(SuperuserOnly, queue_admin.FailAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    """Tasks that raised; deliveries are recorded by their attempts."""


@admin.register(Schedule)
class ScheduleAdmin(SuperuserOnly, queue_admin.ScheduleAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    """What runs by the clock."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers alone."""
        return is_superuser(request)


@admin.register(OrmQ)
class QueueAdmin(SuperuserOnly, queue_admin.QueueAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    """What waits in the queue."""
