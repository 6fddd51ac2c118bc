"""The sandbox runs a real kube-apiserver for its clusters if one is available, and reports it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from leastway.app.rehearse import rehearse
from leastway.errors import LeastwayError
from leastway.sandbox import AccountSeed, ClusterSeed, Sandbox, Scenario
from leastway.sandbox.assets import VARIABLE, Assets, find_assets
from tests.integration.sandbox.kubernetes import ask
from tests.integration.sandbox.world import ACCOUNT, World

pytestmark = pytest.mark.integration

CLUSTERS = Scenario(
    (AccountSeed(ACCOUNT, (ClusterSeed("prod", mode="API"), ClusterSeed("legacy", mode="CONFIG_MAP"))),)
)
MAPS = "/api/v1/namespaces/default/configmaps"
MANY = 17
"""One more than the limit."""


@pytest.fixture(scope="module")
def assets() -> Assets:
    assets = find_assets()
    if assets is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    return assets


@pytest.fixture(scope="module")
def world(assets: Assets) -> Iterator[World]:
    with Sandbox() as sandbox:
        yield World(sandbox, sandbox.control.seed(CLUSTERS), boto3.Session())


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


def programs(folder: Path) -> list[int]:
    """Return the process ids of each etcd and kube-apiserver whose files are below `folder`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "comm").read_text().strip() in ("etcd", "kube-apiserver"):
                below = (process / "cwd").readlink().is_relative_to(folder)
                found += [int(process.name)] if below else []
        except OSError:
            continue  # ended meanwhile, or a zombie, which no longer has a folder
    return found


def folder_of(sandbox: Sandbox) -> Path:
    return Path(sandbox.environment()["AWS_CONFIG_FILE"]).parent


def test_each_cluster_is_a_real_one_and_reports_it(world: World) -> None:
    for cluster in ("prod", "legacy"):
        assert ask(world, cluster, world.client("sts"), "/api/v1/namespaces")[0] == 200
    status, version = ask(world, "prod", world.client("sts"), "/version")
    assert status == 200
    assert world.sandbox.control.kubernetes() == (f"kube-apiserver {version['gitVersion']}",)
    assert len(programs(folder_of(world.sandbox))) == 4


def test_its_writes_are_in_the_journal(world: World) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "noted"}}
    world.sandbox.control.journal(clear=True)
    assert ask(world, "prod", world.client("sts"), MAPS, "POST", body)[0] == 201
    (entry,) = (entry for entry in world.sandbox.control.journal() if entry.service == "kubernetes")
    assert (entry.action, entry.mutating, entry.status) == ("create configmaps", True, 201)


def test_the_programs_listen_only_on_the_loopback_interface(world: World) -> None:
    ask(world, "prod", world.client("sts"), "/version")
    listening = set()
    for pid in programs(folder_of(world.sandbox)):
        ours = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()}
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = row.split()
                if f"socket:[{fields[9]}]" in ours and fields[3] in {"0A", "07"}:
                    listening.add(fields[1].partition(":")[0])
    assert listening == {"0100007F"}


def test_a_snapshot_covers_the_real_clusters(world: World) -> None:
    sts = world.client("sts")
    for name in ("kept", "changed"):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}}
        assert ask(world, "prod", sts, MAPS, "POST", body)[0] == 201
    before = ask(world, "prod", sts, MAPS)[1]["items"]
    snapshot = world.sandbox.control.snapshot()
    ask(world, "prod", sts, f"{MAPS}/kept", "DELETE")
    changed = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "changed"}}
    ask(world, "prod", sts, f"{MAPS}/changed", "PUT", changed)
    ask(world, "prod", sts, MAPS, "POST", body | {"metadata": {"name": "new"}})
    for _ in range(2):
        world.sandbox.control.restore(snapshot)
        assert [but_version(each) for each in ask(world, "prod", sts, MAPS)[1]["items"]] == list(
            map(but_version, before)
        )


def but_version(item: Any) -> Any:
    """Return an object of Kubernetes without its resourceVersion, which counts the writes of the whole etcd."""
    return item | {"metadata": {key: value for key, value in item["metadata"].items() if key != "resourceVersion"}}


