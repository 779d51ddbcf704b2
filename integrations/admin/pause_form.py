"""Pausing in the words of the page."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.admin import show
from integrations.choices import PauseScope
from integrations.models import Integration

_HOURS = {"1": "1 hour", "4": "4 hours", "24": "1 day", "72": "3 days", "168": "1 week"}


class PauseForm(forms.Form):
    """What, for how long, why."""

    scope = forms.ChoiceField(
        label="Pause",
        choices=[
            (PauseScope.ALL.value, "everything: quotes are kept and wait"),
            (PauseScope.WRITES.value, "only writing to Halo: quotes are planned and then wait"),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    hours = forms.ChoiceField(
        label="For",
        choices=[("", "until somebody resumes it"), *_HOURS.items()],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Your colleagues see it on every page that shows the pause.",
    )

    def until(self, now: datetime) -> datetime | None:
        """Return the end."""
        hours = self.cleaned_data["hours"]
        return now + timedelta(hours=int(hours)) if hours else None


def pause_line(integration: Integration) -> str:
    """Return the pause as a sentence; "" where there is none."""
    if not integration.is_paused(timezone.now()):
        return ""
    what = "Writing to Halo is paused" if integration.pause_scope == PauseScope.WRITES else "Paused"
    who = f" by {integration.paused_by.get_username()}" if integration.paused_by else ""
    end = integration.paused_until
    until = f" until {show.plain_moment(end)}" if end else ", until somebody resumes it"
    reason = f": {integration.pause_reason}" if integration.pause_reason else ""
    return f"{what}{who}{until}{reason}"
