import socket

import pytest

from integrations.errors import AddressRefused, Unreachable
from integrations.http import Http, Request, check_address
from tests.http.server import Answer, serve


@pytest.mark.parametrize(
    "url", ["https://name.halopsa.com/api", "https://1.2.3.4:8443/x", "https://[2606:4700::1111]/"]
)
def test_check_address_lets_https_pass(url: str) -> None:
    check_address(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://name.halopsa.com/",
            "ftp://name.halopsa.com/",
            "file:///etc/passwd",
            "name.halopsa.com",
            "",
            "//x/",
        ),
        *("https://", "https:///x", "https://[::1", "https://x:99999/", "https://x:y/"),
        *("https://user@name.halopsa.com/", "https://user:pw@name.halopsa.com/", "https://@name.halopsa.com/"),
        *("https://evil.example\\.halopsa.com/", "https://evil.example\\@name.halopsa.com/", "https://a b/"),
        *("https://evil.example%2f.halopsa.com/", "https://evil.example\t.halopsa.com\x00/"),
    ],
)
def test_check_address_refuses_everything_else(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_address(url, allow_private=False)
    assert "pw" not in caught.value.user_message


def test_check_address_lets_http_pass_only_when_private_ones_are_allowed() -> None:
    check_address("http://127.0.0.1:8001/", allow_private=True)
    with pytest.raises(AddressRefused):
        check_address("ftp://127.0.0.1/", allow_private=True)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.2", "localhost", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.1", "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.2.1"),
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"),
        *("[::1]", "[::]", "[::7f00:1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]"),
        *("[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001::1]", "[fc00::1]", "[fe80::1]"),
        *("[fec0::1]", "[ff02::1]"),
    ],
)  # fmt: skip
def test_send_refuses_private_addresses_in_every_spelling(host: str) -> None:
    http = Http(allow_private=False)
    try:
        with pytest.raises(AddressRefused):
            http.send(Request("POST", f"https://{host}:1/", writes=True))
        with pytest.raises(AddressRefused):
            http.send(Request("GET", f"https://{host}:1/"))
    finally:
        http.close()


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.215.14", "10.0.0.1"), ("169.254.169.254",)])
def test_send_refuses_a_name_when_any_of_its_addresses_is_private(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    resolve_to(monkeypatch, *addresses)
    http = Http(allow_private=False)
    try:
        with pytest.raises(AddressRefused):
            http.send(Request("GET", "https://name.halopsa.com/"))
    finally:
        http.close()


def test_send_connects_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    # A name that answers public first and private then must not get its second answer used.
    asked: list[str] = []

    def resolver(host: str, port: int, *args: object, **kwargs: object) -> object:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else host
        if len(asked) > 1:
            raise socket.gaierror(socket.EAI_NONAME, "enough seen")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    http = Http(allow_private=False)
    try:
        with pytest.raises(Unreachable):
            http.send(Request("GET", "https://rebinding.example/"))
    finally:
        http.close()
    assert asked == ["rebinding.example", "93.184.215.14"]


def test_send_reaches_a_private_address_only_when_allowed() -> None:
    with serve(lambda got: Answer()) as server:
        http = Http(allow_private=True)
        try:
            assert http.send(Request("GET", server.url)).status == 200
        finally:
            http.close()
        strict = Http(allow_private=False)
        try:
            with pytest.raises(AddressRefused):
                strict.send(Request("GET", server.url.replace("http:", "https:")))
        finally:
            strict.close()
    assert len(server.received) == 1


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example", "xn--.example"])
def test_send_never_fails_otherwise_on_names_that_are_none(host: str) -> None:
    http = Http(allow_private=False)
    try:
        with pytest.raises((AddressRefused, Unreachable)):
            http.send(Request("POST", f"https://{host}/", writes=True))
    finally:
        http.close()
