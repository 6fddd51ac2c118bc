"""Where a server may listen."""

import re
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from leastway.api import Listening, serving
from leastway.errors import InvalidInputError
from leastway.registry import RunLine
from tests.databases import new_sqlite
from tests.running_server import running_server
from tests.runs import NOW, run_of

CERTIFICATE, KEY = Path("certificate.pem"), Path("key.pem")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_plain_http_is_served_on_loopback(host: str) -> None:
    Listening(host, 1)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "fe80::1"])
def test_plain_http_is_refused_elsewhere(host: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(f"plain HTTP would be served on {host}")):
        Listening(host, 1)
    Listening(host, 1, CERTIFICATE, KEY)


@pytest.mark.parametrize(("certificate", "key"), [(CERTIFICATE, None), (None, KEY)])
def test_a_certificate_without_its_key_is_refused(certificate: Path | None, key: Path | None) -> None:
    with pytest.raises(InvalidInputError, match="TLS needs a certificate and its key"):
        Listening("127.0.0.1", 1, certificate, key)


def test_a_name_is_refused_because_it_may_be_any_address() -> None:
    with pytest.raises(InvalidInputError, match="'localhost' is not an IP address"):
        Listening("localhost", 1)


def test_the_url_of_an_address() -> None:
    assert Listening("::1", 80).url == "http://[::1]:80"
    assert Listening("127.0.0.1", 443, CERTIFICATE, KEY).url == "https://127.0.0.1:443"


@pytest.mark.parametrize("accepted", ["application/json", "text/event-stream"])
def test_clients_that_read_nothing_do_not_keep_a_server_that_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accepted: str
) -> None:
    monkeypatch.setattr(serving, "_IDLE", 0.2)
    new_sqlite(tmp_path / "leastway.db")
    lines = [RunLine(number, NOW, "plan", "x" * 20_000) for number in range(1, 1001)]  # more than any socket holds
    with socket.socket() as client:
        with running_server(tmp_path) as running:
            with running.server.store.writing() as transaction:
                transaction.runs.add(run_of("r1"))
                transaction.runs.add_lines("r1", lines)
            parts = urlsplit(running.url)
            client.connect((parts.hostname, parts.port))
            token = running.owner.reveal()
            head = f"Host: x\r\nAccept: {accepted}\r\nAuthorization: Bearer {token}"
            client.sendall(f"GET /orgs/acme/runs/r1/log HTTP/1.1\r\n{head}\r\n\r\n".encode())
            assert client.recv(12) == b"HTTP/1.1 200"
            began = time.monotonic()
        assert time.monotonic() - began < serving._GRACE / 2


def test_a_body_that_does_not_end_does_not_keep_a_server_that_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "_IDLE", 0.2)
    new_sqlite(tmp_path / "leastway.db")
    with socket.socket() as client:
        with running_server(tmp_path) as running:
            parts = urlsplit(running.url)
            client.connect((parts.hostname, parts.port))
            head = f"Host: x\r\nContent-Type: application/json\r\nAuthorization: Bearer {running.owner.reveal()}"
            expects = "Expect: 100-continue\r\nContent-Length: 9"
            client.sendall(f"POST /orgs/acme/env-types HTTP/1.1\r\n{head}\r\n{expects}\r\n\r\n".encode())
            assert client.recv(12) == b"HTTP/1.1 100"  # the body is waited for
            began = time.monotonic()
        assert time.monotonic() - began < serving._GRACE / 2
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "begin",
    [
        "GET /health HTTP/1.1\r\nHost: x\r\nX: ",
        "GET /",
        "POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ",
    ],
)
def test_the_head_of_a_request_is_bounded(tmp_path: Path, begin: str) -> None:
    new_sqlite(tmp_path / "leastway.db")
    with running_server(tmp_path) as running, socket.socket() as client:
        parts = urlsplit(running.url)
        client.connect((parts.hostname, parts.port))
        client.settimeout(60)
        client.sendall(begin.encode())
        with pytest.raises(ConnectionError):
            client.sendall(b"a" * 20_000_000)
        assert running.request("GET", "/health").status == 200
        assert running.request("GET", "/health", headers={"X": "a" * 50_000}).status == 200
