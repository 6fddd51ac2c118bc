import socket
from collections.abc import Iterator

import pytest

from leastway.errors import LeastwayError
from leastway.kube import Connection
from leastway.kube.unreachable import unreachable
from leastway.sandbox.kube.listener import ClusterAuthority
from tests.unit.kube.test_connection import Signer


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"


def failure(endpoint: str) -> LeastwayError:
    connection = Connection(endpoint, ClusterAuthority().pem_base64, Signer(), where="a/b/c", timeout=(0.2, 0.2))
    with pytest.raises(LeastwayError) as failed:
        connection.request("GET", "/x")
    connection.close()
    return failed.value


def test_a_closed_port_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    error = failure(f"https://127.0.0.1:{port}")
    assert error.what == f"https://127.0.0.1:{port} cannot be reached"
    assert "if its endpoint is private" in (error.fix or "")


def test_a_silent_endpoint_times_out(silent: str) -> None:
    assert "does not answer in time" in failure(silent).what


@pytest.mark.parametrize(
    ("addresses", "fix"),
    [
        (["10.0.1.5", "10.0.2.5"], "its endpoint is private: run leastway inside its network"),
        (["10.0.1.5", "198.18.0.1", "8.8.8.8"], "check the route from this network"),
        (["127.0.0.1"], "check the route from this network"),
        (["fd00::1"], "its endpoint is private"),
    ],
)
def test_a_private_endpoint_is_recognized_by_its_addresses(
    addresses: list[str], fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(2, 1, 6, "", (address, 443)) for address in addresses])
    error = unreachable(TimeoutError(), "https://abc.gr7.eu-central-1.eks.amazonaws.com", "a/b/c")
    assert (error.fix or "").startswith(fix)


def test_an_unknown_host_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("urllib3.util.connection.socket.getaddrinfo", unknown)
    error = failure("https://abc.gr7.eu-central-1.eks.amazonaws.com")
    assert "the host name of https://abc.gr7.eu-central-1.eks.amazonaws.com cannot be resolved" in error.what
