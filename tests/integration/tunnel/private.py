"""A private cluster: kube-apiserver in a network namespace where only an agent can reach it, over wss to a server."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from leastway.api import Listening, Running, run
from leastway.kube import Connection
from leastway.ports import EksToken
from leastway.primitives import ProxyAddress, Secret
from leastway.sandbox.assets import find_assets
from leastway.service import ServerSettings, open_server
from leastway.service.aws_access import AwsAccess
from tests.integration.tunnel.world import agent_process, key_file, register
from tests.running_server import Answer, RunningServer

ROOT = Path(__file__).parents[3]
Access = Callable[[str, str], AwsAccess]
"""Gives what a server knows of AWS, from the cluster's endpoint and its CA as EKS gives it."""


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
    def agent(self, *options: str, proxy: str | None = None) -> Iterator[subprocess.Popen[str]]:
        """Run the agent in the namespace, with an HTTP proxy if one is named."""
        before: tuple[str, ...] = ("ip", "netns", "exec", self.namespace)
        if proxy is not None:
            before = (*before, "env", f"HTTPS_PROXY=http://{proxy}")
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


@contextmanager
def private_cluster(folder: Path, access: Access | None = None) -> Iterator[Private]:
    """Open a cluster in a namespace of its own, and a server with an agent `prod`; skip where that cannot be done."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace needs root and ip")
    if find_assets() is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    with ExitStack() as opened:
        namespace, address = opened.enter_context(_namespace())
        endpoint, authority = opened.enter_context(_cluster(namespace))
        if access is not None:
            known = access(endpoint, base64.b64encode(authority.encode()).decode())
            patch = opened.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(AwsAccess, "ambient", lambda *_: known)
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

    def request(self, method: str, path: str, body: object = None, **_more: object) -> Answer:
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
