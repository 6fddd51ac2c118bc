"""A private cluster for real: kube-apiserver in a network namespace where only the agent can reach it, over wss."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from leastway.api import Listening, Running, run
from leastway.errors import LeastwayError
from leastway.kube import (
    ClusterIdentity,
    Connection,
    OtherClusterError,
    cluster_identity,
    need_cluster,
)
from leastway.ports import EksToken
from leastway.primitives import ProxyAddress, Secret
from leastway.sandbox.assets import find_assets
from leastway.service import ServerSettings, open_server
from leastway.tunnel import NoAgentError
from tests.integration.tunnel.world import agent_process, connected, key_file, proxy_url, register, until
from tests.running_server import RunningServer

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Private:
    """A cluster in a namespace, and a server that the namespace reaches."""

    running: RunningServer
    namespace: str
    endpoint: str
    authority: str
    server_ca: Path
    keys: Path

    @property
    def name(self) -> str:
        return urlsplit(self.endpoint).netloc

    @contextmanager
    def agent(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        """Run the agent in the namespace."""
        before = ("ip", "netns", "exec", self.namespace)
        url = self.running.url.replace("https:", "wss:")
        given = options or ("--ca", str(self.server_ca))
        with agent_process(url, key_file(self.keys, 1), "--target", self.name, *given, before=before) as process:
            yield process

    @contextmanager
    def connection(self, url: str, authority: str = "") -> Iterator[Connection]:
        """Connect to the cluster as leastway's adapter does."""
        encoded = base64.b64encode((authority or self.authority).encode()).decode()
        token = EksToken(Secret("admin"), datetime.now(UTC) + timedelta(hours=1))
        made = Connection(
            self.endpoint, encoded, lambda: token, where="prod", proxy=ProxyAddress.parse(url, where="tunnel")
        )
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace needs root and ip")
    if find_assets() is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    folder = tmp_path_factory.mktemp("private")
    with ExitStack() as opened:
        namespace, address = opened.enter_context(_namespace())
        endpoint, authority = opened.enter_context(_cluster(namespace))
        running = opened.enter_context(_server(folder, address))
        register(running, "prod", 1)
        yield Private(running, namespace, endpoint, authority, folder / "ca.pem", folder)


@contextmanager
def _namespace() -> Iterator[tuple[str, str]]:
    """A namespace with one way out, to an address of this machine."""
    number = os.getpid() % 250
    name, near, far = f"leastway-{os.getpid()}", f"lw{os.getpid()}a", f"lw{os.getpid()}b"
    ours, theirs = f"10.213.{number}.1", f"10.213.{number}.2"
    try:
        for command in (
            f"netns add {name}",
            f"link add {near} type veth peer name {far} netns {name}",
            f"address add {ours}/30 dev {near}",
            f"link set {near} up",
            f"-n {name} link set lo up",
            f"-n {name} address add {theirs}/30 dev {far}",
            f"-n {name} link set {far} up",
            f"-n {name} route add default via {ours}",
        ):
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        pytest.skip(f"a network namespace cannot be made here: {error}")
    try:
        yield name, ours
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", near], check=False, capture_output=True)


@contextmanager
def _cluster(namespace: str) -> Iterator[tuple[str, str]]:
    command = ["ip", "netns", "exec", namespace, sys.executable, "-m", "tests.integration.tunnel.cluster"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        yield found["endpoint"], found["ca"]
    finally:
        try:
            process.communicate(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def _server(folder: Path, address: str) -> Iterator[RunningServer]:
    """A server with TLS on an address that the namespace reaches."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    made = authority.issue_cert(address)
    made.private_key_pem.write_to_path(str(folder / "server.key"))
    (folder / "server.pem").write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
    started, found, told = threading.Event(), list[Running](), list[Secret]()

    def ready(one: Running) -> None:
        found.append(one)
        started.set()

    listening = Listening(address, 0, folder / "server.pem", folder / "server.key")
    with open_server(ServerSettings(folder / "data", organization="acme"), told.append) as server:
        thread = threading.Thread(target=run, args=(server, listening, ready))
        thread.start()
        try:
            assert started.wait(30)
            yield _Tls(server, found[0].url, told[0], folder / "ca.pem")
        finally:
            for one in found:
                one.stop()
            thread.join(40)


@dataclass(frozen=True)
class _Tls(RunningServer):
    """Requests over TLS."""

    authority: Path

    def request(self, method: str, path: str, body: object = None, **_more: object):  # type: ignore[no-untyped-def]
        import http.client
        import ssl

        from tests.running_server import Answer

        parts = urlsplit(self.url)
        context = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port or 0, timeout=30, context=context)
        headers = {"Authorization": f"Bearer {self.owner.reveal()}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


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
