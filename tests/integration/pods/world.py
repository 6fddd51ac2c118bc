"""A cluster in which sandboxes are pods, with what its documentation gives the server, and a server with such runs."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.isolation import ClusterAccess, Host, PodPlace
from leastway.kube import Connection
from leastway.kube.pods import connect_pods
from leastway.primitives import Secret
from leastway.sandbox import Sandbox
from leastway.sandbox.kube import KubeUser
from leastway.sandbox.kube.real import RealKubeServer
from leastway.service.settings import RunPods
from tests.integration.isolation.running import Shell
from tests.integration.kubeadapter.world import Cluster
from tests.integration.runs.world import World, open_world

__all__ = ["PodWorld", "kubeconfig_of", "runs_in_pods"]

SERVER = KubeUser("leastway-server")
RULES = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "delete", "get", "list"]},
    {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]},
    {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["create", "get", "patch"]},
]


@dataclass
class PodWorld:
    """A cluster with a restricted namespace, and a folder whose sandboxes are pods of `image` in it."""

    cluster: Cluster
    folder: Path
    image: str
    namespace: str = field(default_factory=lambda: f"runs-{secrets.token_hex(4)}")
    place: PodPlace = field(init=False)
    shell: Shell = field(init=False)

    def __post_init__(self) -> None:
        cluster, namespace = self.cluster, self.namespace
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        cluster.create("namespaces", namespace, metadata={"labels": labels})
        cluster.create("roles", "leastway-runs", namespace, rules=RULES)
        group = "rbac.authorization.k8s.io"
        cluster.create(
            "rolebindings",
            "leastway-runs",
            namespace,
            roleRef={"apiGroup": group, "kind": "Role", "name": "leastway-runs"},
            subjects=[{"kind": "User", "name": SERVER.username, "apiGroup": group}],
        )
        cluster.users.known[SERVER.username] = SERVER
        access = ClusterAccess(
            endpoint=cluster.server.endpoint,
            authority=base64.b64encode(cluster.server.ca_pem).decode(),
            token=Secret(SERVER.username),
        )
        self.place = PodPlace(
            cluster=access, namespace=namespace, image=self.image, folder=self.folder, start_within=120
        )
        self.shell = Shell(self.folder / "run", Host.of_pods(self.place).connected(connect_pods))
        self.shell.folder.mkdir()

    @property
    def server(self) -> RealKubeServer:
        assert isinstance(self.cluster.server, RealKubeServer)
        return self.cluster.server

    @property
    def admin(self) -> Connection:
        return self.cluster.admin

    def pods(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin.request("GET", f"/api/v1/namespaces/{self.namespace}/pods")["items"]
        return found

    def delete(self, pod: dict[str, Any]) -> None:
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod['metadata']['name']}"
        self.admin.request("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0})


def kubeconfig_of(endpoint: str, authority: str, token: str) -> object:
    """Return a kubeconfig with one context."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }


@contextmanager
def runs_in_pods(world: PodWorld) -> Iterator[World]:
    """Start a server in the folder of these pods, whose image has the tools of the folder."""
    config = world.folder / "kubeconfig"
    access = world.place.cluster
    config.write_text(json.dumps(kubeconfig_of(access.endpoint, access.authority, SERVER.username)))
    pods = RunPods(world.namespace, world.image, kubeconfig=config)
    with (
        Sandbox(small_kubernetes=True) as sandbox,
        pytest.MonkeyPatch.context() as patch,
        open_world(world.folder, sandbox, patch, run_pods=pods) as found,
    ):
        yield found
