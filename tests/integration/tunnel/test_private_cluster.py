"""A private cluster for real: kube-apiserver in a network namespace where only the agent can reach it, over wss."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from leastway.errors import LeastwayError
from leastway.kube import ClusterIdentity, OtherClusterError, cluster_identity, need_cluster
from leastway.tunnel import NoAgentError
from tests.integration.tunnel.private import Private, private_cluster
from tests.integration.tunnel.world import connected, proxy_url, until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_cluster(tmp_path_factory.mktemp("private")) as made:
        yield made


def _kubectl(private: Private, url: str, folder: Path, *arguments: str) -> list[str]:
    """Return kubectl's command. The kubeconfig has the proxy: for loopback, Go uses none of the environment."""
    cluster = {
        "server": private.endpoint,
        "certificate-authority-data": base64.b64encode(private.authority.encode()).decode(),
        "proxy-url": url,
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "prod",
        "clusters": [{"name": "prod", "cluster": cluster}],
        "users": [{"name": "prod", "user": {"token": "admin"}}],
        "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "prod"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    kubectl = Path(os.environ["KUBEBUILDER_ASSETS"]) / "kubectl"
    return [str(kubectl), "--kubeconfig", str(path), *arguments]


def test_only_the_agent_reaches_the_cluster(private: Private) -> None:
    port = urlsplit(private.endpoint).port or 0
    host = urlsplit(private.running.url).hostname or ""
    for address in ("127.0.0.1", f"{host.rpartition('.')[0]}.2"):
        with pytest.raises(OSError), socket.create_connection((address, port), timeout=2):  # noqa: PT011 - any will do
            pass


def test_without_an_agent_there_is_no_proxy(private: Private) -> None:
    with pytest.raises(NoAgentError), proxy_url(private.running.server):
        pass


def test_the_adapter_works_through_the_tunnel_and_knows_the_cluster(private: Private) -> None:
    with private.agent():
        until(lambda: connected(private.running.server) == 1)
        with proxy_url(private.running.server) as url:
            with private.connection(url) as connection:
                found = connection.request("GET", "/api/v1/namespaces")
                assert "kube-system" in {one["metadata"]["name"] for one in found["items"]}
                identity = cluster_identity(connection)
                need_cluster(connection, identity)
                with pytest.raises(OtherClusterError, match="uid of kube-system"):
                    need_cluster(connection, replace(identity, uid="0"))
                with pytest.raises(OtherClusterError, match="its CA"):
                    need_cluster(connection, ClusterIdentity("0" * 64, identity.uid))
            other = trustme.CA().cert_pem.bytes().decode()
            with (
                private.connection(url, other) as wrong,
                pytest.raises(LeastwayError, match="not signed by the cluster's CA"),
            ):
                wrong.request("GET", "/api/v1/namespaces")


def test_kubectl_lists_and_watches_while_agents_are_killed(private: Private, tmp_path: Path) -> None:
    with private.agent() as first:
        until(lambda: connected(private.running.server) == 1)
        with proxy_url(private.running.server) as url:
            listed = subprocess.run(
                _kubectl(private, url, tmp_path, "get", "namespaces", "-o", "name"),
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert "namespace/kube-system" in listed.stdout
            _create(private, url, tmp_path, "before-the-watch")
            command = _kubectl(private, url, tmp_path, "get", "configmaps", "-n", "default", "-w", "-o", "name")
            watch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            patience = threading.Timer(60, watch.kill)
            patience.start()
            try:
                assert watch.stdout is not None
                assert watch.stdout.readline().startswith("configmap/")
                _create(private, url, tmp_path, "during-the-watch")
                while "during-the-watch" not in (line := watch.stdout.readline()):
                    assert line, "the watch ended"
                with private.agent():
                    until(lambda: connected(private.running.server) == 2)
                    first.send_signal(signal.SIGKILL)
                    until(lambda: connected(private.running.server) == 1)
                    _create(private, url, tmp_path, "after-the-kill")
            finally:
                patience.cancel()
                watch.kill()
                watch.communicate()


def _create(private: Private, url: str, folder: Path, name: str) -> None:
    command = _kubectl(private, url, folder, "create", "configmap", name, "-n", "default")
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def test_an_agent_that_cannot_verify_the_server_says_so_and_sends_nothing(private: Private, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with private.agent("--ca", str(tmp_path / "other.pem")) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(3)]
    assert "the server's certificate is not valid for it" in lines[2]
    assert connected(private.running.server) == 0
