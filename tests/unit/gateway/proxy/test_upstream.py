"""Which hosts the operator overrides, and where requests claim a source address."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from leastway.errors import InvalidInputError, LeastwayError
from leastway.gateway.proxy import upstream
from leastway.gateway.proxy.upstream import AddressRefusedError, Endpoint, Outside, UpstreamError, Upstreams
from leastway.orchestrator.machinery import _outside
from leastway.service import ServerSettings
from leastway.service.run_settings import run_settings


def test_an_override_is_for_its_host_or_for_all() -> None:
    here, all_others = Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)
    assert Outside({"a": here}).endpoint("b") is None
    assert Outside({"a": here, "*": all_others}).endpoint("a") == here
    assert Outside({"a": here, "*": all_others}).endpoint("b") == all_others


def test_a_source_address_is_claimed_at_the_overridden_host_alone() -> None:
    upstreams = Upstreams(Outside({"a": Endpoint("127.0.0.1", 1, source="192.0.2.1"), "b": Endpoint("127.0.0.1", 1)}))
    assert upstreams.claimed("a") == (("x-forwarded-for", "192.0.2.1"),)
    assert upstreams.claimed("b") == upstreams.claimed("sts.amazonaws.com") == ()


def test_a_source_address_is_not_claimed_off_this_machine() -> None:
    with pytest.raises(LeastwayError, match="loopback only"):
        Endpoint("192.0.2.7", 443, source="192.0.2.1")


@pytest.mark.parametrize(
    ("address", "is_reached"),
    [
        ("10.1.2.3", True),
        ("fd00:1::7", True),
        ("10.1.3.3", False),
        ("::ffff:10.1.2.3", False),
        ("169.254.169.254", False),
    ],
)
def test_endpoints_in_networks_that_the_operator_lists_are_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, is_reached: bool
) -> None:
    settings = ServerSettings(tmp_path, run_private_networks=("10.1.2.0/24", "fd00:1::/64"))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    upstreams = Upstreams(_outside(run_settings(settings)))
    asked: list[object] = []

    def connect(where: object, *_: object) -> None:
        asked.append(where)
        raise OSError("nobody is there")

    monkeypatch.setattr(upstream, "resolved", lambda host, port: (address,))
    monkeypatch.setattr("socket.create_connection", connect)
    error = OSError if is_reached else AddressRefusedError
    with pytest.raises(error, match="nobody is there" if is_reached else "not a public address"):
        upstreams._connect_public("sts.eu-central-1.amazonaws.com", 443)
    assert asked == ([(address, 443)] if is_reached else [])


@pytest.mark.parametrize(("name", "is_reached"), [("127.0.0.1", True), ("sts.eu-central-1.amazonaws.com", False)])
def test_an_https_endpoint_on_this_machine_stands_for_aws_by_its_own_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_reached: bool
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    said: list[bytes] = []

    def serve() -> None:
        with listener.accept()[0] as accepted:
            try:
                with context.wrap_socket(accepted, server_side=True) as connection:
                    said.append(connection.recv(5))
            except OSError:  # the client does not accept the certificate
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve)
        serving.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        upstreams = Upstreams(_outside(run_settings(ServerSettings(tmp_path))))
        if is_reached:
            opened = upstreams.open("sts.eu-central-1.amazonaws.com")
            opened.connection.sendall(b"hello")
            opened.close()
        else:
            with pytest.raises(UpstreamError, match="cannot be verified"):
                upstreams.open("sts.eu-central-1.amazonaws.com")
        serving.join()
    assert said == ([b"hello"] if is_reached else [])


def test_an_https_endpoint_on_this_machine_needs_a_bundle_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://localhost")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with pytest.raises(InvalidInputError, match="AWS_ENDPOINT_URL: it is https on this machine, so AWS_CA_BUNDLE must"):
        run_settings(ServerSettings(tmp_path))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(InvalidInputError, match=r"missing\.pem: cannot be read"):
        run_settings(ServerSettings(tmp_path))
    (tmp_path / "missing.pem").write_text("no certificate")
    with pytest.raises(InvalidInputError, match=r"missing\.pem: has no certificates in PEM"):
        run_settings(ServerSettings(tmp_path))
    trustme.CA().cert_pem.write_to_path(tmp_path / "missing.pem")
    outside = _outside(run_settings(ServerSettings(tmp_path)))
    pem = (tmp_path / "missing.pem").read_text()
    assert outside.endpoint("sts.amazonaws.com") == Endpoint("localhost", 443, pem)


@pytest.mark.parametrize(("url", "port"), [("https://127.0.0.1", 443), ("HTTPS://127.0.0.1:1", 1)])
def test_an_https_endpoint_is_spoken_to_by_tls_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, port: int
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    found = _outside(run_settings(ServerSettings(tmp_path))).endpoint("sts.amazonaws.com")
    assert found is not None
    assert (found.port, found.ca is not None) == (port, True)


def test_comments_of_a_bundle_may_have_any_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = trustme.CA().cert_pem.bytes()
    (tmp_path / "ca.pem").write_bytes("# Autorit\u00e9\n".encode() + pem)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://localhost")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    found = _outside(run_settings(ServerSettings(tmp_path))).endpoint("sts.amazonaws.com")
    assert found is not None
    assert found.ca == "# Autorit\n" + pem.decode()


def test_a_connection_that_is_cut_is_never_taken_for_one_that_ended() -> None:
    assert not upstream.tls_context(None).options & ssl.OP_IGNORE_UNEXPECTED_EOF
