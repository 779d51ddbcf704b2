"""The settings form: secrets go in and never come out."""

from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import INPUT_CLASSES, UnfoldBooleanWidget

from integrations.choices import HaloAuth
from integrations.errors import AddressRefused, SecretUnreadable
from integrations.halo.address import read_address
from integrations.http import check_address
from integrations.models import Integration

# A quote with its sales order has to fit into the share of its lane.
SMALLEST_BUDGET = 20
_PLAIN_SECRETS = ("halo_client_secret", "halo_password", "quoter_api_key", "quoter_legacy_client_secret")
CLEARABLE = (*_PLAIN_SECRETS, "quoter_previous_hash_key")
TYPED = (*_PLAIN_SECRETS, "quoter_hash_key")


def _secret(label: str) -> forms.CharField:
    widget = forms.PasswordInput(
        render_value=False, attrs={"autocomplete": "new-password", "class": " ".join(INPUT_CLASSES)}
    )
    # Spaces may belong to a password.
    return forms.CharField(label=label, required=False, widget=widget, max_length=500, strip=False)


def _clear(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget)


class IntegrationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One integration's settings."""

    new_halo_client_secret = _secret("Client secret")
    clear_halo_client_secret = _clear("Remove the client secret")
    new_halo_password = _secret("Password")
    clear_halo_password = _clear("Remove the password")
    new_quoter_hash_key = _secret("Hash key from Quoter")
    clear_quoter_previous_hash_key = _clear("Remove the previous hash key")
    new_quoter_api_key = _secret("ScalePad API key")
    clear_quoter_api_key = _clear("Remove the ScalePad API key")
    new_quoter_legacy_client_secret = _secret("Client secret of Quoter's older API")
    clear_quoter_legacy_client_secret = _clear("Remove the older API's client secret")

    class Meta:
        model = Integration
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TYPED:
            self._describe(name)
        for name in CLEARABLE:
            if not getattr(self.instance, name):
                self.fields.pop(f"clear_{name}", None)

    def _describe(self, name: str) -> None:
        field = self.fields.get(f"new_{name}")
        if field is not None:
            is_set = bool(getattr(self.instance, name))
            field.help_text = "Set. Leave empty to keep it." if is_set else "Not set."
            field.widget.attrs["placeholder"] = "••••••••" if is_set else ""

    def clean_halo_url(self) -> str:
        """Normalise the domain, refusing what the portal would never call."""
        try:
            address = read_address(self.cleaned_data["halo_url"])
            check_address(address.base, allow_private=settings.ALLOW_PRIVATE_REMOTES)
        except AddressRefused as exc:
            raise forms.ValidationError(f"{exc.user_message} {exc.way_out}") from exc
        return address.base

    def clean_quoter_subdomain(self) -> str:
        """Take the name out of what people paste."""
        text: str = self.cleaned_data["quoter_subdomain"].strip().lower()
        name = text.removeprefix("https://").split("/")[0].removesuffix(".quoter.com")
        if name and not all(part.isalnum() for part in name.split("-") if part):
            raise forms.ValidationError("Enter the NAME of https://NAME.quoter.com.")
        return name

    def clean_default_country(self) -> str:
        """Take a two-letter code."""
        code: str = self.cleaned_data["default_country"].strip().upper()
        if code and (len(code) != 2 or not code.isalpha()):
            raise forms.ValidationError("Enter the country's two-letter code, such as US.")
        return code

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen sign-in needs."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in CLEARABLE:
            if cleaned.get(f"clear_{name}") and cleaned.get(f"new_{name}"):
                self.add_error(f"new_{name}", "Enter a new one or remove the old one, not both.")
        limit, reserve = cleaned.get("halo_request_limit"), cleaned.get("halo_request_reserve")
        if limit and reserve is not None and limit - reserve < SMALLEST_BUDGET:
            text = f"Leave the portal at least {SMALLEST_BUDGET} requests."
            self.add_error("halo_request_reserve", text)
        if cleaned.get("halo_auth") == HaloAuth.PASSWORD and not cleaned.get("halo_username"):
            self.add_error("halo_username", "Needed for signing in with user name and password.")
        return cleaned

    def apply_secrets(self) -> bool:
        """Put entered secrets on the instance; True where the hash key is a new one."""
        given, integration = self.cleaned_data, self.instance
        for name in CLEARABLE:
            if given.get(f"clear_{name}"):
                setattr(integration, name, "")
        for name in _PLAIN_SECRETS:
            if text := given.get(f"new_{name}"):
                setattr(integration, name, text)
        key = (given.get("new_quoter_hash_key") or "").strip()
        return bool(key) and use_hash_key(integration, key)


def use_hash_key(integration: Integration, key: str) -> bool:
    """Make this the hash key; the one before stays accepted. False where it already is the one."""
    current = integration.quoter_hash_key
    try:
        if current and current.reveal() == key:
            return False
        integration.quoter_previous_hash_key = current
    except SecretUnreadable:
        # What cannot be opened verifies no webhook either.
        integration.quoter_previous_hash_key = ""
    integration.quoter_hash_key = key
    return True
