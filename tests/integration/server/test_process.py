"""`leastway serve` as a process: its first start, its lock, TLS, signals, a kill at any moment of the first start."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pty
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

pytestmark = pytest.mark.integration

TOKEN_LENGTH = len("lwt_") + 43


def _command(data: Path, *options: str) -> list[str]:
    listen = () if "--listen" in options else ("--listen", "127.0.0.1:0")
    return [sys.executable, "-m", "leastway", "serve", "--data", str(data), *listen, *options]


def _default_signals() -> None:
    """Undo what the shell of the test run may have set: a job in the background ignores SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def _serving(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a server, and give the process and its URL."""
    process = subprocess.Popen(
        _command(data, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_default_signals,  # noqa: PLW1509 - the child has one thread
    )
    try:
        assert process.stderr is not None
        yield process, _url(process.stderr.readline, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def _url(readline: object, process: subprocess.Popen[str]) -> str:
    assert callable(readline)
    read = []
    while line := readline():
        read.append(line)
        if line.startswith("leastway serves "):
            return str(line.split()[2])
    raise AssertionError(f"the server ended with {process.wait()}: {''.join(read)}")


def _get(url: str, path: str, token: str = "", context: ssl.SSLContext | None = None) -> tuple[int, object]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    connection = (
        http.client.HTTPSConnection(host, port, timeout=10, context=context)
        if context
        else http.client.HTTPConnection(host, port, timeout=10)
    )
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def _stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_a_first_start_gives_the_owner_a_token_that_works_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with _serving(data, "--organization", "acme") as (process, url):
        token = (data / "owner-token").read_text().strip()
        assert (data / "owner-token").stat().st_mode & 0o777 == 0o600
        assert data.stat().st_mode & 0o777 == 0o700
        assert len(token) == TOKEN_LENGTH
        status, user = _get(url, "/current-user", token)
        assert status == 200
        code, out, err = _stop(process)
    assert (code, out) == (0, "")
    assert "stopped" in err.splitlines()  # what is known of its identity may come later
    (data / "owner-token").unlink()
    with _serving(data) as (process, url):
        assert _get(url, "/current-user", token) == (200, user)
        code, out, err = _stop(process, signal.SIGINT)
    assert code == 0
    assert token not in out + err
    assert not (data / "owner-token").exists()
    assert token.encode() not in (data / "leastway.db").read_bytes()


def test_on_a_terminal_the_token_is_shown_and_not_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    mine, its = pty.openpty()
    process = subprocess.Popen(
        _command(data),
        stdout=its,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_default_signals,  # noqa: PLW1509 - the child has one thread
    )
    try:
        assert process.stderr is not None
        url = _url(process.stderr.readline, process)
        shown = os.read(mine, 10_000).decode().strip()
        assert len(shown) == TOKEN_LENGTH
        assert _get(url, "/current-user", shown)[0] == 200
        assert not (data / "owner-token").exists()
    finally:
        process.kill()
        process.communicate()
        os.close(mine)
        os.close(its)


def test_another_organization_is_added_while_the_server_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = [sys.executable, "-m", "leastway", "server", "add-organization", "--data", str(data)]
    with _serving(data) as (_, url):
        added = subprocess.run([*words, "globex"], capture_output=True, text=True, timeout=60, check=False)
        assert (added.returncode, added.stdout) == (0, ""), added.stderr
        token = (data / "owner-token-globex").read_text().strip()
        status, user = _get(url, "/current-user", token)
        assert status == 200
        assert isinstance(user, dict)
        assert user["roles"] == {"/orgs/globex": "administrator"}
        again = subprocess.run([*words, "globex"], capture_output=True, text=True, timeout=60, check=False)
        assert again.returncode == 1
        assert "the organization 'globex' exists already" in again.stderr
        assert (data / "owner-token-globex").read_text().strip() == token


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with _serving(data):
        second = subprocess.run(_command(data), capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"{data}: another leastway server uses this data folder" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--listen", "0.0.0.0:0"), 2, "plain HTTP would be served on 0.0.0.0"),
        (("--listen", "localhost"), 2, "'localhost' is not ADDRESS:PORT"),
        (("--run-user", "0:1000"), 2, "'0:1000' is not UID:GID"),
        (("--run-user", "nobody"), 2, "'nobody' is not UID:GID"),
        (("--run-user", "1000:0"), 2, "'1000:0' is not UID:GID"),
        (("--outgoing-address", "here"), 2, "'here' is not an IP address"),
        (("--run-image", "runs@sha256:0"), 2, "need --run-pods"),
        (("--run-private-network", "10.1.2.3/24"), 2, "'10.1.2.3/24' is not an address block"),
        (("--run-private-network", "169.254.169.254/32"), 2, "overlaps 169.254.0.0/16"),
        (("--run-private-network", "0.0.0.0/0"), 2, "overlaps 127.0.0.0/8"),
        (("--run-private-network", "::/0"), 2, "overlaps ::1/128"),
        (("--role", "signer"), 2, "the role signer needs a database that processes can share"),
        (("--organization", "Acme"), 2, "'Acme' is not a valid organization id"),
        (("--database", "postgresql+psycopg://u:p@127.0.0.1:1/x"), 2, "the database URL has a password"),
        (("--database", "postgresql+psycopg://u@127.0.0.1:1/x?password=p"), 2, "the database URL has a password"),
        (
            ("--database", "postgresql+psycopg://127.0.0.1:1/x?user=u&sslpassword=p"),
            2,
            "the database URL has a password",
        ),
        (("--database", "shop"), 2, "or LEASTWAY_DATABASE, is not a URL"),
        (("--database", "postgresql+psycopg://u@127.0.0.1:1/x"), 1, "its URL (--database, LEASTWAY_DATABASE)"),
        (("--database", "postgresql+psycopg://u@127.0.0.1:x/x"), 2, "LEASTWAY_DATABASE is not a valid database URL"),
    ],
)
def test_a_server_that_cannot_start_says_why(options: tuple[str, ...], code: int, message: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        _command(tmp_path / "data", *options), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == code, ended.stderr
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            _command(tmp_path / "data", "--listen", listen), capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert f"http://{listen}: cannot listen there" in ended.stderr


def test_tls_is_served_with_the_given_certificate_and_a_wrong_key_is_refused(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key, other = tmp_path / "certificate.pem", tmp_path / "key.pem", tmp_path / "other.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(other)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    data = tmp_path / "data"
    with _serving(data, "--tls-certificate", str(certificate), "--tls-key", str(key)) as (_, url):
        assert url.startswith("https://")
        assert _get(url, "/health", context=context) == (200, {"status": "ok"})
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert _get(url, "/health", context=context)[0] == 200
    options = ("--tls-certificate", str(certificate), "--tls-key", str(other))
    ended = subprocess.run(_command(data, *options), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "the certificate cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_request_in_flight_is_answered_before_the_server_stops(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with _serving(data) as (process, url):
        token = (data / "owner-token").read_text().strip()
        parts = urlsplit(url)
        body = b'{"name":"late","role":"member"}'
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            head = (
                f"POST /orgs/default/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            connection.sendall(head.encode())
            time.sleep(0.3)  # the request has begun: its body is missing
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(body)
            answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        process.communicate(timeout=30)
        assert process.returncode == 0


def test_a_server_that_is_killed_in_its_first_start_starts_again(tmp_path: Path) -> None:
    """Whenever it is killed, the next start has one organization and one owner with a token that somebody can read."""
    for number in range(3):
        data = tmp_path / str(number)
        process = subprocess.Popen(_command(data), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        database = data / "leastway.db"
        deadline = time.monotonic() + 30
        while not database.exists() and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(0.03 * number)
        process.kill()
        process.communicate()
        with _serving(data) as (_, url):
            token = (data / "owner-token").read_text().strip()
            assert _get(url, "/current-user", token)[0] == 200
        with contextlib.closing(sqlite3.connect(database)) as connection:
            assert connection.execute("SELECT COUNT(*) FROM organizations").fetchone() == (1,)
            assert connection.execute("SELECT COUNT(*) FROM users").fetchone() == (1,)
