"""Who looks after a cause, what they noted, and putting it aside."""

from datetime import datetime, timedelta

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from integrations.models import Issue

_KEEP, _WAKE = "keep", "wake"
_DAYS = {"1": "1 day", "3": "3 days", "7": "1 week", "30": "1 month"}


class IssueForm(forms.Form):
    """What people may change on a cause."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        required=False,
        empty_label="Nobody yet",
        widget=UnfoldAdminSelectWidget,
    )
    snooze = forms.ChoiceField(label="Put aside", required=False, widget=UnfoldAdminSelectWidget)
    note = forms.CharField(required=False, max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    def __init__(self, issue: Issue, data: object = None) -> None:
        initial = {"owner": issue.owner_id, "note": issue.note}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # a QueryDict or nothing
        first = [("", "no: show it with the others")]
        if issue.is_snoozed(timezone.now()):
            first = [(_KEEP, "as it is"), (_WAKE, "no: show it with the others")]
        snooze = self.fields["snooze"]
        assert isinstance(snooze, forms.ChoiceField)  # noqa: S101  declared above
        snooze.choices = [*first, *((days, f"for {label}") for days, label in _DAYS.items())]

    def save(self, issue: Issue, *, now: datetime) -> list[str]:
        """Keep what was entered; return the labels of what changed."""
        given, chosen = self.cleaned_data, self.cleaned_data["snooze"]
        until = issue.snoozed_until
        if chosen in _DAYS:
            until = now + timedelta(days=int(chosen))
        elif chosen != _KEEP:
            until = None
        owner = given["owner"]
        after = {"owner_id": owner.pk if owner else None, "note": given["note"].strip(), "snoozed_until": until}
        changed = [name for name, value in after.items() if getattr(issue, name) != value]
        Issue.objects.filter(pk=issue.pk).update(**after)
        labels = {"owner_id": "Owner", "note": "Note", "snoozed_until": "Put aside"}
        return [labels[name] for name in changed]
