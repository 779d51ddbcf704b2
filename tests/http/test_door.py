import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import (
    AnswerLost,
    BudgetSpent,
    OutOfTime,
    RateLimited,
    RemoteBroken,
    RemoteError,
    Unreachable,
)
from integrations.http import Call, Deadline, Http, Request, Response
from integrations.http.door import CONNECT_TIMEOUT_S, DEFAULT_WAIT_S, retry_after
from tests.http.server import Answer, read_request, serve, serve_bytes

NOW = 1_800_000_000.0
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class CountingGate:
    """A budget of so many requests."""

    def __init__(self, left: int = 99) -> None:
        self.left = left
        self.blocked: list[float] = []

    def take(self) -> None:
        if not self.left:
            raise BudgetSpent("No requests left.", wait=30)
        self.left -= 1

    def block(self, seconds: float) -> None:
        self.blocked.append(seconds)


@contextmanager
def door(**changes: object) -> Iterator[Http]:
    http = Http(**{"allow_private": True, "clock": lambda: NOW, **changes})  # type: ignore[arg-type]
    try:
        yield http
    finally:
        http.close()


def fails(request: Request, **changes: object) -> RemoteError:
    with door(**changes) as http, pytest.raises(RemoteError) as caught:
        http.send(request)
    return caught.value


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_send_asks_and_answers() -> None:
    calls: list[Call] = []
    with (
        serve(lambda got: Answer({"ok": 0.1}, headers={"X-One": "1"})) as server,
        door(record=calls.append) as http,
    ):
        response = http.send(Request("GET", f"{server.url}/api/x", params={"q": "a b&c", "n": 1}))
    (got,) = server.received
    assert (got.method, got.path, got.query) == ("GET", "/api/x", {"q": "a b&c", "n": "1"})
    assert got.headers["accept"] == "application/json"
    assert response.status == 200
    assert str(response.json()["ok"]) == "0.1"
    assert response.headers["x-one"] == "1"
    (call,) = calls
    assert (call.method, call.status, call.received, call.error, call.started_at) == (
        *("GET", 200, response.body, "", NOW),
    )


def test_send_writes_json_and_forms() -> None:
    with serve(lambda got: Answer()) as server, door() as http:
        http.send(Request("POST", server.url, json=[{"a": 1}], writes=True))
        http.send(Request("POST", server.url, form={"a": "ü &"}))
    assert server.received[0].json == [{"a": 1}]
    assert server.received[0].headers["content-type"] == "application/json"
    assert server.received[1].form == {"a": "ü &"}


@pytest.mark.parametrize("writes", [True, False])
def test_send_is_unreachable_when_the_connection_is_refused(writes: bool) -> None:
    calls: list[Call] = []
    error = fails(Request("POST", f"http://127.0.0.1:{unused_port()}/", writes=writes), record=calls.append)
    assert isinstance(error, Unreachable)
    assert [(call.status, bool(call.error)) for call in calls] == [(None, True)]


def test_send_is_unreachable_when_there_is_no_such_name() -> None:
    error = fails(Request("GET", "http://no-such-host.invalid/"))
    assert isinstance(error, Unreachable)
    assert "no-such-host.invalid" in error.user_message


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 2", OK + b"Content-Length: 50\r\n\r\nhalf", b"no http at all\r\n\r\n"],
)
def test_send_has_lost_the_answer_when_it_does_not_come_whole(said: bytes, writes: bool) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(said)

    with serve_bytes(talk) as url:
        assert isinstance(fails(Request("POST", url, writes=writes)), AnswerLost)


def test_send_has_lost_the_answer_when_the_connection_is_reset() -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serve_bytes(talk) as url:
        assert isinstance(fails(Request("POST", url, json=[], writes=True)), AnswerLost)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", OK + b"Content-Length: 900\r\n\r\n"])
@pytest.mark.parametrize("drip", [None, b"x"])
def test_send_is_cut_off_in_time_however_slowly_the_server_drips(start: bytes, drip: bytes | None) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(start)
        while not over.wait(0.05):
            if drip:
                connection.sendall(drip)

    with serve_bytes(talk) as url:
        begun = time.monotonic()
        assert isinstance(fails(Request("POST", url, writes=True), read_timeout_s=0.3), AnswerLost)
        assert time.monotonic() - begun < 1.5


def test_send_is_cut_off_when_a_chunk_drips() -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        while not over.wait(0.05):
            connection.sendall(b"1\r\nx\r\n")

    with serve_bytes(talk) as url:
        begun = time.monotonic()
        assert isinstance(fails(Request("GET", url), read_timeout_s=0.3), AnswerLost)
        assert time.monotonic() - begun < 1.5


