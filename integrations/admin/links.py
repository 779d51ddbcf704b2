"""What belongs together: contacts and Halo users, companies and Halo clients, quoted items and Halo products."""

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.again import person, tell_resumed
from integrations.admin.base import ModelAdmin
from integrations.admin.link_history import changes_of
from integrations.errors import NotFound
from integrations.lookup.halo import find_user, name_client, name_item
from integrations.lookup.relink import sync_waiting_on_code, sync_waiting_on_lines, sync_waiting_on_person
from integrations.models import ClientLink, ItemLink, LinkChange, PersonLink
from integrations.models.link_changes import note_changes, tracked_values

L = TypeVar("L", bound=PersonLink | ItemLink | ClientLink)
_TARGETS = {"halo_user_id", "halo_item_id", "halo_client_id"}
_REMOVING = "Removing a link never deletes anything in Halo or Quoter; the next sync searches afresh."


class LinkAdmin(ModelAdmin[L]):
    """Editable. A link that is made, changed or removed sets the deliveries going that it may settle."""

    list_select_related = ("integration", "created_by")
    list_per_page = 50
    readonly_fields: ClassVar[tuple[str, ...]] = ("made",)
    list_filter = ("integration",)
    change_form_outer_after_template = "integrations/link_changes.html"

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
        """Keep who chose it and what it was, and go on."""
        before = tracked_values(type(obj)._default_manager.filter(pk=obj.pk).first()) if change else {}
        if not change or _TARGETS & set(form.changed_data):
            obj.created_by_id = person(request).pk
            if "why" not in form.changed_data:
                obj.why = "Changed under Links." if change else "Made under Links."
            self.forget_name(obj)
        super().save_model(request, obj, form, change)
        rows = note_changes(obj, before, by_id=person(request).pk, why=obj.why, at=timezone.now())
        if any(row.after for row in rows):
            request.unnamed_link = obj, rows  # type: ignore[attr-defined]  # for `changeform_view`, this request only
        tell_resumed(request, self.resume(request, obj))

    def forget_name(self, link: L) -> None:
        """Drop what the object of before was called."""
        raise NotImplementedError

    def _note_removal(self, request: HttpRequest, link: L) -> None:
        why = "Removed under Links. Nothing was deleted in Halo or Quoter."
        note_changes(
            link, tracked_values(link), by_id=person(request).pk, why=why, at=timezone.now(), removed=True
        )

    def delete_model(self, request: HttpRequest, obj: L) -> None:
        """Remove it, and go on without it."""
        self._note_removal(request, obj)
        super().delete_model(request, obj)
        tell_resumed(request, self.resume(request, obj))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[L]) -> None:
        """Remove several, and go on without them."""
        links = list(queryset)
        for link in links:
            self._note_removal(request, link)
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
        link = self.get_object(request, object_id) if object_id else None
        extra = {**(extra_context or {}), "link_changes": changes_of(link) if link else []}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra)
        saved, rows = getattr(request, "unnamed_link", (None, []))
        if saved is not None:
            try:
                self.fill_name(saved)
            except NotFound as exc:
                self.message_user(request, f"Saved, but {exc.user_message}", level="WARNING")
            else:
                self._name_in_history(saved, rows)
        return response

    def _name_in_history(self, link: L, rows: list[LinkChange]) -> None:
        link.refresh_from_db()
        named = tracked_values(link)
        for row in rows:
            if row.what in named:
                LinkChange.objects.filter(pk=row.pk).update(after=named[row.what][1][:300])


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
                "fields": (
                    "integration",
                    "email",
                    "halo_user_id",
                    "halo_user_name",
                    "halo_client_name",
                    "why",
                    "made",
                ),
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

    readonly_fields: ClassVar[tuple[str, ...]] = ("made", "halo_user_name", "halo_client_name")

    def forget_name(self, link: PersonLink) -> None:
        """Drop name and client."""
        link.halo_user_name, link.halo_client_id, link.halo_client_name = "", None, ""

    def fill_name(self, link: PersonLink) -> None:
        """Ask Halo for the user's name and client."""
        if user := find_user(link.integration, link.halo_user_id):
            PersonLink.objects.filter(pk=link.pk).update(
                halo_user_name=user.label[:300],
                halo_client_id=user.client_id,
                halo_client_name=user.client_name[:300],
            )


@admin.register(ClientLink)
class ClientLinkAdmin(LinkAdmin[ClientLink]):
    """Company ↔ Halo client."""

    list_display = ("name", "client", "integration", "by", "when")
    search_fields = ("name", "halo_client_name", "halo_client_id")
    readonly_fields: ClassVar[tuple[str, ...]] = ("made", "halo_client_name")
    fieldsets = (
        (
            None,
            {
                "description": "New users of a company with this name in Quoter belong to this Halo client. It "
                f"counts only where the portal may create the missing user. {_REMOVING}",
                "fields": ("integration", "name", "halo_client_id", "halo_client_name", "why", "made"),
            },
        ),
    )

    @admin.display(description="Halo client", ordering="halo_client_name")
    def client(self, link: ClientLink) -> str:
        """Show name and id."""
        return _named(link.halo_client_name, link.halo_client_id)

    def resume(self, request: HttpRequest, link: ClientLink) -> int:
        """Sync what waits for a client."""
        return sync_waiting_on_code(
            link.integration_id, "client_ambiguous", by=person(request), now=timezone.now()
        )

    def forget_name(self, link: ClientLink) -> None:
        """Drop the client's name."""
        link.halo_client_name = ""

    def fill_name(self, link: ClientLink) -> None:
        """Ask Halo for the client's name."""
        if name := name_client(link.integration, link.halo_client_id):
            ClientLink.objects.filter(pk=link.pk).update(halo_client_name=name[:300])


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

    readonly_fields: ClassVar[tuple[str, ...]] = ("made", "halo_item_name")

    def forget_name(self, link: ItemLink) -> None:
        """Drop the product's name."""
        link.halo_item_name = ""

    def fill_name(self, link: ItemLink) -> None:
        """Ask Halo for the product's name."""
        if name := name_item(link.integration, link.halo_item_id):
            ItemLink.objects.filter(pk=link.pk).update(halo_item_name=name[:300])


def _named(name: str, halo_id: int) -> str:
    return name if f"id {halo_id}" in name else f"{name}, id {halo_id}" if name else f"id {halo_id}"
