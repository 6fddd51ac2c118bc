"""Runs in real pods: a real kubelet with containerd and runc, on a real API server."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Ended, Exit, Host, Limits, TierKind, launch, try_tier
from leastway.kube.pods import connect_pods
from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube.real import RealKubeServer
from tests.contract.kube.world.stage import CLUSTER, Loop
from tests.integration.isolation.running import until
from tests.integration.kubeadapter.world import ADMIN, Cluster, Users
from tests.integration.pods.world import PodWorld, kubeconfig_of, runs_in_pods
from tests.integration.runs.world import BUCKET_MODULE, World, tools
from tests.real_kubelet import find_programs, real_kubelet
from tests.run_image import write_image

pytestmark = pytest.mark.integration

PROVIDER = """
terraform {
  required_providers {
    time = { source = "hashicorp/time", version = "~> 0.14" }
  }
}
variable "secret" { sensitive = true }
resource "time_static" "now" {}
output "year" { value = time_static.now.year }
output "length" { value = nonsensitive(length(var.secret)) }
"""
SECRET = "open-sesame-2718"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def world() -> Iterator[PodWorld]:
    find_programs()
    assets = find_assets()
    if assets is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    folder, node = (Path(tempfile.mkdtemp(prefix="leastway-", dir="/var/tmp")) for _ in range(2))
    folder.chmod(0o711)
    users, loop = Users(), Loop()
    server = RealKubeServer(CLUSTER, users, assets)
    try:
        image = write_image(node / "image.tar", tools(folder / "tools"))
        loop.run(server.start())
        cluster = Cluster(server, users, folder / "backups")
        config = kubeconfig_of(server.endpoint, base64.b64encode(server.ca_pem).decode(), ADMIN.username)
        with real_kubelet(node, cluster.admin, config, node / "image.tar", image):
            yield PodWorld(cluster, folder, image)
        cluster.close()
    finally:
        loop.run(server.stop())
        loop.close()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(node, ignore_errors=True)


@pytest.fixture(scope="module")
def runs(world: PodWorld) -> Iterator[World]:
    with runs_in_pods(world) as found:
        yield found


def test_a_real_pod_has_what_a_sandbox_has(world: PodWorld) -> None:
    assert try_tier(world.shell.host, world.shell.folder).kind is TierKind.POD
    said = world.shell.run(
        "grep -E 'Cap(Eff|Bnd)|NoNewPrivs|Seccomp:' /proc/self/status; ls /sys/class/net; id -u; ls /proc/1/fd 2>&1"
    )[1]
    lines = said.splitlines()
    assert "Permission denied" in lines.pop(), "what the first process prints is kept by the node"
    assert [line.split("\t")[-1] for line in lines[:4]] == ["0" * 16, "0" * 16, "1", "2"]
    assert lines[4] == "lo"
    assert int(lines[-1]) >= 0x70000000


def test_folders_interrupts_and_kills_work_in_real_pods(world: PodWorld) -> None:
    shell = world.shell
    (shell.folder / "sent").write_text("from here")
    assert shell.says("cat sent; rm sent; mkdir deep; echo made > deep/file") == "from here"
    assert not (shell.folder / "sent").exists()
    assert (shell.folder / "deep/file").read_text() == "made\n"
    with shell.started("trap 'echo saved > state; exit 3' INT; echo ready; while :; do sleep 0.05; done") as running:
        assert until(lambda: "ready" in shell.lines)
        running.interrupt()
        assert running.wait(30) == Exit(3, Ended.INTERRUPTED)
    assert (shell.folder / "state").read_text() == "saved\n"
    with shell.started("trap '' INT; echo left > errored; echo ready; while :; do sleep 0.05; done") as running:
        assert until(lambda: "ready" in shell.lines)
        assert running.stop(grace=0.3, after_second=0.3) == Exit(137, Ended.KILLED)
    assert (shell.folder / "errored").read_text() == "left\n"
    assert until(lambda: world.pods() == [])


def test_memory_is_bounded_by_the_pod(world: PodWorld) -> None:
    script = "/usr/bin/python3 -c \"import time; x = [b'1' * 8_000_000 for _ in range(100)]; time.sleep(60)\""
    limits = Limits(memory=64 * MIB, temporary=MIB)
    assert world.shell.run(script, limits=limits)[0].ended in (Ended.MEMORY, Ended.BY_ITSELF)


def test_a_pod_that_is_deleted_ends_its_sandbox(world: PodWorld) -> None:
    with world.shell.started("echo ready; sleep 60") as running:
        assert until(lambda: "ready" in world.shell.lines)
        (pod,) = world.pods()
        world.delete(pod)
        assert running.wait(60) == Exit(137, Ended.LOST)
    assert "somebody deleted the pod" in world.shell.lines[-1]


def test_an_image_that_cannot_be_had_is_said(world: PodWorld) -> None:
    place = replace(world.place, image="127.0.0.1:1/none@sha256:" + "1" * 64)
    host = Host.of_pods(place).connected(connect_pods)
    with pytest.raises(LeastwayError, match=r"ImagePullBackOff|does not start within"):
        launch(world.shell.sandbox("true"), host)


def test_a_bucket_is_made_through_the_gateway_and_destroyed(runs: World, world: PodWorld) -> None:
    bucket = runs.define("real", script=BUCKET_MODULE, variables={"bucket": "acme-real"})
    run = runs.start(bucket)
    runs.done(run, 300)
    assert "acme-real" in runs.buckets()
    assert "CreateBucket" in [one["operation"] for one in runs.calls(run)]
    runs.done(runs.start(bucket, "destroy"), 300)
    assert "acme-real" not in runs.buckets()
    assert until(lambda: world.pods() == [])


def test_a_provider_works_and_its_secret_is_in_no_object(runs: World, world: PodWorld) -> None:
    if not (runs.folder / "tools/providers").is_dir():
        pytest.skip("LEASTWAY_TERRAFORM_ASSETS names no mirror with hashicorp/time: make terraform-assets")
    resource = runs.define("real-clock", script=PROVIDER, secrets={"variables": {"secret": SECRET}})
    runs.done(runs.start(resource), 300)
    assert runs.active()["real-clock"]["resource"]["length"] == len(SECRET)
    everything = b"".join(map(base64.b64decode, world.server.snapshot().values()))
    assert b"leastway-runs" in everything
    assert SECRET.encode() not in everything