def test_clusters_after_a_reset_use_the_programs_again_and_contain_only_their_seed(assets: Assets) -> None:
    with Sandbox() as sandbox:
        world = World(sandbox, sandbox.control.seed(CLUSTERS), boto3.Session())
        sts = world.client("sts")
        assert ask(world, "prod", sts, "/api/v1/namespaces", "POST", {"metadata": {"name": "shop"}})[0] == 201
        assert ask(world, "prod", sts, "/apis/rbac.authorization.k8s.io/v1/clusterroles/view", "DELETE")[0] == 200
        started = programs(folder_of(sandbox))
        assert len(started) == 2

        sandbox.control.reset()
        assert sandbox.control.kubernetes() == ()
        gone = world
        late = ClusterSeed("late", mode="CONFIG_MAP", namespaces=("billing",))
        world = World(sandbox, sandbox.control.seed(Scenario((AccountSeed(ACCOUNT, (late,)),))), boto3.Session())
        sts = world.client("sts")
        sandbox.control.journal(clear=True)
        found = {each["metadata"]["name"] for each in ask(world, "late", sts, "/api/v1/namespaces")[1]["items"]}
        assert found == {"default", "kube-node-lease", "kube-public", "kube-system", "billing"}
        assert ask(world, "late", sts, "/apis/rbac.authorization.k8s.io/v1/clusterroles/view")[0] == 200
        maps = ask(world, "late", sts, "/api/v1/namespaces/kube-system/configmaps/aws-auth")[1]
        assert "mapRoles" in maps["data"]
        with pytest.raises(ClientError, match="ResourceNotFound"):
            world.client("eks").describe_cluster(name="prod")
        assert ask(world, "late", gone.client("sts"), "/version")[0] == 401
        calls = {
            entry.resource.partition("/")[0] for entry in sandbox.control.journal() if entry.service == "kubernetes"
        }
        assert calls == {"late"}
        assert programs(folder_of(sandbox)) == started


def test_a_sandbox_may_request_the_small_server() -> None:
    with Sandbox(small_kubernetes=True) as sandbox:
        world = World(sandbox, sandbox.control.seed(CLUSTERS), boto3.Session())
        assert sandbox.control.kubernetes() == ()
        assert ask(world, "prod", world.client("sts"), MAPS)[0] == 200
        assert sandbox.control.kubernetes() == ("leastway's small API server",)


def test_the_programs_end_with_a_killed_sandbox(assets: Assets) -> None:
    with Sandbox() as sandbox:
        world = World(sandbox, sandbox.control.seed(CLUSTERS), boto3.Session())
        assert ask(world, "prod", world.client("sts"), "/version")[0] == 200
        folder = folder_of(sandbox)
        assert len(programs(folder)) == 2
        os.kill(sandbox.pid, signal.SIGKILL)
        assert eventually(lambda: programs(folder) == [])
    assert not folder.exists()


PARENT = """
import time
import boto3
from leastway.sandbox import Sandbox
from tests.integration.kube.test_sandbox import CLUSTERS, ask
from tests.integration.sandbox.world import World

sandbox = Sandbox()
world = World(sandbox, sandbox.control.seed(CLUSTERS), boto3.Session())
assert ask(world, "prod", world.client("sts"), "/version")[0] == 200
print(sandbox.environment()["AWS_CONFIG_FILE"], flush=True)
time.sleep(600)
"""


def test_the_programs_end_with_the_parent_of_the_sandbox_and_leave_no_files(assets: Assets) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        folder = Path(parent.stdout.readline().strip()).parent
        assert len(programs(folder)) == 2
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: programs(folder) == [] and not folder.exists())


def test_a_folder_without_the_programs_is_reported_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(LeastwayError, match="kube-apiserver does not exist") as caught:
        Sandbox()
    assert caught.value.fix is not None
    assert VARIABLE in caught.value.fix


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that end immediately."""
    for name in ("kube-apiserver", "etcd"):
        (tmp_path / name).write_text("#!/bin/sh\necho out of luck\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(tmp_path))


@pytest.fixture
def broken(failing: None) -> Iterator[World]:
    clusters = tuple(ClusterSeed(f"cluster-{number}") for number in range(MANY))
    with Sandbox() as sandbox:
        yield World(sandbox, sandbox.control.seed(Scenario((AccountSeed(ACCOUNT, clusters),))), boto3.Session())


def test_a_failed_start_of_a_cluster_is_reported(broken: World) -> None:
    for _ in range(2):
        with pytest.raises(
            ClientError, match=r"ClientException.*did not start: (etcd|kube-apiserver) has ended: out of"
        ):
            broken.client("eks").describe_cluster(name="cluster-0")


def test_more_clusters_than_the_limit_are_rejected(broken: World) -> None:
    said = []
    for number in range(MANY):
        with pytest.raises(ClientError) as caught:
            broken.client("eks").describe_cluster(name=f"cluster-{number}")
        said.append(str(caught.value))
    assert not [text for text in said[:-1] if "out of luck" not in text]
    assert re.search(
        r"cluster-16: .* supports at most 16 clusters with a real kube-apiserver \(unset KUBEBUILDER_ASSETS", said[-1]
    )


GRANT = """
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
accounts:
  - id: "111122223333"
    region: eu-central-1
    clusters:
"""
CLUSTER = "      - {{name: cluster-{}, access: [{{policy: view, namespaces: [shop]}}]}}\n"


def test_a_rehearsal_of_too_many_clusters_is_rejected_before_it_starts(failing: None, tmp_path: Path) -> None:
    grant = tmp_path / "grant.yaml"
    grant.write_text(GRANT + "".join(CLUSTER.format(number) for number in range(MANY)))
    with pytest.raises(LeastwayError, match="17 clusters are too many for one kube-apiserver each") as caught:
        rehearse(grant)
    assert caught.value.fix is not None
    assert VARIABLE in caught.value.fix
