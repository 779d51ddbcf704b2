"""What would these settings have done with those quotes: which ones, and which settings."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.admin.triggers import day_of
from integrations.choices import Kind, State
from integrations.domain.quote import QuoteStatus
from integrations.lookup.rehearsals import Wish
from integrations.models import Integration, Rehearsal, SettingsVersion, WebhookDelivery

_TODAY = "today"


class _Day(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # Unfold has no types
    """A day in the browser's own calendar, which reads and writes ISO dates."""

    input_type = "date"

    def format_value(self, value: Any) -> Any:
        """Return the day as the browser wants it, whatever the language."""
        return value.isoformat() if hasattr(value, "isoformat") else value


class WhatIfForm(forms.Form):
    """Which quotes, which settings. Last month and today's, unless something else is chosen."""

    integration = forms.ModelChoiceField(
        Integration.objects.all(), empty_label=None, widget=UnfoldAdminSelectWidget, label="Quotes of"
    )
    first = forms.DateField(label="Received from", widget=_Day)
    last = forms.DateField(label="until", widget=_Day)
    status = forms.ChoiceField(
        label="Quoter status",
        choices=[("", "any"), *((status.value, status.value) for status in QuoteStatus)],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        label="Client",
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text="A part of the client's name; empty for all.",
    )
    using = forms.ChoiceField(label="With", widget=UnfoldAdminSelectWidget)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        """Offer the versions that there are, and last month."""
        super().__init__(data, **kwargs)
        this_month = timezone.localdate().replace(day=1)
        last = this_month - timedelta(days=1)
        self.fields["first"].initial, self.fields["last"].initial = last.replace(day=1), last
        versions = SettingsVersion.objects.select_related("integration").order_by("integration", "-number")[:200]
        self.fields["using"].choices = [  # type: ignore[attr-defined]
            (_TODAY, "today's settings"),
            *((str(row.pk), f"{row.integration}: version {row.number}, {day_of(row)}") for row in versions),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, and another integration's settings."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", "The period ends before it begins.")
        version = self._version()
        if version is not None and version.integration_id != getattr(given.get("integration"), "pk", None):
            self.add_error("using", "These settings belong to another integration.")
        return given

    def deliveries(self) -> QuerySet[WebhookDelivery]:
        """Return the quotes that are meant: each state that was not replaced by a newer one."""
        given = self.cleaned_data
        first = timezone.make_aware(datetime.combine(given["first"], time.min))
        end = timezone.make_aware(datetime.combine(given["last"] + timedelta(days=1), time.min))
        rows = WebhookDelivery.objects.filter(
            integration=given["integration"], kind=Kind.QUOTE, received_at__gte=first, received_at__lt=end
        ).exclude(state=State.SUPERSEDED)
        if given["status"]:
            rows = rows.filter(quote_status=given["status"])
        return rows.filter(client_name__icontains=given["words"]) if given["words"] else rows

    def wish(self, *, by: AbstractBaseUser, now: datetime) -> Wish:
        """Return what is to be rehearsed."""
        given, version = self.cleaned_data, self._version()
        integration = given["integration"]
        parts = [f"{given['integration']}, received {given['first']:%Y-%m-%d} to {given['last']:%Y-%m-%d}"]
        parts += [given["status"]] if given["status"] else []
        parts += [f"client “{given['words']}”"] if given["words"] else []
        return Wish(
            purpose=Rehearsal.Purpose.WHAT_IF,
            using=Rehearsal.Using.VERSION if version else Rehearsal.Using.TODAY,
            version=version or SettingsVersion.of(integration, integration.rules()),
            question=", ".join(parts),
            by=by,
            now=now,
        )

    def _version(self) -> SettingsVersion | None:
        chosen = self.cleaned_data.get("using", _TODAY)
        rows = SettingsVersion.objects.select_related("integration")
        return rows.filter(pk=chosen).first() if chosen != _TODAY else None
