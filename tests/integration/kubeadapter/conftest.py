import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube import KubeServer
from leastway.sandbox.kube.real import RealKubeServer
from tests.contract.kube.world.stage import CLUSTER, Loop, Server
from tests.integration.kubeadapter.world import AWS_AUTH, Cluster, Users


@pytest.fixture(scope="package", params=["small", pytest.param("real", marks=pytest.mark.integration)])
def started(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Users]]:
    users = Users()
    server: Server
    if request.param == "small":
        server = KubeServer(CLUSTER, users)
    else:
        assets = find_assets()
        if assets is None:
            pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
        server = RealKubeServer(CLUSTER, users, assets)
    loop = Loop()
    try:
        loop.run(server.start())
        yield server, users
    finally:
        loop.run(server.stop())
        loop.close()


@pytest.fixture
def cluster(started: tuple[Server, Users], tmp_path: Path) -> Iterator[Cluster]:
    """The cluster, without aws-auth."""
    cluster = Cluster(*started, tmp_path / "backups")
    cluster.remove(AWS_AUTH)
    yield cluster
    cluster.close()


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """A namespace for this test only."""
    name = f"shop-{secrets.token_hex(4)}"
    cluster.create("namespaces", name)
    return name


@pytest.fixture
def grant() -> str:
    """A grant for this test only, so that marks of other tests are not its own."""
    return f"acme-{secrets.token_hex(4)}"