def test_send_never_waits_longer_than_the_deadline() -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        over.wait(10)

    now = [100.0]
    deadline = Deadline(CONNECT_TIMEOUT_S + 1.1, monotonic=lambda: now[0])
    with serve_bytes(talk) as url:
        begun = time.monotonic()
        assert isinstance(fails(Request("GET", url), deadline=deadline), AnswerLost)
        assert time.monotonic() - begun < 3
        now[0] += 1
        assert isinstance(fails(Request("GET", url), deadline=deadline), OutOfTime)


def test_send_sends_nothing_when_the_gate_slept_the_time_away() -> None:
    now = [100.0]

    class Sleepy(CountingGate):
        def take(self) -> None:
            now[0] += 5

    deadline = Deadline(CONNECT_TIMEOUT_S + 5, monotonic=lambda: now[0])
    with serve(lambda got: Answer()) as server:
        assert isinstance(fails(Request("GET", server.url), deadline=deadline, gate=Sleepy()), OutOfTime)
    assert server.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_send_does_not_follow_redirects(status: int) -> None:
    with serve(lambda got: Answer(status=status, headers={"Location": "/elsewhere"})) as server:
        error = fails(Request("POST", server.url, json=[], headers={"Authorization": "Bearer x"}, writes=True))
    assert isinstance(error, RemoteBroken)
    assert len(server.received) == 1


@pytest.mark.parametrize(("size", "whole"), [(1000, True), (1001, False), (10**6, False)])
@pytest.mark.parametrize("packed", [True, False])
def test_send_reads_no_more_than_the_cap(size: int, whole: bool, packed: bool) -> None:
    body = b"x" * size
    answer = Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Answer(body)
    with serve(lambda got: answer) as server:
        request = Request("GET", server.url, max_bytes=1000)
        if whole:
            with door() as http:
                assert http.send(request).body == body
        else:
            assert isinstance(fails(request), AnswerLost)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("-5", DEFAULT_WAIT_S),
        ("", DEFAULT_WAIT_S),
        ("soon", DEFAULT_WAIT_S),
        ("²", DEFAULT_WAIT_S),
        ("9" * 400, 21_600.0),
        ("999999", 21_600.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 08:00:30 -0000", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 1.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 1.0),
    ],
)
def test_retry_after_reads_seconds_and_dates(value: str, wait: float) -> None:
    assert retry_after(value, now=NOW) == wait


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_retry_after_never_fails(value: str) -> None:
    assert 1.0 <= retry_after(value, now=NOW) <= 21_600.0


@pytest.mark.parametrize(("headers", "wait"), [({"Retry-After": "17"}, 17.0), ({}, DEFAULT_WAIT_S)])
@pytest.mark.parametrize("writes", [True, False])
def test_send_is_rate_limited_and_closes_the_gate(headers: dict[str, str], wait: float, writes: bool) -> None:
    gate = CountingGate()
    with serve(lambda got: Answer("Rate Limit Reached", status=429, headers=headers)) as server:
        error = fails(Request("POST", server.url, writes=writes), gate=gate)
    assert isinstance(error, RateLimited)
    assert error.wait == wait
    assert gate.blocked == [wait]


@pytest.mark.parametrize(
    ("status", "ended"), [(500, True), (502, False), (503, False), (504, False), (408, False)]
)
def test_send_tells_a_lost_write_from_a_broken_question(status: int, ended: bool) -> None:
    with serve(lambda got: Answer(status=status)) as server:
        question = fails(Request("GET", server.url))
        write = fails(Request("POST", server.url, json=[], writes=True))
    assert isinstance(question, RemoteBroken)
    assert isinstance(write, AnswerLost)
    assert write.ended is ended


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 403, 404, 422])
def test_send_leaves_every_other_answer_to_the_caller(status: int) -> None:
    with serve(lambda got: Answer(status=status)) as server, door() as http:
        assert http.send(Request("GET", server.url)).status == status


def test_send_spends_the_budget_only_on_requests_that_count() -> None:
    gate = CountingGate(left=1)
    with serve(lambda got: Answer()) as server, door(gate=gate) as http:
        http.send(Request("POST", server.url), free=True)
        http.send(Request("GET", server.url))
        with pytest.raises(BudgetSpent):
            http.send(Request("GET", server.url))
        http.send(Request("POST", server.url), free=True)
    assert len(server.received) == 3


def test_send_gives_each_write_a_connection_of_its_own() -> None:
    # A kept connection may die at the moment of use, and then nobody knows whether the write came through.
    connections: list[int] = []

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connections.append(1)
        while read_request(connection):
            connection.sendall(OK + b"Content-Length: 2\r\n\r\n[]")

    with serve_bytes(talk) as url, door() as http:
        http.send(Request("GET", url))
        http.send(Request("GET", url))
        assert len(connections) == 1
        http.send(Request("POST", url, writes=True))
        http.send(Request("POST", url, writes=True))
        assert len(connections) == 3


