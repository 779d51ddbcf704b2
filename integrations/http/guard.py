"""Which addresses the portal calls at all: https and public, unless the installation allows private ones."""

import ipaddress
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from integrations.errors import AddressRefused
from integrations.http.answer import TimedSocket

# Set on an exception that was raised while connecting: nothing of the request had been sent.
UNSENT = "portal_unsent"
_HOST = re.compile(r"[\w.:-]+")


def check_address(url: str, *, allow_private: bool) -> None:
    """Raise AddressRefused for a URL the portal must not call; the address itself is checked on connecting."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        raise AddressRefused("The address is not a web address.") from exc
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}) or not parts.hostname:
        raise AddressRefused(f"The address {parts.scheme}://{parts.hostname or ''} is not allowed: https only.")
    if "@" in parts.netloc:
        raise AddressRefused("The address contains a user name or password.")
    # A backslash, for one, ends the host for the HTTP library but not for `urlsplit`.
    if not _HOST.fullmatch(parts.hostname):
        raise AddressRefused("The address is not a web address.")


class PrivateAddress(NewConnectionError):
    """The name leads to an address inside some network."""


def new_session(allow_private: bool) -> requests.Session:
    session = requests.Session()
    # No proxy, no .netrc from the surroundings: the settings alone say where requests go.
    session.trust_env = False
    session.headers["User-Agent"] = "quote-portal"
    adapter = _Adapter(max_retries=0) if allow_private else _PublicOnlyAdapter(max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _public_address(host: str, port: int) -> str:
    """Resolve a name and return an address that is public; raise where any of them is not."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(_is_public(text) for text in found):
        raise PrivateAddress(None, f"{host} is private")  # type: ignore[arg-type]
    return found[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.split("%")[0])
    # Reserved holds NAT64, IPv4-mapped and IPv4-compatible addresses, and 6to4 holds another IPv4 address: each
    # leads to an address that would have to be checked in its stead.
    if isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address.sixtofour):
        return False
    return address.is_global and not address.is_reserved and not address.is_multicast


class _HTTPConnection(HTTPConnection):
    """Marks what failed before anything was sent, and times whole answers."""

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as exc:
            setattr(exc, UNSENT, True)
            raise
        self.sock = TimedSocket(self.sock)


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    pass


class _PublicHTTPConnection(_HTTPConnection):
    def _new_conn(self) -> socket.socket:
        # The check and the connection use the same resolved address: a name that changes its mind between the
        # two (DNS rebinding) gains nothing. The name itself comes back for TLS and for the Host header.
        name = self._dns_host
        self._dns_host = _public_address(name, self.port)
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name


class _PublicHTTPSConnection(_PublicHTTPConnection, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class _Adapter(HTTPAdapter):
    pools: dict[str, Any] = {"http": _HTTPPool, "https": _HTTPSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pools


class _PublicOnlyAdapter(_Adapter):
    pools: dict[str, Any] = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
