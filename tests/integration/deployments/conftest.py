"""One real API server, one server of the platform, and one agent between them, for all tests of the folder."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import pytest

from leastway.kube import Connection
from leastway.kube.deploying import watch_rollouts
from leastway.orchestrator.deploying import cluster_work
from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube import KubeUser
from leastway.sandbox.kube.real import RealKubeServer
from leastway.service.aws_access import AwsAccess
from tests.contract.kube.world.stage import CLUSTER, Loop
from tests.integration.deployments.platform import Clusterside
from tests.integration.deployments.world import (
    PAUSE,
    RULES,
    Controller,
    Doubles,
    connection_to,
    controller,
    grant,
    prepare,
)
from tests.integration.kubeadapter.world import ADMIN, Users
from tests.integration.tunnel.world import AgentThread, agent_thread, connected, key_file, register, until
from tests.running_server import RunningServer, running_server

DEPLOYER = KubeUser("deployer", groups=("deployers",))


@dataclass
class World:
    """What a test has: the server, the cluster as its administrator, and the agent."""

    running: RunningServer
    admin: Connection
    doubles: Doubles
    agent: AgentThread
    namespace: str
    controller: Controller


@pytest.fixture(scope="package")
def cluster() -> Iterator[RealKubeServer]:
    assets = find_assets()
    if assets is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    users = Users()
    users.known[DEPLOYER.username] = DEPLOYER
    server, loop = RealKubeServer(CLUSTER, users, assets), Loop()
    try:
        loop.run(server.start())
        yield server
    finally:
        loop.run(server.stop())
        loop.close()


@pytest.fixture(scope="module")
def clusterside(cluster: RealKubeServer) -> Iterator[Clusterside]:
    """A namespace of its own, whose deployer has the documented rights, and whose Deployments become available."""
    made = _clusterside(cluster)
    grant(made.admin, made.namespace, RULES)
    with controller(made.admin, made.namespace) as made.controller:
        yield made
    made.admin.close()


def _clusterside(cluster: RealKubeServer) -> Clusterside:
    authority = base64.b64encode(cluster.ca_pem).decode()
    at = urlsplit(cluster.endpoint)
    admin = connection_to(cluster.endpoint, cluster.ca_pem, ADMIN.username)
    target = f"{at.hostname}:{at.port}={at.hostname}:{at.port}"
    namespace = f"shop-{secrets.token_hex(3)}"
    return Clusterside(admin, Doubles(cluster.endpoint, authority), namespace, target, Controller(admin, namespace))


@pytest.fixture(scope="package")
def started(cluster: RealKubeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server with an agent, which alone reaches the cluster, and a namespace with the rights of a deployer."""
    folder = tmp_path_factory.mktemp("deployments")
    at = _clusterside(cluster)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsAccess, "ambient", lambda *_: at.doubles.access())
        patch.setattr(cluster_work, "watch_rollouts", partial(watch_rollouts, pause=PAUSE))
        with running_server(folder / "data") as running:
            register(running, "prod", 1)
            prepare(running, at.namespace)
            with agent_thread(running.url, key_file(folder, 1), [at.target]) as agent:
                until(lambda: connected(running.server) == 1)
                yield World(running, at.admin, at.doubles, agent, at.namespace, at.controller)
    at.admin.close()