def test_send_says_lost_also_while_another_error_is_being_handled() -> None:
    # The refused connection of the first request must not make the second one look unsent.
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)

    with serve_bytes(talk) as url, door() as http:
        try:
            http.send(Request("GET", f"http://127.0.0.1:{unused_port()}/"))
        except Unreachable:
            with pytest.raises(AnswerLost):
                http.send(Request("POST", url, json=[], writes=True))


def test_send_ignores_the_proxies_and_passwords_of_its_surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    with serve(lambda got: Answer()) as proxy, serve(lambda got: Answer()) as server, door() as http:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        http.send(Request("GET", server.url))
        http.send(Request("POST", server.url, writes=True))
    assert proxy.received == []
    assert len(server.received) == 2
    assert not any("authorization" in got.headers for got in server.received)


@pytest.mark.parametrize(
    "body", [b"<html>login</html>", b"", b"{", b"\xff\xfe\xff", b"[" * 99_999, b"[1e9999999999999999999]"]
)
def test_json_is_broken_when_the_body_is_none(body: bytes) -> None:
    with pytest.raises(RemoteBroken):
        Response(status=200, headers={}, body=body, elapsed_s=0).json()


def test_messages_show_no_secret_in_their_repr() -> None:
    request = Request("POST", "https://x", headers={"Authorization": "Bearer s3cret"}, form={"password": "s3cret"})
    call = Call("POST", "https://x", {}, b"s3cret", 200, b"s3cret", 0, 0)
    response = Response(200, {"set-cookie": "s3cret"}, b"s3cret", 0)
    assert "s3cret" not in f"{request!r} {call!r} {response!r}"


# TLS: the only way to see that names, certificates and broken handshakes are told apart.


def certificate(folder: Path, name: str) -> Path:
    """Write a self-signed certificate with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_send_is_unreachable_when_the_certificate_is_not_trusted(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, "localhost"))
    heard: list[bytes] = []

    def talk(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as safe:
            heard.append(read_request(safe))

    with serve_bytes(talk) as url:
        error = fails(Request("POST", url.replace("http:", "https:"), json=[], writes=True))
    assert isinstance(error, Unreachable)
    assert "certificate" in error.user_message
    assert heard == []


def test_send_is_unreachable_when_the_server_speaks_no_tls() -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serve_bytes(talk) as url:
        assert isinstance(fails(Request("GET", url.replace("http:", "https:"))), Unreachable)


@contextmanager
def public_halo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: bytes
) -> Iterator[tuple[str, list[str], list[bytes]]]:
    """A server with a trusted certificate that the network reaches as halo.example, at a public address."""
    path = certificate(tmp_path, "halo.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    names: list[str] = []
    heads: list[bytes] = []
    context.sni_callback = lambda sock, name, _: names.append(name or "")

    def talk(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as safe:
            heads.append(read_request(safe))
            if after:
                safe.sendall(after)
            else:
                # Break TLS itself, after the request has come in.
                raw = socket.socket(fileno=socket.dup(safe.fileno()))
                with raw:
                    raw.sendall(b"\x17\x03\x03\x00\x20" + b"\x00" * 32)
                    over.wait(0.2)

    look_up = socket.getaddrinfo
    public = "93.184.215.14"

    def resolver(host: str, port: int, *args: object, **kwargs: object) -> object:
        known = {"halo.example": public, public: "127.0.0.1"}
        found = look_up("127.0.0.1", port, type=socket.SOCK_STREAM)
        if host == "halo.example":
            return [(*info[:4], (known[host], port)) for info in found]
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(path))
    with serve_bytes(talk) as url:
        yield f"https://halo.example:{url.rsplit(':', 1)[1]}/", names, heads


def test_send_keeps_the_name_for_tls_and_host_when_only_public_addresses_are_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = OK + b"Content-Length: 2\r\n\r\n[]"
    with public_halo(monkeypatch, tmp_path, answer) as (url, names, heads), door(allow_private=False) as http:
        assert http.send(Request("GET", url)).json() == []
    assert names == ["halo.example"]
    assert b"\r\nHost: halo.example:" in heads[0]


def test_send_has_lost_the_answer_when_tls_breaks_after_the_request_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with public_halo(monkeypatch, tmp_path, b"") as (url, _, heads):
        error = fails(Request("POST", url, json=[], writes=True), allow_private=False)
    assert len(heads) == 1
    assert isinstance(error, AnswerLost)
