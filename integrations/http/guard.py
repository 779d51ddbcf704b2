"""Which addresses the portal calls at all: https and public, unless the installation allows private ones."""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from integrations.errors import AddressRefused

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def check_address(url: str, *, allow_private: bool) -> None:
    """Raise AddressRefused for a URL the portal must not call; the address itself is checked on connecting."""
    parts = urlsplit(url)
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}) or not parts.hostname:
        raise AddressRefused(f"The address {parts.scheme}://{parts.hostname or ''} is not allowed: https only.")
    if parts.username or parts.password:
        raise AddressRefused("The address contains a user name or password.")


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


class _Adapter(HTTPAdapter):
    pass


def _public_address(host: str, port: int) -> str:
    """Resolve a name and return an address that is public; raise where any of them is not."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.split("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not address.is_global or address.is_multicast or address in _NAT64:
            raise PrivateAddress(None, f"{host} is private")  # type: ignore[arg-type]
    return found[0]


# The check and the connection use the same resolved address: a name that changes its mind between the two
# (DNS rebinding) gains nothing.
class _PublicHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        self._dns_host = _public_address(self._dns_host, self.port or 80)
        return super()._new_conn()


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        self._dns_host = _public_address(self._dns_host, self.port or 443)
        return super()._new_conn()


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class _PublicOnlyAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
