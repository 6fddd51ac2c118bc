"""Connections: TLS is always verified, and requests name leastway as their user agent."""

import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from leastway import __version__
from leastway.aws import Accounts, Door, KeyPair
from leastway.aws.connections import PATIENCE, ConnectionPools
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.primitives import Secret, SystemClock, is_loopback
from tests.unit.connect_proxy import connect_proxy

ACCOUNT, REGION = "111122223333", "eu-central-1"
DOOR = Door(ACCOUNT, REGION, KeyPair("AKIDEXAMPLE", Secret("secret")))
ANSWER = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/x</Arn><UserId>AIDAX</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
).encode()


class MovingClock(SystemClock):
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


class Sts(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    agents: list[str]
    connections: set[tuple[str, int]]

    def do_POST(self) -> None:
        type(self).agents.append(self.headers["User-Agent"])
        type(self).connections.add(self.client_address)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the standard library's name
        pass


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def sts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Start an STS with its own certificate; yield the certificate's path."""
    Sts.agents, Sts.connections = [], set()
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sts)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{server.server_address[1]}")
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    yield path
    server.shutdown()
    server.server_close()


def test_an_unverified_certificate_is_an_error_without_retries(sts: Path) -> None:
    started = time.monotonic()
    with pytest.raises(LeastwayError, match=r"the TLS certificate of 127\.0\.0\.1 could not be verified") as caught:
        Accounts([DOOR]).identity(ACCOUNT)
    assert time.monotonic() - started < 20
    assert "AWS_CA_BUNDLE" in (caught.value.fix or "")
    assert Sts.agents == []


def test_an_endpoint_that_was_never_reached_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", origin)
        monkeypatch.setattr("leastway.aws.connections.PATIENCE", 0.1)
        started = time.monotonic()
        with pytest.raises(LeastwayError, match=f"could not connect to {origin}") as caught:
            Accounts([DOOR]).identity(ACCOUNT)
    assert 0.1 <= time.monotonic() - started < 10 * PATIENCE  # a busy machine takes its time
    assert "AWS_ENDPOINT_URL" in (caught.value.fix or "")


@pytest.mark.parametrize(
    ("answers", "what"),
    [(False, "accepts connections but does not respond"), (True, "closes connections without responding")],
    ids=["silent", "closing"],
)
def test_an_endpoint_that_never_responds_is_given_up_soon(
    answers: bool, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.aws.connections.READ_TIMEOUT", 0.2)
    clock = MovingClock()
    connections = ConnectionPools(None, clock)
    with socket.create_server(("127.0.0.1", 0)) as server:
        request = AWSRequest("POST", f"http://127.0.0.1:{server.getsockname()[1]}", data=b"x").prepare()

        def close(number: int) -> None:
            for _ in range(number):
                server.accept()[0].close()

        closing = threading.Thread(target=close, args=(2 if answers else 0,))
        closing.start()
        with pytest.raises(ConnectionClosedError if answers else ReadTimeoutError):
            connections.send(request)
        clock.seconds += PATIENCE
        with pytest.raises(LeastwayError, match=what):
            connections.send(request)
        closing.join()


def test_an_endpoint_that_responded_once_is_retried_by_botocores_rules() -> None:
    Sts.agents, Sts.connections = [], set()
    server = http.server.HTTPServer(("127.0.0.1", 0), Sts)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    clock = MovingClock()
    connections = ConnectionPools(None, clock)
    request = AWSRequest("POST", url, headers={"User-Agent": "x", "Connection": "close"}, data=b"x").prepare()
    answering = threading.Thread(target=server.handle_request)
    answering.start()
    assert connections.send(request).status_code == 200
    answering.join()
    server.server_close()
    for _ in range(3):
        with pytest.raises(EndpointConnectionError):
            connections.send(request)
        clock.seconds += PATIENCE


def test_the_ca_bundle_of_the_environment_is_used(sts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(sts))
    assert Accounts([DOOR]).identity(ACCOUNT).arn == f"arn:aws:iam::{ACCOUNT}:user/x"
    assert f"leastway/{__version__}" in Sts.agents[0]


def test_the_clients_of_a_session_share_their_connections(sts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(sts))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    session = LendingSession()
    for _ in range(3):
        session.client("sts", REGION).get_caller_identity()
    assert len(Sts.agents) == 3
    assert len(Sts.connections) == 1


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("169.254.169.254", False),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_loopback_includes_only_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_pretended_address_is_refused_outside_loopback() -> None:
    session = LendingSession(source_address="203.0.113.7")
    request = type("Request", (), {"url": "https://sts.amazonaws.com/", "headers": {}})()
    with pytest.raises(LeastwayError, match="rehearsals on loopback only"):
        session.get_component("event_emitter").emit("before-sign.sts.GetCallerIdentity", request=request)


@pytest.mark.parametrize(
    ("user", "url"),
    [
        ("", "{place}"),
        ("jane:p@ss", "http://jane:p%40ss@{place}"),
        ("jane:p@ss", "jane:p%40ss@{place}"),
    ],
    ids=["without scheme", "with credentials", "with credentials and without scheme"],
)
def test_a_call_goes_through_the_proxy_of_the_environment(
    sts: Path, monkeypatch: pytest.MonkeyPatch, user: str, url: str
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(sts))
    with connect_proxy(user) as proxy:
        through(monkeypatch, url.format(place=proxy.place))
        assert Accounts([DOOR]).identity(ACCOUNT).arn == f"arn:aws:iam::{ACCOUNT}:user/x"
        assert len(proxy.tunnels) == 1


@pytest.mark.parametrize("url", ["socks5://jane:secret@127.0.0.1:9", "ftp://jane:secret@127.0.0.1:9"])
def test_an_unusable_proxy_is_an_error_without_retries(sts: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    through(monkeypatch, url)
    began = time.monotonic()
    with pytest.raises(LeastwayError, match="proxy") as caught:
        Accounts([DOOR]).identity(ACCOUNT)
    assert time.monotonic() - began < 20
    assert "HTTPS_PROXY" in (caught.value.fix or "")
    assert "secret" not in str(caught.value)


def through(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
