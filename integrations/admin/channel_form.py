"""A channel's form: a webhook's address goes in and never comes out."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.validators import validate_email
from unfold.widgets import INPUT_CLASSES

from integrations.errors import AddressRefused
from integrations.http import check_address
from integrations.models import Channel
from integrations.notify.carrier import recipients_of


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One channel."""

    new_address = forms.CharField(
        label="Webhook address",
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "class": " ".join(INPUT_CLASSES)}
        ),
    )

    class Meta:
        model = Channel
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("new_address")
        if field is not None:
            known = f"Set ({self.instance.host}). Leave empty to keep it." if self.instance.address else ""
            field.help_text = known or "As Teams or Slack shows it when the webhook is made. It is a secret."
            field.widget.attrs["placeholder"] = "••••••••" if self.instance.address else ""

    def clean_new_address(self) -> str:
        """Refuse what the portal would never call."""
        text: str = self.cleaned_data["new_address"].strip()
        if text:
            try:
                check_address(text, allow_private=settings.ALLOW_PRIVATE_REMOTES)
            except AddressRefused as exc:
                raise forms.ValidationError(exc.user_message) from exc
        return text

    def clean_recipients(self) -> str:
        """Take addresses as people write them, one on each line afterwards."""
        found = recipients_of(self.cleaned_data["recipients"])
        for address in found:
            try:
                validate_email(address)
            except forms.ValidationError as exc:
                raise forms.ValidationError(f"“{address}” is no e-mail address.") from exc
        return "\n".join(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen kind needs."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Channel.Kind.EMAIL:
            if not cleaned.get("recipients") and "recipients" not in self.errors:
                self.add_error("recipients", "Enter at least one address.")
        elif not cleaned.get("new_address") and not self.instance.address and "new_address" not in self.errors:
            self.add_error("new_address", "Enter the webhook's address.")
        return cleaned

    def apply_address(self) -> None:
        """Put an entered address on the instance, with the host that people are shown."""
        if text := self.cleaned_data.get("new_address"):
            self.instance.address = text
            self.instance.host = urlsplit(text).hostname or ""
