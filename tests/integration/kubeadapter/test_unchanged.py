"""Objects that are not sent again, on a real API server: an apply would not have changed them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from leastway.kube.connection import APPLY
from leastway.kube.deploying import apply, find_live, name_of
from leastway.kube.deploying.applying import sent
from leastway.kube.deploying.kinds import revealed
from leastway.kube.deploying.unchanged import is_as_applied
from leastway.primitives import Secret
from leastway.sandbox.kube import KubeServer
from leastway.workloads import Manifest, Place, objects_of, read_workload
from tests.integration.kubeadapter.world import Cluster

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _real(cluster: Cluster) -> None:
    if isinstance(cluster.server, KubeServer):
        pytest.skip("the small server has no Deployments")


def _objects(namespace: str) -> list[Manifest]:
    container = {
        "image": "web:1",
        "variables": {"MODE": "production", "SECOND": "2", "PASSWORD": Secret("planted-password")},
        "files": {"/etc/shop/settings.ini": {"value": "[shop]\ncolour = blue\n"}},
        "resources": {"limits": {"memory": "64Mi", "cpu": "500m"}, "requests": {"cpu": "100m"}},
    }
    module = {"containers": {"main": container}, "service": {"ports": {"www": {"service_port": 80}}}, "replicas": 2}
    return list(objects_of(read_workload("web", module), Place("shop", "dev", namespace, {}, {}, Secret("k" * 32))))


CHANGES: dict[str, Callable[[Any], Any]] = {
    "an order": lambda pod: pod["containers"][0]["env"].reverse(),
    "one variable less": lambda pod: pod["containers"][0]["env"].pop(),
    "another image": lambda pod: pod["containers"][0].update(image="web:2"),
    "a field more": lambda pod: pod["containers"][0].update(tty=True),
    "another notation": lambda pod: pod["containers"][0]["resources"]["limits"].update(memory="65536Ki"),
}


def test_what_is_known_and_unchanged_costs_no_write_and_an_apply_would_change_nothing(
    cluster: Cluster, namespace: str
) -> None:
    objects = _objects(namespace)
    known = {name_of(one) for one in objects}
    before_all = cluster.admin.writes
    made = list(apply(cluster.admin, objects))
    writes = cluster.admin.writes
    assert writes == before_all + len(objects)  # one request each

    again = list(apply(cluster.admin, objects, {one.name: one.uid for one in made}))
    assert [(one.name, one.uid, one.is_changed) for one in again] == [(one.name, one.uid, False) for one in made]
    live = {one: find_live(cluster.admin, one) for one in known}
    skipped = {name for name, each in live.items() if each and is_as_applied(each, _of(objects, name))}
    assert {one.kind for one in skipped} == {"ServiceAccount", "ConfigMap", "Secret", "Service", "Deployment"}
    assert cluster.admin.writes == writes + len(known - skipped)
    for name in known:
        before = live[name]
        assert before is not None
        answer = sent(cluster.admin, name, _of(objects, name))
        assert answer["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_certain_is_sent(cluster: Cluster, namespace: str, change: str) -> None:
    objects = _objects(namespace)
    uids = {one.name: one.uid for one in apply(cluster.admin, objects)}
    (deployment,) = [revealed(deepcopy(one)) for one in objects if one["kind"] == "Deployment"]
    CHANGES[change](deployment["spec"]["template"]["spec"])
    writes = cluster.admin.writes
    (found,) = apply(cluster.admin, [deployment], uids)
    assert cluster.admin.writes == writes + 1
    live = find_live(cluster.admin, name_of(deployment))
    assert live is not None
    if change != "another notation":
        assert found.is_changed
        assert is_as_applied(live, deployment)


def test_what_another_manager_took_is_sent_and_refused(cluster: Cluster, namespace: str) -> None:
    objects = _objects(namespace)
    list(apply(cluster.admin, objects))
    (deployment,) = [one for one in objects if one["kind"] == "Deployment"]
    name = name_of(deployment)
    theirs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
    query = {"fieldManager": "scaler", "force": "true"}
    cluster.admin.request("PATCH", name.path, theirs, query=query, media=APPLY)
    live = find_live(cluster.admin, name)
    assert live is not None
    assert not is_as_applied(live, deployment)


def _of(objects: list[Manifest], name: Any) -> Manifest:
    return next(one for one in objects if name_of(one) == name)
