"""The objects of a workload on a real API server, which knows their schemas and defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from leastway.kube.deploying import apply
from leastway.primitives import Secret
from leastway.sandbox.kube import KubeServer
from leastway.workloads import Place, objects_of, read_workload
from tests.integration.kubeadapter.world import Cluster

_PATHS: Final = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
}
_SPEC: Final[dict[str, Any]] = {
    "containers": {
        "main": {
            "image": "web:1",
            "command": ["/app"],
            "variables": {"A": "a", "B": Secret("b")},
            "files": {"/etc/app/a.ini": {"value": "a", "mode": "0640"}, "/etc/app/key": {"value": Secret("k")}},
            "volume_mounts": {"/data": {"id": "externals.data", "sub_path": "x"}},
            "resources": {"requests": {"cpu": 0.25}, "limits": {"memory": "64Mi"}},
            "liveness_probe": {"type": "http", "path": "/live", "port": 8080, "headers": {"X-Probe": "1"}},
            "readiness_probe": {"type": "tcp", "port": 8080},
            "startup_probe": {"type": "command", "command": ["true"]},
        },
        "side": {"image": "side:1"},
    },
    "service": {"ports": {"www": {"service_port": 80, "container_port": 8080}, "stats": {"service_port": 81}}},
    "ingress": {"rules": {"shared.dns": {"http": {"/": {"type": "prefix", "port": 80}}}}},
    "labels": {"team": "shop"},
    "replicas": 2,
}
QUERY: Final = {"fieldManager": "leastway", "fieldValidation": "Strict"}
MEDIA: Final = "application/apply-patch+yaml"


def _revealed(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: _revealed(each) for name, each in value.items()}
    return value


def _route(host: str, path: str, kind: str) -> dict[str, Any]:
    rules = {host: {"http": {path: {"type": kind, "port": 80}}}}
    return {"service": {"ports": {"www": {"service_port": 80}}}, "ingress": {"rules": rules}}


_AT_THE_LIMITS: Final[tuple[tuple[str, dict[str, Any], dict[str, Any]], ...]] = (
    ("a" * 63, {"variables": {"A": Secret("b")}, "files": {"/a/b": {"value": "c"}}}, _route("*.example", "/", "exact")),
    ("long-names", {"variables": {"A" * 248: Secret("b"), "B" * 3000: "b", "..c": Secret("c")}}, {}),
    ("strange-texts", {"command": ["", "$(A)"], "variables": {"A": "$$\n\x7f\u00e9"}, "image": "registry:1/a b"}, {}),
    ("labels", {}, {"labels": {"a.example/" + "k" * 63: "v" * 63, "A": ""}, "annotations": {"a": "x" * 262_000}}),
    ("devices", {"resources": {"requests": {"example.com/gpu": "2"}, "limits": {"example.com/gpu": "2e0"}}}, {}),
    (
        "equal",
        {"resources": {"requests": {"memory": "1024Mi"}, "limits": {"memory": "1Gi", "cpu": "1m"}}},
        {},
    ),
    ("much", {"resources": {"requests": {"cpu": "9e99", "ephemeral-storage": "1E"}}}, {}),
    ("big", {"files": {"/a/b": {"value": "x" * 1_048_576}, "/a/c": {"value": Secret("x" * 1_048_576)}}}, {}),
    ("probe", {"liveness_probe": {"type": "http", "path": "/a b", "port": 1, "headers": {"X-1": "\u00e9"}}}, {}),
    ("free-path", {}, _route("", "//a/../%2f", "implementation")),
    ("address", {}, _route("1.2.3.4.example", "/" + "a" * 3000, "prefix")),
    ("account", {}, {"serviceAccountName": "a" * 253}),
    ("ports", {}, {"service": {"ports": {f"p{one}": {"service_port": one + 1} for one in range(250)}}}),
    (
        "protocols",
        {},
        {"service": {"ports": {"a": {"service_port": 1, "protocol": "SCTP"}, "b": {"service_port": 1}}}},
    ),
)


@pytest.mark.parametrize(("name", "container", "more"), _AT_THE_LIMITS, ids=[one[0][:20] for one in _AT_THE_LIMITS])
def test_a_real_api_server_takes_what_is_read_at_the_limits(
    cluster: Cluster, namespace: str, name: str, container: dict[str, Any], more: dict[str, Any]
) -> None:
    if isinstance(cluster.server, KubeServer):
        pytest.skip("the small server has no Deployments")
    spec = {"containers": {"main": {"image": "web:1", **container}}, **more}
    objects = objects_of(read_workload(name, spec), Place("shop", "dev", namespace, {}, {}, Secret("k" * 32)))
    assert len(list(apply(cluster.admin, objects))) == len(objects)


def test_a_real_api_server_takes_every_object_and_a_second_time_changes_none(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    if isinstance(cluster.server, KubeServer):
        pytest.skip("the small server has no Deployments")
    volumes = {"externals.data": {"persistentVolumeClaim": {"claimName": "data"}}}
    place = Place("shop", "development", namespace, volumes, {"shared.dns": "shop.example.com"}, Secret("k" * 32))
    objects = objects_of(read_workload("web", _SPEC), place)
    assert {one["kind"] for one in objects} == set(_PATHS)

    versions = []
    for _ in range(2):
        for one in objects:
            path = f"{_PATHS[one['kind']].format(namespace)}/{one['metadata']['name']}"
            answer = cluster.admin.request("PATCH", path, _revealed(dict(one)), query=QUERY, media=MEDIA)
            versions.append((one["kind"], answer["metadata"]["resourceVersion"]))

    assert versions[: len(objects)] == versions[len(objects) :]
    secret = cluster.get(f"/api/v1/namespaces/{namespace}/secrets/web-secrets")
    assert secret is not None
    assert secret["data"] == {"main.B": "Yg==", "file-1": "aw=="}
