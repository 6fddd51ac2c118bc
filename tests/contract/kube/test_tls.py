"""The server's certificate is valid only for its own CA and name."""

import secrets
import ssl
import urllib.request
from pathlib import Path

import pytest
import urllib3

from leastway.sandbox.kube.listener import ClusterAuthority
from tests.contract.kube.world.client import Client
from tests.contract.kube.world.stage import Stage


def test_the_ca_of_another_cluster_is_rejected(stage: Stage, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(ClusterAuthority().pem)
    client = Client(stage.server.endpoint, other, secrets.token_hex())
    with pytest.raises(urllib3.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get("/version")
    client.close()


def test_the_system_trust_store_is_rejected(stage: Stage) -> None:
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{stage.server.endpoint}/version", context=ssl.create_default_context())


def test_another_host_name_is_rejected(stage: Stage) -> None:
    context = ssl.create_default_context(cadata=stage.server.ca_pem.decode())
    host, port = stage.server.endpoint.removeprefix("https://").split(":")
    connection = urllib3.HTTPSConnectionPool(host, int(port), ssl_context=context, server_hostname="prod.example")
    with pytest.raises(urllib3.exceptions.MaxRetryError, match="Hostname mismatch"):
        connection.request("GET", "/version", retries=0)
    connection.close()


def test_plain_http_gets_no_cluster_answer(stage: Stage) -> None:
    plain = stage.server.endpoint.replace("https", "http")
    try:
        with urllib.request.urlopen(f"{plain}/version") as response:
            code = response.status
    except OSError as error:
        code = getattr(error, "code", 0)
        error.close() if hasattr(error, "close") else None
    assert code in (0, 400)
