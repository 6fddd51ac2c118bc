"""Rollouts by the real controllers of Deployments and ReplicaSets: they make the pods, count them and give up.

Only pods are played, as by a kubelet: they run, or wait with the words of one, by the name of their image.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from leastway.kube import Connection
from leastway.kube.deploying import ObjectName, Progress, Rollout, apply
from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube import KubeServer
from leastway.workloads import Manifest, Place, objects_of, read_workload
from tests.integration.kubeadapter.rollouts import watch_rollout
from tests.integration.kubeadapter.world import ADMIN, Cluster, Users

pytestmark = pytest.mark.integration

_MERGE = "application/merge-patch+json"


@pytest.fixture(scope="module")
def controllers(started: tuple[Any, Users], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controllers of Deployments and ReplicaSets, for the real server."""
    server, _ = started
    if isinstance(server, KubeServer):
        pytest.skip("the small server has no Deployments")
    assets = find_assets()
    assert assets is not None
    program = assets.kube_apiserver.with_name("workload-controllers")
    if not program.exists():
        pytest.skip("KUBEBUILDER_ASSETS has no workload-controllers: see docs/kube-assets.md")
    folder = tmp_path_factory.mktemp("controllers")
    authority = base64.b64encode(server.ca_pem).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": server.endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"token": ADMIN.username}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    (folder / "config").write_text(json.dumps(config))
    command = [str(program), str(folder / "config")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        yield
        process.terminate()


@pytest.fixture
def kubelet(controllers: None, cluster: Cluster, namespace: str) -> Iterator[None]:
    """Pods of images named `absent` cannot be pulled, those of `slow` stay as they are, and all others run."""
    over = threading.Event()
    path = f"/api/v1/namespaces/{namespace}/pods"

    def play() -> None:
        while not over.wait(0.1):
            for pod in cluster.admin.request("GET", path)["items"]:
                image = pod["spec"]["containers"][0]["image"]
                if "containerStatuses" not in pod["status"] and "slow" not in image:
                    body = {"status": _status(image, runs="absent" not in image)}
                    cluster.admin.request("PATCH", f"{path}/{pod['metadata']['name']}/status", body, media=_MERGE)

    thread = threading.Thread(target=play)
    thread.start()
    yield
    over.set()
    thread.join()


def _status(image: str, *, runs: bool) -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": f"Back-off pulling image {image}"}}
    container = {"name": "main", "image": image, "imageID": "", "ready": runs, "restartCount": 0}
    container["state"] = {"running": {"startedAt": at}} if runs else waiting
    return {
        "phase": "Running" if runs else "Pending",
        "conditions": [{"type": "Ready", "status": str(runs), "lastTransitionTime": at}],
        "containerStatuses": [container],
    }


def _rolled_out(admin: Connection, namespace: str, image: str, seconds: float = 90) -> Progress:
    """Apply a workload of two replicas, whose controller gives up after 5 seconds, and watch it."""
    spec = {"containers": {"main": {"image": image}}, "replicas": 2}
    found: list[Manifest] = []
    for one in objects_of(read_workload("web", spec), Place("shop", "dev", namespace, {}, {})):
        is_deployment = one["kind"] == "Deployment"
        found.append({**one, "spec": {**one["spec"], "progressDeadlineSeconds": 5}} if is_deployment else one)
    list(apply(admin, found))
    return watch_rollout(admin, ObjectName("apps/v1", "Deployment", namespace, "web"), seconds=seconds, pause=0.1)


@pytest.mark.usefixtures("kubelet")
def test_rollouts_succeed_fail_by_image_and_time_out(cluster: Cluster, namespace: str) -> None:
    for image in ("web:1", "web:2"):
        done = _rolled_out(cluster.admin, namespace, image)
        assert (done.outcome, done.updated, done.available) == (Rollout.DONE, 2, 2)

    failed = _rolled_out(cluster.admin, namespace, "absent:1")
    assert failed.outcome is Rollout.FAILED
    assert failed.reason.startswith("ProgressDeadlineExceeded: ")
    assert {one.words for one in failed.pods} == {"main: ImagePullBackOff: Back-off pulling image absent:1"}

    slow = _rolled_out(cluster.admin, namespace, "slow:1", seconds=2)
    assert slow.outcome is Rollout.TIMED_OUT
