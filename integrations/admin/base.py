"""What every admin page here builds on."""

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from integrations.admin.large import CountedPaginator
from integrations.errors import PortalError

if TYPE_CHECKING:
    # Unfold has no types; its classes are Django's with other templates.
    from django.contrib.admin import ModelAdmin, TabularInline
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin
    from unfold.admin import TabularInline as UnfoldTabularInline

    class ModelAdmin(UnfoldModelAdmin):
        """Unfold's, which can be written with its model as the stubs want it, for lists of any length."""

        paginator = CountedPaginator
        show_full_result_count = False

        def get_changelist_instance(self, request: HttpRequest) -> Any:
            """Offer to show all only where a list is narrowed."""
            changelist = super().get_changelist_instance(request)
            if not (changelist.query or changelist.has_active_filters):
                changelist.full_result_count = changelist.result_count
            return changelist

        def __class_getitem__(cls, model: type) -> type:
            return cls

    class TabularInline(UnfoldTabularInline):
        """The same for inlines; each cell is named by its column, which a screen reader does not see."""

        def formfield_for_dbfield(self, db_field, request, **kwargs):  # type: ignore[no-untyped-def]
            """Name the cell."""
            field = super().formfield_for_dbfield(db_field, request, **kwargs)
            if field is not None:
                field.widget.attrs["aria-label"] = field.label
            return field

        def __class_getitem__(cls, models: tuple[type, type]) -> type:
            return cls


M = TypeVar("M", bound=Model)

__all__ = [
    "ModelAdmin",
    "NoDelete",
    "RecordAdmin",
    "TabularInline",
    "change_url",
    "is_superuser",
    "list_url",
    "may",
    "tell",
]


class RecordAdmin(ModelAdmin[M]):
    """A record: people read it, nobody edits it. Acting on it takes the model's change permission."""

    list_filter_submit: ClassVar[bool] = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Records are made by the portal."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Records are never edited; see `may` for acting on them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Records are kept."""
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """May press the buttons."""
        return may(request, "change", self.model)

    def page_context(self, request: HttpRequest, obj: Model, title: str) -> dict[str, Any]:
        """Return what the frame around a page of our own needs."""
        return {**frame(self, request, obj, title), "may_act": self.has_act_permission(request)}


class PageAdmin(RecordAdmin[M]):
    """A record with a page of its own in the place of the admin's form."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Find the record and the right to see it; then show its page."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        return self.show_page(request, obj)

    def show_page(self, request: HttpRequest, obj: M) -> HttpResponse:
        """Return the record's page."""
        raise NotImplementedError


class NoDelete:
    """Settings are switched off, not deleted: their history would go with them."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody deletes them here."""
        return False


def frame(page_admin: ModelAdmin[M], request: HttpRequest, obj: Model, title: str) -> dict[str, Any]:
    """Return what the admin's templates need around a page of our own."""
    return {
        **page_admin.admin_site.each_context(request),
        "opts": page_admin.opts,
        "original": obj,
        "title": title,
        "is_popup": False,
        "inline_admin_formsets": [],
    }


def allowed(page_admin: ModelAdmin[M], request: HttpRequest, object_id: str, right: bool) -> M:
    """Return an object for somebody who has the right; 403 where there is no such object, or not the right."""
    obj = page_admin.get_object(request, object_id)
    if obj is None or not right:
        raise PermissionDenied
    return obj


def may(request: HttpRequest, what: str, model: type[Model]) -> bool:
    """Say whether the person has this permission on a model."""
    return request.user.has_perm(f"{model._meta.app_label}.{what}_{model._meta.model_name}")


def is_superuser(request: HttpRequest) -> bool:
    """Say whether the person owns the whole portal."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def list_url(model: type[Model], query: str = "") -> str:
    """Return the address of a model's list."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def change_url(obj: Model) -> str:
    """Return the address of an object's page."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def tell(request: HttpRequest, error: PortalError) -> None:
    """Show an error with its way out."""
    messages.error(request, f"{error.user_message} {error.way_out}".strip())


def back_to(obj: Model) -> HttpResponseRedirect:
    """Return to an object's page after a button was pressed."""
    return HttpResponseRedirect(change_url(obj))


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


Html = SafeString | str
