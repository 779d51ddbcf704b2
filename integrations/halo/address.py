"""Where a Halo instance lives: people paste the domain, the resource server or the whole thing."""

import re
from urllib.parse import urlsplit

from integrations.domain.record import Record
from integrations.errors import AddressRefused

_HOST = re.compile(r"[A-Za-z0-9.:_-]+")
_PORTS = {"https": 443, "http": 80}
# Sign-in may live on another host of the same hosted product (halo.md 1, "Authorisation Server").
HOSTED = ("halopsa.com", "haloservicedesk.com", "haloitsm.com")


class HaloAddress(Record):
    """One instance's base address, without a path."""

    base: str

    @property
    def api(self) -> str:
        """Base of the REST API (Halo: *Resource Server*)."""
        return f"{self.base}/api"

    @property
    def token_fallback(self) -> str:
        """Token address where discovery gives none."""
        return f"{self.base}/auth/token"

    def link(self, path: str) -> str:
        """Return the address of a page for people."""
        return f"{self.base}/{path.lstrip('/')}"

    def trusts(self, url: str) -> bool:
        """Say whether a sign-in address that the instance names may be given the credentials."""
        ours = urlsplit(self.base)
        try:
            theirs = urlsplit(url)
            same_port = theirs.port == ours.port or {theirs.port, ours.port} <= {None, _PORTS.get(ours.scheme)}
        except ValueError:
            return False
        # Anything else in a host, such as a backslash, is read differently by the HTTP library: it could send the
        # credentials elsewhere.
        if theirs.scheme != ours.scheme or not _HOST.fullmatch(theirs.hostname or "") or "@" in theirs.netloc:
            return False
        if theirs.hostname == ours.hostname and same_port:
            return True
        return any(
            (ours.hostname or "").endswith(f".{domain}") and (theirs.hostname or "").endswith(f".{domain}")
            for domain in HOSTED
        )


def read_address(text: str) -> HaloAddress:
    """Read what a person typed. Raises AddressRefused where it is no web address."""
    typed = text.strip()
    if "://" not in typed:
        typed = f"https://{typed}"
    try:
        parts = urlsplit(typed)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as exc:
        raise AddressRefused("The Halo domain is not a web address.") from exc
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not _HOST.fullmatch(host):
        raise AddressRefused("The Halo domain is not a web address.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise AddressRefused("The Halo domain must be only the address, such as https://NAME.halopsa.com.")
    path = re.sub(r"/(api|auth)$", "", parts.path.rstrip("/"), flags=re.IGNORECASE)
    shown = f"[{host}]" if ":" in host else host
    return HaloAddress(base=f"{parts.scheme}://{shown}{port}{path}")
