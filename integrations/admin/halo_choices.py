"""Read from Halo: choosing statuses, ticket types, taxes, products and product groups by their names."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.admin.base import back_to, tell
from integrations.errors import PortalError
from integrations.lookup.halo import HaloLists, read_lists
from integrations.models import Integration, ProductGroupMapping

_LEAVE = "leave it to Halo"
_AS_ACCEPTED = "the same as accepted"
# Section, then each field with the list it chooses from and what an empty choice means.
SECTIONS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Status of the Halo quote",
        (
            ("status_pending", "statuses", _LEAVE),
            ("status_accepted", "statuses", _LEAVE),
            ("status_ordered", "statuses", _AS_ACCEPTED),
            ("status_fulfilled", "statuses", _AS_ACCEPTED),
            ("status_lost", "statuses", _LEAVE),
        ),
    ),
    (
        "Opportunities",
        (
            ("opportunity_type", "types", "none: choose it each time"),
            ("lead_type", "types", "none: no leads are made"),
            ("opportunity_status_pending", "opportunity_statuses", "leave it alone"),
            ("opportunity_status_accepted", "opportunity_statuses", "leave it alone"),
            ("opportunity_status_lost", "opportunity_statuses", "leave it alone"),
        ),
    ),
    (
        "New products and lines",
        (
            ("item_tax_code", "taxes", _LEAVE),
            ("discount_item", "discounts", "the product named Discount"),
            ("shipping_item", "shippings", "the product named Shipping"),
            ("default_product_group", "groups", "none: such lines wait for a decision"),
        ),
    ),
)
_NEW_CATEGORY, _NEW_GROUP = "new_category", "new_group"
Rows = tuple[tuple[int, str], ...]


class ChoicesForm(forms.Form):
    """One select for each number in the settings that Halo has a name for."""

    def __init__(self, integration: Integration, lists: HaloLists, data: Any = None) -> None:
        super().__init__(data)
        self._sections: list[tuple[str, list[str]]] = []
        for title, rows in SECTIONS:
            # A list that could not be read leaves its numbers as they are.
            names = [row for row in rows if row[1] not in lists.unread]
            for name, source, empty in names:
                label = str(Integration._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
                self._add(name, label, getattr(lists, source), getattr(integration, name), empty)
            self._sections.append((title, [name for name, _, _ in names]))
        self.mappings = {f"category_{row.pk}": row for row in integration.product_groups.all()}
        for name, row in self.mappings.items():
            self._add(name, f"Category “{row.category}”", lists.groups, row.halo_group_id, "not mapped any more")
        self.fields[_NEW_CATEGORY] = forms.CharField(
            label="Another Quoter category", max_length=200, required=False, widget=UnfoldAdminTextInputWidget
        )
        self._add(_NEW_GROUP, "… goes into", lists.groups, None, "choose a group")
        self._sections.append(("Product groups by Quoter category", [*self.mappings, _NEW_CATEGORY, _NEW_GROUP]))

    def _add(self, name: str, label: str, rows: Rows, current: int | None, empty: str) -> None:
        choices = [("", f"– {empty} –"), *((str(id_), f"{text} ({id_})") for id_, text in rows)]
        if current is not None and str(current) not in dict(choices):
            choices.append((str(current), f"{current}, which Halo does not have"))
        self.fields[name] = forms.TypedChoiceField(
            label=label,
            choices=choices,
            required=False,
            coerce=int,
            empty_value=None,
            initial="" if current is None else str(current),
            widget=UnfoldAdminSelectWidget,
        )

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields under their titles."""
        return [(title, [self[name] for name in names]) for title, names in self._sections if names]

    def clean(self) -> dict[str, Any]:
        """A new mapping needs both of its sides, and a category is mapped once."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        category, group = (cleaned.get(_NEW_CATEGORY) or "").strip(), cleaned.get(_NEW_GROUP)
        if bool(category) != bool(group):
            self.add_error(_NEW_CATEGORY if group else _NEW_GROUP, "Enter the category and choose its group.")
        if category in {row.category for row in self.mappings.values()}:
            self.add_error(_NEW_CATEGORY, "This category is already mapped: change it above.")
        return cleaned

    def keep(self, integration: Integration, lists: HaloLists) -> list[str]:
        """Store what was changed; return the labels of it."""
        given, groups = self.cleaned_data, dict(lists.groups)
        settings = [name for _, rows in SECTIONS for name, _, _ in rows if name in self.fields]
        changed = [name for name in settings if given[name] != getattr(integration, name)]
        for name in changed:
            setattr(integration, name, given[name])
        with transaction.atomic():
            integration.save(update_fields=[*changed, "updated_at"])
            for name, row in self.mappings.items():
                if given[name] is None:
                    row.delete()
                elif given[name] != row.halo_group_id:
                    row.halo_group_id, row.halo_group_name = given[name], groups.get(given[name], "")[:200]
                    row.save(update_fields=["halo_group_id", "halo_group_name"])
                else:
                    continue
                changed.append(name)
            if category := (given[_NEW_CATEGORY] or "").strip():
                ProductGroupMapping.objects.create(
                    integration=integration,
                    category=category,
                    halo_group_id=given[_NEW_GROUP],
                    halo_group_name=groups.get(given[_NEW_GROUP], "")[:200],
                )
                changed.append(_NEW_CATEGORY)
        return [str(self.fields[name].label) for name in changed]


def choose(request: HttpRequest, integration: Integration, frame: dict[str, Any]) -> HttpResponse | list[str]:
    """Show the page, or save it and return the labels of what changed."""
    try:
        lists = read_lists(integration)
    except PortalError as exc:
        tell(request, exc)
        return back_to(integration)
    form = ChoicesForm(integration, lists, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        changed = form.keep(integration, lists)
        messages.success(request, "The choices are saved.")
        return changed
    context = {**frame, "form": form, "lists": lists.named(), "unread": lists.unread.values()}
    return TemplateResponse(request, "integrations/in_halo.html", context)
