from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube.real import RealKubeServer
from tests.contract.kube.world.stage import CLUSTER, Loop
from tests.integration.kubeadapter.world import Cluster, Users
from tests.integration.pods.world import PodWorld
from tests.pods_here import DIGEST
from tests.stand_in_kubelet import PASSES_WEBSOCKETS, StandInKubelet, stand_in_kubelet


class _Passing(RealKubeServer):
    def _flags(self) -> list[str]:
        return [*super()._flags(), PASSES_WEBSOCKETS]


@pytest.fixture(scope="package")
def open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="leastway-", dir="/var/tmp"))  # a pod has a /tmp of its own
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="package")
def started(open_folder: Path) -> Iterator[tuple[PodWorld, StandInKubelet]]:
    assets = find_assets()
    if assets is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    users, loop = Users(), Loop()
    server = _Passing(CLUSTER, users, assets)
    tools = str(open_folder / "tools")
    try:
        loop.run(server.start())
        cluster = Cluster(server, users, open_folder / "backups")
        with stand_in_kubelet(cluster.admin, "--ro-bind-try", tools, tools) as kubelet:
            yield PodWorld(cluster, open_folder, f"registry.example/runs@{DIGEST}"), kubelet
        cluster.close()
    finally:
        loop.run(server.stop())
        loop.close()


@pytest.fixture
def kubelet(started: tuple[PodWorld, StandInKubelet]) -> StandInKubelet:
    return started[1]


@pytest.fixture(scope="package")
def world(started: tuple[PodWorld, StandInKubelet]) -> PodWorld:
    return started[0]
