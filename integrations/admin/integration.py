"""Integrations: one Quoter account joined to one Halo tenant."""

import secrets
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from integrations.admin import halo_choices
from integrations.admin.base import ModelAdmin, NoDelete, TabularInline, allowed, back_to
from integrations.admin.categories import CategoryPages
from integrations.admin.changes import WithChanges
from integrations.admin.integration_fields import FIELDSETS, SecretStates, hash_key_state, webhook_address
from integrations.admin.integration_form import IntegrationForm, use_hash_key
from integrations.admin.integration_pages import IntegrationPages
from integrations.admin.shadow_pages import ShadowPages, shadow_card
from integrations.lookup.connection import check_connection
from integrations.lookup.halo import fill_group_names
from integrations.models import SECRETS, AddressMapping, Integration, ProductGroupMapping
from integrations.models.fields import Secret

_FRESH_KEY = "fresh_hash_key"


class AddressMappingInline(TabularInline[AddressMapping, Integration]):
    """Halo address line → Quoter address field."""

    model = AddressMapping
    extra = 0
    hide_title = True
    verbose_name_plural = "Address mapping: which Halo address line belongs to which Quoter address field"


class ProductGroupInline(TabularInline[ProductGroupMapping, Integration]):
    """Quoter category → Halo product group."""

    model = ProductGroupMapping
    extra = 0
    hide_title = True
    fields = ("category", "halo_group_id", "halo_group_name")
    readonly_fields = ("halo_group_name",)
    verbose_name_plural = "Product groups: where new products of a Quoter category go"


@admin.register(Integration)
class IntegrationAdmin(
    CategoryPages,
    IntegrationPages,
    ShadowPages,
    WithChanges,
    NoDelete,
    SecretStates,
    ModelAdmin[Integration],
):
    """Settings. Secrets are write-only; a hash key is shown once, when it is new."""

    form = IntegrationForm
    fieldsets = FIELDSETS
    inlines: ClassVar[list[Any]] = [ProductGroupInline, AddressMappingInline]
    list_display = ("name", "work", "halo_url", "halo_auth", "webhook_keys")
    list_filter = ()
    list_select_related = ("paused_by", "breaker")
    search_fields = ("name", "halo_url")
    readonly_fields = ("secret_states",)
    # Unfold shows these while the condition holds in the browser.
    conditional_fields: ClassVar[dict[str, str]] = {
        "halo_username": "halo_auth == 'password'",
        "new_halo_password": "halo_auth == 'password'",
    }
    change_form_outer_before_template = "integrations/integration_before.html"
    change_form_outer_after_template = "integrations/integration_after.html"

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let nobody guess at secrets through the list's address."""
        return not set(lookup.split("__")) & set(SECRETS) and super().lookup_allowed(lookup, value, request)

    def get_fieldsets(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        """Show viewers which secrets are set, and nobody a field that has no use."""
        editable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return self.shown_fieldsets(obj, editable=editable)

    # Saving

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        """Store entered secrets with the rest."""
        new_key = form.apply_secrets()
        super().save_model(request, obj, form, change)
        request.saved_integration = obj  # type: ignore[attr-defined]  # for `changeform_view`, this request only
        if new_key:
            self._show_once(request, obj)

    def response_add(
        self, request: HttpRequest, obj: Integration, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Stay on the page: its webhook address is what is needed next."""
        messages.success(
            request,
            f"{obj} is added. Copy the webhook address below into Quoter, then press Test connection. "
            "The set-up guide below shows what is left to do.",
        )
        return back_to(obj)

    def response_change(self, request: HttpRequest, obj: Integration) -> HttpResponse:
        """Stay on the page while there is a new key to show."""
        if _FRESH_KEY in request.session:
            messages.success(request, f"{obj} is saved.")
            return back_to(obj)
        return super().response_change(request, obj)

    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save; after saving, when no transaction is open any more, ask Halo for names."""
        extra = {"show_save_and_add_another": False, **(extra_context or {})}
        if object_id and (integration := self.get_object(request, object_id)):
            extra |= self._card(request, integration)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra)
        saved = getattr(request, "saved_integration", None)
        if saved is not None and saved.product_groups.filter(halo_group_name="").exists():
            fill_group_names(saved)
        return response

    def _card(self, request: HttpRequest, integration: Integration) -> dict[str, Any]:
        buttons = ("test_connection", "new_hash_key", "in_halo")
        return {
            **self.page_card(request, integration),
            **shadow_card(request, integration),
            "may_act": self.has_change_permission(request),
            "webhook_address": webhook_address(request, integration),
            "hash_key_state": hash_key_state(integration),
            "fresh_key": self._take_fresh_key(request, integration) if request.method == "GET" else "",
            "buttons": {
                name: reverse(f"admin:integrations_integration_{name}", args=[integration.pk]) for name in buttons
            },
        }

    # The hash key, shown once

    def _show_once(self, request: HttpRequest, obj: Integration) -> None:
        # Sealed: the session's row would otherwise hold it in clear until the page is opened.
        request.session[_FRESH_KEY] = {"integration": str(obj.pk), "sealed": obj.quoter_hash_key.sealed}

    def _take_fresh_key(self, request: HttpRequest, obj: Integration) -> str:
        kept = request.session.get(_FRESH_KEY)
        if not kept or kept["integration"] != str(obj.pk) or not self.has_change_permission(request):
            return ""
        del request.session[_FRESH_KEY]
        return Secret(kept["sealed"]).reveal()

    # Buttons

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons of the page."""
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/test-connection/",
                wrap(self.test_connection_view),
                name="integrations_integration_test_connection",
            ),
            path(
                "<path:object_id>/new-hash-key/",
                wrap(self.new_hash_key_view),
                name="integrations_integration_new_hash_key",
            ),
            path("<path:object_id>/in-halo/", wrap(self.in_halo_view), name="integrations_integration_in_halo"),
            *self.page_urls(),
            *self.shadow_urls(),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def test_connection_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Sign in to Halo and read what is needed."""
        integration = allowed(self, request, object_id, self.has_change_permission(request))
        report = check_connection(integration)
        level = messages.SUCCESS if report.ok else messages.ERROR
        messages.add_message(request, level, f"{report.sentence} {report.hint}".strip())
        return back_to(integration)

    @method_decorator(require_POST)
    @method_decorator(sensitive_variables())
    def new_hash_key_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a new hash key; the one before stays accepted."""
        integration = allowed(self, request, object_id, self.has_change_permission(request))
        use_hash_key(integration, secrets.token_hex(16))
        integration.save(update_fields=["quoter_hash_key", "quoter_previous_hash_key", "updated_at"])
        self._show_once(request, integration)
        self.log_change(request, integration, [{"changed": {"fields": ["Webhook hash key"]}}])
        return back_to(integration)

    def in_halo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose statuses and the default product group by name."""
        integration = allowed(self, request, object_id, self.has_change_permission(request))
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": integration,
            "title": "Read from Halo",
            "is_popup": False,
            "inline_admin_formsets": [],
        }
        saved = halo_choices.choose(request, integration, frame)
        if isinstance(saved, HttpResponse):
            return saved
        self.log_change(request, integration, [{"changed": {"fields": saved}}])
        return back_to(integration)
