"""Templates of definitions: from the definition to the objects in a real API server, and removed again."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from leastway.kube import Connection, NotFoundError
from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.world import ENVIRONMENT, RULES, deploy, errors_of, grant, log_of, module, wait_for

__all__ = ["world"]

pytestmark = pytest.mark.integration

SECRET = "planted-key-of-a-template"
WORKLOAD = """update:
- op: add
  path: /spec/serviceAccountName
  value: ${resources['k8s-service-account'].outputs.name}
{{- range $id, $container := .resource.spec.containers }}
- op: add
  path: /spec/containers/{{ $id }}/variables/LEVEL
  value: {{ $.driver.values.level | upper | quote }}
{{- end }}
"""
ACCOUNT = {
    "init": 'name: {{ .driver.values.of | splitList "." | last }}-sa',
    "outputs": "name: {{ .init.name }}",
    "secrets": "token: {{ .driver.secrets.key }}",
    "manifests": {
        "account.yaml": {
            "location": "namespace",
            "data": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .init.name }}\n",
        },
        "key.yaml": {
            "location": "namespace",
            "data": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .init.name }}-key\n"
            "data:\n  key: {{ .driver.secrets.key | b64enc }}\n",
        },
    },
}


def define(
    world: World, identifier: str, kind: str, values: Any, secrets: Any = None, *, of: str = "templated"
) -> None:
    body = {
        "id": identifier,
        "name": identifier,
        "type": kind,
        "driver_type": "humanitec/template",
        "driver_inputs": {"values": values, **({} if secrets is None else {"secrets": secrets})},
        "criteria": [{"res_id": f"modules.{of}"}],
    }
    answer = world.running.request("POST", "/orgs/acme/resources/defs", body)
    assert answer.status == 200, answer.body


def find(admin: Connection, path: str) -> Any:
    try:
        return admin.request("GET", path)
    except NotFoundError:
        return None


def test_what_templates_make_is_deployed_and_removed(world: World) -> None:
    define(world, "templated-workload", "workload", {"level": "debug", "templates": {"outputs": WORKLOAD}})
    values = {"of": "${context.res.id}", "templates": ACCOUNT}
    define(world, "templated-account", "k8s-service-account", values, {"key": SECRET})

    first = deploy(world.running, {"templated": module()})
    assert wait_for(world.running, first)["status"] == "succeeded", (
        errors_of(world.running, first),
        log_of(world.running, first),
    )

    apps, core = (f"/{base}/namespaces/{world.namespace}" for base in ("apis/apps/v1", "api/v1"))
    pod = world.admin.request("GET", f"{apps}/deployments/templated")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "templated-sa"
    assert {"name": "LEVEL", "value": "DEBUG"} in pod["containers"][0]["env"]
    account = world.admin.request("GET", f"{core}/serviceaccounts/templated-sa")
    assert account["metadata"]["labels"]["leastway.dev/workload"] == "templated"
    key = world.admin.request("GET", f"{core}/secrets/templated-sa-key")
    assert base64.b64decode(key["data"]["key"]).decode() == SECRET
    resources = world.running.request("GET", f"{ENVIRONMENT}/resources").json()
    assert SECRET not in json.dumps([resources, log_of(world.running, first)])
    assert base64.b64encode(SECRET.encode()).decode() not in json.dumps([resources, log_of(world.running, first)])

    second = deploy(world.running, {"other": module()})
    assert wait_for(world.running, second)["status"] == "succeeded", errors_of(world.running, second)
    gone = (f"{core}/serviceaccounts/templated-sa", f"{core}/secrets/templated-sa-key", f"{apps}/deployments/templated")
    assert [find(world.admin, path) for path in gone] == [None, None, None]


def test_a_definition_adds_a_container_a_claim_and_an_autoscaler(world: World) -> None:
    more = [
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "create", "patch", "delete"]},
        {
            "apiGroups": ["autoscaling"],
            "resources": ["horizontalpodautoscalers"],
            "verbs": ["get", "create", "patch", "delete"],
        },
    ]
    grant(world.admin, world.namespace, [*RULES, *more])
    sidecar = {"op": "add", "path": "/spec/containers/sidecar", "value": {"image": "registry.example/log:1"}}
    define(world, "scaled-workload", "workload", {"templates": {"outputs": {"update": [sidecar]}}}, of="scaled")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "scaled-data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    source = {"name": "data", "persistentVolumeClaim": {"claimName": "scaled-data"}}
    manifests = {
        "claim.yaml": {"location": "namespace", "data": claim},
        "source.yaml": {"location": "volumes", "data": source},
    }
    define(world, "scaled-volume", "volume", {"templates": {"manifests": manifests}}, of="scaled.externals.data")
    autoscaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "scaled"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "scaled"},
            "minReplicas": 1,
            "maxReplicas": 3,
        },
    }
    templates = {"manifests": {"autoscaler.yaml": {"location": "namespace", "data": autoscaler}}}
    kind = "horizontal-pod-autoscaler"
    define(world, "scaled-autoscaler", kind, {"templates": templates}, of="scaled.externals.scaling")
    made = module()
    made["spec"]["containers"]["main"]["volume_mounts"] = {"/var/data": {"id": "externals.data"}}
    made["externals"] |= {"data": {"type": "volume"}, "scaling": {"type": kind}}

    first = deploy(world.running, {"scaled": made})
    assert wait_for(world.running, first)["status"] == "succeeded", errors_of(world.running, first)
    path = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/scaled"
    pod = world.admin.request("GET", path)["spec"]["template"]["spec"]
    assert [one["name"] for one in pod["containers"]] == ["main", "sidecar"]
    assert [one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"]] == ["scaled-data"]
    assert [one["mountPath"] for one in pod["containers"][0]["volumeMounts"]] == ["/var/data"]
    scaling = f"/apis/autoscaling/v2/namespaces/{world.namespace}/horizontalpodautoscalers/scaled"
    assert world.admin.request("GET", scaling)["spec"]["maxReplicas"] == 3

    # what scales the Deployment keeps its number of replicas: the next deployment neither sets it nor conflicts with it
    scale = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "scaled"}, "spec": {"replicas": 3}}
    query = {"fieldManager": "autoscaler"}
    world.admin.request("PATCH", path, scale, query=query, media="application/merge-patch+json")
    made["spec"]["containers"]["main"]["image"] = "registry.example/web:2"
    second = deploy(world.running, {"scaled": made})
    assert wait_for(world.running, second)["status"] == "succeeded", errors_of(world.running, second)
    assert world.admin.request("GET", path)["spec"]["replicas"] == 3

    third = deploy(world.running, {"other": module()})
    assert wait_for(world.running, third)["status"] == "succeeded", errors_of(world.running, third)
    assert find(world.admin, scaling) is None
    gone = find(world.admin, f"/api/v1/namespaces/{world.namespace}/persistentvolumeclaims/scaled-data")
    assert gone is None or gone["metadata"].get("deletionTimestamp"), "no controller of volumes releases it here"
