"""What belongs together: contacts and Halo users, quoted items and Halo products."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.again import person, tell_resumed
from integrations.admin.base import ModelAdmin
from integrations.errors import NotFound
from integrations.lookup.halo import name_item, name_user
from integrations.lookup.relink import sync_waiting_on_lines, sync_waiting_on_person
from integrations.models import ItemLink, PersonLink

L = TypeVar("L", bound=PersonLink | ItemLink)
_REMOVING = "Removing a link never deletes anything in Halo or Quoter; the next sync searches afresh."


class LinkAdmin(ModelAdmin[L]):
    """Editable. A link that is made, changed or removed sets the deliveries going that it may settle."""

    list_select_related = ("integration", "created_by")
    readonly_fields = ("made",)
    list_filter = ("integration",)

    @admin.display(description="Made")
    def made(self, link: L) -> str:
        """Say who made it and when."""
        if not link.pk:
            return "By you, now"
        who = link.created_by.get_username() if link.created_by else "the portal"
        return f"By {who} on {timezone.localtime(link.created_at):%Y-%m-%d %H:%M}"

    @admin.display(description="Made by", ordering="created_by")
    def by(self, link: L) -> str:
        """Show who made it."""
        return link.created_by.get_username() if link.created_by else "Portal"

    @admin.display(description="When", ordering="created_at")
    def when(self, link: L) -> SafeString | str:
        """Show when it was made."""
        return show.moment(link.created_at)

    def resume(self, request: HttpRequest, link: L) -> int:
        """Sync what this link may settle; return how many."""
        raise NotImplementedError

    def fill_name(self, link: L) -> None:
        """Ask Halo what the chosen object is called."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: L, form: Any, change: bool) -> None:
        """Keep who chose it, and go on."""
        if not change or "halo_user_id" in form.changed_data or "halo_item_id" in form.changed_data:
            obj.created_by_id = person(request).pk
            request.unnamed_link = obj  # type: ignore[attr-defined]  # for `changeform_view`, this request only
        super().save_model(request, obj, form, change)
        tell_resumed(request, self.resume(request, obj))

    def delete_model(self, request: HttpRequest, obj: L) -> None:
        """Remove it, and go on without it."""
        super().delete_model(request, obj)
        tell_resumed(request, self.resume(request, obj))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[L]) -> None:
        """Remove several, and go on without them."""
        links = list(queryset)
        super().delete_queryset(request, queryset)
        tell_resumed(request, sum(self.resume(request, link) for link in links))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save, then ask Halo for the name: no transaction is open by then."""
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        link = getattr(request, "unnamed_link", None)
        if link is not None:
            try:
                self.fill_name(link)
            except NotFound as exc:
                self.message_user(request, f"Saved, but {exc.user_message}", level="WARNING")
        return response


@admin.register(PersonLink)
class PersonLinkAdmin(LinkAdmin[PersonLink]):
    """Contact ↔ Halo user."""

    list_display = ("email", "user", "integration", "by", "when")
    search_fields = ("email", "halo_user_name", "halo_user_id")
    fieldsets = (
        (
            None,
            {
                "description": f"Quotes for this contact go to this Halo user, before any search. {_REMOVING}",
                "fields": ("integration", "email", "halo_user_id", "halo_user_name", "why", "made"),
            },
        ),
    )

    @admin.display(description="Halo user", ordering="halo_user_name")
    def user(self, link: PersonLink) -> str:
        """Show name and id."""
        return _named(link.halo_user_name, link.halo_user_id)

    def resume(self, request: HttpRequest, link: PersonLink) -> int:
        """Sync the contact's waiting deliveries."""
        return sync_waiting_on_person(link.integration_id, link.email, by=person(request), now=timezone.now())

    def fill_name(self, link: PersonLink) -> None:
        """Ask Halo for the user's name."""
        if name := name_user(link.integration, link.halo_user_id):
            PersonLink.objects.filter(pk=link.pk).update(halo_user_name=name[:300])


@admin.register(ItemLink)
class ItemLinkAdmin(LinkAdmin[ItemLink]):
    """Quoted item ↔ Halo product."""

    list_display = ("what", "product", "integration", "by", "when")
    search_fields = ("key", "sku", "name", "halo_item_name", "halo_item_id")
    fieldsets = (
        (
            None,
            {
                "description": f"Lines that sell this become this Halo product, before any search. {_REMOVING}",
                "fields": ("integration", "key", "sku", "name", "halo_item_id", "halo_item_name", "why", "made"),
            },
        ),
    )

    @admin.display(description="Quoted item", ordering="name")
    def what(self, link: ItemLink) -> str:
        """Show name and SKU."""
        return f"{link.name} ({link.sku})" if link.name and link.sku else link.name or link.key

    @admin.display(description="Halo product", ordering="halo_item_name")
    def product(self, link: ItemLink) -> str:
        """Show name and id."""
        return _named(link.halo_item_name, link.halo_item_id)

    def resume(self, request: HttpRequest, link: ItemLink) -> int:
        """Sync what waits because of a line."""
        return sync_waiting_on_lines(link.integration_id, by=person(request), now=timezone.now())

    def fill_name(self, link: ItemLink) -> None:
        """Ask Halo for the product's name."""
        if name := name_item(link.integration, link.halo_item_id):
            ItemLink.objects.filter(pk=link.pk).update(halo_item_name=name[:300])


def _named(name: str, halo_id: int) -> str:
    return name if f"id {halo_id}" in name else f"{name}, id {halo_id}" if name else f"id {halo_id}"
