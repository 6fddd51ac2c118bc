"""Templates of definitions: from the definition to the objects in a real API server, and removed again."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from leastway.kube import Connection, NotFoundError
from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.world import ENVIRONMENT, deploy, errors_of, log_of, module, wait_for

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


def define(world: World, identifier: str, kind: str, values: Any, secrets: Any = None) -> None:
    body = {
        "id": identifier,
        "name": identifier,
        "type": kind,
        "driver_type": "humanitec/template",
        "driver_inputs": {"values": values, **({} if secrets is None else {"secrets": secrets})},
        "criteria": [{"res_id": "modules.templated"}],
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
