"""The real controllers of Deployments and ReplicaSets, and kwok as the kubelet of their pods, for a real API server.

No scheduler is built: a thread binds each pod to the one node. `tests/kwok/stages.yaml` says what becomes of a pod.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from leastway.errors import LeastwayError
from leastway.kube import Connection
from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube.real import RealKubeServer

__all__ = ["real_controllers"]

_STAGES: Final = Path(__file__).with_name("kwok") / "stages.yaml"
_NODE: Final = "node-1"


@contextmanager
def real_controllers(server: RealKubeServer, admin: Connection, token: str, folder: Path) -> Iterator[None]:
    """Run them for the block, with the administrator's token. They skip where they are not built."""
    assets = find_assets()
    assert assets is not None
    controllers, kwok = assets.kube_apiserver.with_name("workload-controllers"), shutil.which("kwok")
    if not controllers.exists():
        pytest.skip("KUBEBUILDER_ASSETS has no workload-controllers: see docs/kube-assets.md")
    if kwok is None:
        pytest.skip("kwok is not on PATH: see docs/kube-assets.md")
    config = folder / "config"
    config.write_text(json.dumps(_kubeconfig(server, token)))
    options = ["--kubeconfig", str(config), "--config", str(_STAGES), "--manage-all-nodes=true"]
    with _running([str(controllers), str(config)], folder), _running([kwok, *options], folder), _scheduler(admin):
        admin.request("POST", "/api/v1/nodes", {"metadata": {"name": _NODE}})
        try:
            yield
        finally:
            admin.request("DELETE", f"/api/v1/nodes/{_NODE}")


def _kubeconfig(server: RealKubeServer, token: str) -> object:
    authority = base64.b64encode(server.ca_pem).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": server.endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    log = folder / f"{Path(command[0]).name}.log"
    environment = {**os.environ, "HOME": str(folder)}  # kwok reads ~/.kwok
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            yield
            assert process.poll() is None, log.read_text()
        finally:
            process.terminate()


@contextmanager
def _scheduler(admin: Connection) -> Iterator[None]:
    """Bind every pod to the node."""
    over = threading.Event()
    target = {"apiVersion": "v1", "kind": "Node", "name": _NODE}

    def bind() -> None:
        while not over.wait(0.1):
            with suppress(LeastwayError):  # a pod may end in the meantime
                for pod in admin.request("GET", "/api/v1/pods", query={"fieldSelector": "spec.nodeName="})["items"]:
                    head = {name: pod["metadata"][name] for name in ("name", "namespace")}
                    path = f"/api/v1/namespaces/{head['namespace']}/pods/{head['name']}/binding"
                    admin.request("POST", path, {"metadata": head, "target": target})

    thread = threading.Thread(target=bind)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
