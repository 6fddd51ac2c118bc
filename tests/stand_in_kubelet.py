"""A kubelet for tests, of a real API server: its pods are bubblewraps, and exec is served by the API server's protocol.

It binds every pod to its node, reports it as running, serves `exec` for the API server as a WebSocket
(`v5.channel.k8s.io`), and ends the programs of a pod that is deleted. An API server translates that protocol to SPDY
for kubelets unless a feature gate says otherwise, so it must be started with `PASSES_WEBSOCKETS`.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from leastway.errors import LeastwayError
from leastway.kube import Connection
from leastway.sandbox.kube.listener import HOST, ClusterAuthority
from tests.pods_here import command_in_pod

__all__ = ["PASSES_WEBSOCKETS", "StandInKubelet", "stand_in_kubelet"]

PASSES_WEBSOCKETS: Final = "--feature-gates=TranslateStreamCloseWebsocketRequests=false"
_NODE: Final = "node-1"
_PROTOCOL: Final = Subprotocol("v5.channel.k8s.io")


@dataclass
class StandInKubelet:
    """`options` are options of bubblewrap, for what the image has; `manifests` are all pods that there ever were."""

    admin: Connection
    options: tuple[str, ...] = ()
    manifests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    programs: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    is_full: bool = False
    """Whether pods are left waiting, as by a scheduler without a node for them."""

    def end(self, name: str, status: Mapping[str, Any] | None = None) -> None:
        """End a pod from outside, with a status."""
        if status is not None:
            path = f"/api/v1/namespaces/{self.manifests[name]['metadata']['namespace']}/pods/{name}/status"
            self.admin.request("PATCH", path, {"status": dict(status)}, media="application/merge-patch+json")
        for process in self.programs.pop(name, []):
            process.kill()

    def look(self) -> None:
        """Bind new pods, let them run, and end those that are gone."""
        there = set()
        for pod in self.admin.request("GET", "/api/v1/pods")["items"]:
            name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
            there.add(name)
            if name in self.manifests or self.is_full:
                continue
            path = f"/api/v1/namespaces/{namespace}/pods/{name}"
            target = {"apiVersion": "v1", "kind": "Node", "name": _NODE}
            self.admin.request("POST", f"{path}/binding", {"metadata": {"name": name}, "target": target})
            self.manifests[name] = pod
            state = {"name": "run", "image": "x", "imageID": "x", "ready": True, "restartCount": 0}
            started = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
            status = {"phase": "Running", "containerStatuses": [{**state, "state": started}]}
            self.admin.request("PATCH", f"{path}/status", {"status": status}, media="application/merge-patch+json")
        for name in set(self.programs) - there:
            self.end(name)

    def serve(self, connection: ServerConnection) -> None:
        """Serve one exec."""
        assert connection.request is not None
        parts = urlsplit(connection.request.path)
        _, _, _namespace, name, _container = parts.path.split("/")
        words = tuple(parse_qs(parts.query)["command"])
        pipe = subprocess.PIPE
        command = command_in_pod(self.manifests[name], words, *self.options)
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            self.programs.setdefault(name, []).append(process)
            assert process.stdin is not None
            readers = [
                threading.Thread(target=_pass_on, args=(connection, channel, source), daemon=True)
                for channel, source in ((1, process.stdout), (2, process.stderr))
            ]
            for reader in readers:
                reader.start()
            ending = threading.Thread(target=_end, args=(connection, process, readers), daemon=True)
            ending.start()
            with suppress(ConnectionClosed, OSError):
                for message in connection:
                    assert isinstance(message, bytes)
                    if message[0] == 0:
                        process.stdin.write(message[1:])
                        process.stdin.flush()
                    elif message[0] == 255:
                        break
            with suppress(OSError):
                process.stdin.close()  # the program sees it; nobody kills it, as by a real kubelet
            ending.join()


def _pass_on(connection: ServerConnection, channel: int, source: Any) -> None:
    with suppress(ConnectionClosed, OSError, ValueError):
        while content := source.read1(32768):
            connection.send(bytes((channel,)) + content)


def _end(connection: ServerConnection, process: subprocess.Popen[bytes], readers: list[threading.Thread]) -> None:
    code = process.wait()
    for reader in readers:
        reader.join()
    status = {"status": "Success"} if code == 0 else {"status": "Failure", "message": f"exit code {code}"}
    with suppress(ConnectionClosed, OSError):
        connection.send(b"\3" + json.dumps(status).encode())
        connection.close()


@contextmanager
def stand_in_kubelet(admin: Connection, *options: str) -> Iterator[StandInKubelet]:
    """Let a node exist for the block, whose kubelet is this one."""
    kubelet = StandInKubelet(admin, options)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            with suppress(LeastwayError):  # a pod may be gone in the meantime
                kubelet.look()

    with _listening(kubelet) as port:
        node = {
            "addresses": [{"type": "InternalIP", "address": HOST}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        }
        admin.request("POST", "/api/v1/nodes", {"metadata": {"name": _NODE}})
        path = f"/api/v1/nodes/{_NODE}/status"
        admin.request("PATCH", path, {"status": node}, media="application/merge-patch+json")
        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield kubelet
        finally:
            over.set()
            thread.join()
            for name in list(kubelet.programs):
                kubelet.end(name)
            admin.request("DELETE", f"/api/v1/nodes/{_NODE}")


@contextmanager
def _listening(kubelet: StandInKubelet) -> Iterator[int]:
    own = ClusterAuthority().issue(HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "tls.crt"), Path(folder, "tls.key")
        chain.write_bytes(own.cert_chain_pems[0].bytes())
        key.write_bytes(own.private_key_pem.bytes())
        context.load_cert_chain(chain, key)
    server: Server
    with serve(
        kubelet.serve, HOST, 0, ssl=context, subprotocols=[_PROTOCOL], compression=None, max_size=None
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()
