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
    monkeypatch.setattr(serving, "_UNREAD", 0.2)
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
