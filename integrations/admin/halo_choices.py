"""Read from Halo: choosing statuses and the default product group by their names."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget

from integrations.admin.base import back_to, tell
from integrations.errors import PortalError
from integrations.lookup.halo import HaloLists, read_lists
from integrations.models import Integration

STATUSES = ("status_pending", "status_accepted", "status_ordered", "status_fulfilled", "status_lost")


class ChoicesForm(forms.Form):
    """One select for each number in the settings that Halo has a name for."""

    def __init__(self, integration: Integration, lists: HaloLists, data: Any = None) -> None:
        super().__init__(data)
        for name in STATUSES:
            empty = (
                "the same as accepted" if name in ("status_ordered", "status_fulfilled") else "leave it to Halo"
            )
            self._add(integration, name, lists.statuses, empty)
        self._add(integration, "default_product_group", lists.groups, "none: such lines wait for a decision")

    def _add(self, integration: Integration, name: str, rows: tuple[tuple[int, str], ...], empty: str) -> None:
        current: int | None = getattr(integration, name)
        choices = [("", f"– {empty} –"), *((str(id_), f"{label} ({id_})") for id_, label in rows)]
        if current is not None and str(current) not in dict(choices):
            choices.append((str(current), f"{current}, which Halo does not have"))
        self.fields[name] = forms.TypedChoiceField(
            label=Integration._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
            choices=choices,
            required=False,
            coerce=int,
            empty_value=None,
            initial="" if current is None else str(current),
            widget=UnfoldAdminSelectWidget,
        )


def choose(request: HttpRequest, integration: Integration, frame: dict[str, Any]) -> HttpResponse | list[str]:
    """Show the page, or save it and return the labels of what changed."""
    try:
        lists = read_lists(integration)
    except PortalError as exc:
        tell(request, exc)
        return back_to(integration)
    form = ChoicesForm(integration, lists, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        changed = [name for name in form.fields if form.cleaned_data[name] != getattr(integration, name)]
        for name in changed:
            setattr(integration, name, form.cleaned_data[name])
        integration.save(update_fields=[*changed, "updated_at"])
        messages.success(request, "The choices are saved.")
        return [str(form.fields[name].label) for name in changed]
    tables = [("Product groups", lists.groups), ("Quote statuses", lists.statuses)]
    context = {**frame, "form": form, "lists": tables}
    return TemplateResponse(request, "integrations/in_halo.html", context)
