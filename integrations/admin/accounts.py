"""Who may log in, and what they may do."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Field
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from integrations.admin.base import ModelAdmin, is_superuser

_ROLES = (
    "Only staff can log in. Viewer: reads. Sales: searches people, starts quotes, settles people and"
    " opportunities. Operator: settles everything, syncs again, pauses. Administrator: changes settings,"
    " secrets and accounts."
)

# Unfold draws only what is built on its own ModelAdmin.
for _model in (User, Group):
    admin.site.unregister(_model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Accounts of staff. Rights come by roles alone, so that one look tells what somebody may do."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        (
            "What they may do",
            {
                "fields": ("is_active", "is_staff", "groups", "is_superuser"),
                "description": _ROLES,
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Show the few roles as boxes to tick."""
        if db_field.name != "groups":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return db_field.formfield(widget=UnfoldAdminCheckboxSelectMultipleWidget(), label="Roles", help_text="")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let an administrator give roles, and nobody but a superuser more than those."""
        fields = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return fields if is_superuser(request) else (*fields, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Change accounts, a superuser's by superusers alone: its password would open everything."""
        if obj is not None and obj.is_superuser and not is_superuser(request):
            return False
        return super().has_change_permission(request, obj)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Roles."""

    filter_horizontal = ()
