"""Rollouts by the real controllers of Deployments and ReplicaSets: they make the pods, count them and give up.

kwok plays the kubelet: pods run, or wait with the words of one, by the name of their image.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from leastway.kube import Connection
from leastway.kube.deploying import ObjectName, Progress, Rollout, apply
from leastway.sandbox.kube.real import RealKubeServer
from leastway.workloads import Manifest, Place, objects_of, read_workload
from tests.integration.kubeadapter.rollouts import watch_rollout
from tests.integration.kubeadapter.world import ADMIN, Cluster, Users
from tests.real_controllers import real_controllers

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def controllers(started: tuple[Any, Users], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controllers, for the real server."""
    server, _ = started
    if not isinstance(server, RealKubeServer):
        pytest.skip("the small server has no Deployments")
    folder = tmp_path_factory.mktemp("controllers")
    cluster = Cluster(*started, folder)
    with closing(cluster), real_controllers(server, cluster.admin, ADMIN.username, folder):
        yield


def _rolled_out(admin: Connection, namespace: str, image: str, seconds: float = 90) -> Progress:
    """Apply a workload of two replicas, whose controller gives up after 5 seconds, and watch it."""
    spec = {"containers": {"main": {"image": image}}, "replicas": 2}
    found: list[Manifest] = []
    for one in objects_of(read_workload("web", spec), Place("shop", "dev", namespace, {}, {})):
        is_deployment = one["kind"] == "Deployment"
        found.append({**one, "spec": {**one["spec"], "progressDeadlineSeconds": 5}} if is_deployment else one)
    list(apply(admin, found))
    return watch_rollout(admin, ObjectName("apps/v1", "Deployment", namespace, "web"), seconds=seconds, pause=0.1)


@pytest.mark.usefixtures("controllers")
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
