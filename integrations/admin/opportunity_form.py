"""The form of a new opportunity: what every one has, and what its ticket type asks for."""

from datetime import date, timedelta
from typing import Any

from django import forms

from integrations.domain.ticket_types import FieldKind, RequiredField

# Asked for anyway, under the form's own names: only whether they may stay empty is the type's word.
_OWN = {"summary": "summary", "oppvalue": "value", "targetdate": "target"}
# Known from the person, or not for people to type.
_KNOWN = frozenset({"user_id", "site_id", "client_id", "tickettype_id", "opportunity_third_party_url"})


class OpportunityForm(forms.Form):
    """One opportunity of one ticket type."""

    summary = forms.CharField(max_length=200, help_text="What it is about; your team sees it in every list.")
    value = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text="Before tax. Empty leaves it to Halo.",
    )
    target = forms.DateField(
        label="Target date",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="When you expect the decision.",
    )

    def __init__(self, required: tuple[RequiredField, ...], *, today: date, days: int, data: Any = None) -> None:
        super().__init__(data, initial={"target": (today + timedelta(days=days)).isoformat()})
        self.extra = tuple(one for one in required if one.name not in _OWN and one.name not in _KNOWN)
        self.unknown = tuple(one.label for one in self.extra if not one.can_be_sent)
        for one in required:
            if one.name in _OWN:
                self.fields[_OWN[one.name]].required = True
        for one in self.extra:
            if one.can_be_sent:
                self.fields[one.key] = _field(one)
        for bound in self:
            bound.field.widget.attrs["aria-describedby"] = f"{bound.id_for_label}_help"

    def extra_values(self) -> dict[str, str | bool]:
        """Return what was entered for the fields of the type, as Halo takes it."""
        given = {one.key: self.cleaned_data.get(one.key) for one in self.extra}
        return {
            key: value if isinstance(value, bool) else value.isoformat() if isinstance(value, date) else str(value)
            for key, value in given.items()
            if value not in (None, "")
        }

    def shown(self) -> list[tuple[str, str]]:
        """Return what was entered, for people to read before it goes to Halo."""
        rows = []
        for name, bound in self.fields.items():
            value = self.cleaned_data.get(name)
            if isinstance(bound, forms.ChoiceField):
                value = dict(bound.choices).get(value, value)  # type: ignore[arg-type]  # a list of pairs
            if isinstance(value, bool):
                value = "Yes" if value else "No"
            rows.append((str(bound.label or name.capitalize()), "" if value is None else str(value)))
        return [(label, text) for label, text in rows if text]


def _field(one: RequiredField) -> forms.Field:
    common: dict[str, Any] = {
        "label": one.label,
        "help_text": one.hint or "Your Halo asks for this.",
        "required": True,
    }
    if one.kind is FieldKind.CHOICE:
        return forms.ChoiceField(choices=[("", "Choose"), *one.choices], **common)
    if one.kind is FieldKind.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    if one.kind is FieldKind.TICK:
        return forms.BooleanField(**common)
    long = one.kind is FieldKind.LONG_TEXT
    return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}) if long else None, **common)
