"""A deployment of 200 objects by `kube.deploying` beside `kubectl apply --server-side` of the same manifests.

Both apply to one real kube-apiserver as the same user: into new namespaces, again without a change, and with other
images of the Deployments, the two by turns; first on loopback, then as if the cluster were 10 ms away. Goal: no slower
than kubectl. kubectl starts for each deployment; leastway's server runs already. Processor time is that of the two
clients, on loopback.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.distance import away
from leastway.kube import Connection
from leastway.kube.deploying import ObjectName, apply
from leastway.primitives import Secret
from leastway.sandbox.assets import VARIABLE, Assets, find_assets
from leastway.sandbox.kube.real import RealKubeServer
from leastway.workloads import Place, objects_of, read_workload

OBJECTS = 200
ROUNDS = 4
CASES = {
    "created": ("registry.example.com/shop:1", OBJECTS),
    "unchanged": ("registry.example.com/shop:1", 0),
    "with new images": ("registry.example.com/shop:2", OBJECTS // 5),
}
"""What is applied in turn: the image of its Deployments, and how many objects that changes."""
DISTANCE = 0.005
"""Seconds on the way to the API server, and again on the way back."""


@dataclass(frozen=True)
class _Token:
    token: Secret
    expires: dt.datetime = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class _Nobody:
    """An authenticator that knows nobody: the user of the benchmark is in the API server's own file."""

    async def authenticate(self, _token: str) -> None:
        return None


def main() -> None:
    """Print the medians and their ratio, on loopback and at a distance."""
    assets = find_assets()
    kubectl = None if assets is None else assets.kube_apiserver.parent / "kubectl"
    if assets is None or kubectl is None or not kubectl.exists():
        print(f"{VARIABLE} names no kube-apiserver and kubectl: nothing was measured")
        return
    with _cluster(assets) as server, tempfile.TemporaryDirectory() as name:
        _measure(server, server.endpoint, kubectl, Path(name), "on loopback")
        with away(server.endpoint, DISTANCE) as endpoint:
            _measure(server, endpoint, kubectl, Path(name), f"{2000 * DISTANCE:.0f} ms away")


def _measure(server: RealKubeServer, endpoint: str, kubectl: Path, folder: Path, where: str) -> None:
    config, connection = _kubeconfig(folder, server, endpoint), _connection(server, endpoint)
    times: dict[tuple[str, str], list[float]] = {}
    processor: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 1):  # the first round warms both up
        for way in ("leastway", "kubectl")[:: -1 if number % 2 else 1]:
            namespace = f"{way}-{number}-{where.replace(' ', '-')}"
            connection.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
            known: dict[ObjectName, str] = {}
            for what, (image, expected) in CASES.items():
                manifests = _manifests(namespace, image)
                file = folder / "manifests.json"
                file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}))
                began, worked = time.monotonic(), _processor_time()
                if way == "leastway":
                    applied = list(apply(connection, manifests, known))
                    assert sum(one.is_changed for one in applied) == expected
                    known = {one.name: one.uid for one in applied}
                else:
                    _kubectl(kubectl, config, file)
                if number:
                    times.setdefault((way, what), []).append(time.monotonic() - began)
                    processor.setdefault((way, what), []).append(_processor_time() - worked)
    connection.close()
    for what in CASES:
        ours, theirs = times["leastway", what], times["kubectl", what]
        ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
        print(
            f"{OBJECTS} objects {what}, {where}: leastway {statistics.median(ours):.2f} s, kubectl apply --server-side "
            f"{statistics.median(theirs):.2f} s, ratio {ratio:.2f} (goal: at most 1)",
            flush=True,
        )
        if "loopback" in where:
            ours, theirs = processor["leastway", what], processor["kubectl", what]
            print(f"    processor: {statistics.median(ours):.2f} s, {statistics.median(theirs):.2f} s", flush=True)


@contextmanager
def _cluster(assets: Assets) -> Iterator[RealKubeServer]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = RealKubeServer("benchmark", lambda _: _Nobody(), assets)
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(120)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(120)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _processor_time() -> float:
    """Return the seconds that this process, and its children that have ended, have used."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _manifests(namespace: str, image: str) -> list[dict[str, Any]]:
    """Return workloads of five objects each: ServiceAccount, ConfigMap, Secret, Deployment, Service."""
    found: list[dict[str, Any]] = []
    for number in range(OBJECTS // 5):
        module = {
            "containers": {
                "main": {
                    "image": image,
                    "variables": {"MODE": "production", "PASSWORD": Secret("not-a-real-password")},
                    "files": {"/etc/shop/settings.ini": {"value": "[shop]\ncolour = blue\n"}},
                    "resources": {"limits": {"memory": "64Mi"}},
                }
            },
            "service": {"ports": {"www": {"service_port": 80, "container_port": 8080}}},
        }
        place = Place("shop", "development", namespace, {}, {}, Secret("k" * 32))
        found += [_plain(one) for one in objects_of(read_workload(f"shop-{number}", module), place)]
    assert len(found) == OBJECTS
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _connection(server: RealKubeServer, endpoint: str) -> Connection:
    token = _Token(Secret(server._token))
    return Connection(endpoint, base64.b64encode(server.ca_pem).decode(), lambda: token)


def _kubeconfig(folder: Path, server: RealKubeServer, endpoint: str) -> Path:
    cluster = {"server": endpoint, "certificate-authority-data": base64.b64encode(server.ca_pem).decode()}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"token": server._token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(config))
    file.chmod(0o600)
    return file


def _kubectl(kubectl: Path, config: Path, file: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(file.parent), "KUBECONFIG": str(config)}
    command: list[str | Path] = [kubectl, "apply", "--server-side", "--filename", file]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        sys.exit(done.stderr)
