"""The objects of a deployment: from resolved modules, and from what resource definitions give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.kube.deploying import name_of
from leastway.orchestrator.deploying.objects import Placed, objects_for
from leastway.primitives import Secret
from leastway.registry import Deployment, ResourceKey
from leastway.resolve import DeploymentContext, Outputs, RequestedResource, read_request, resolve

AT = datetime(2026, 1, 1, tzinfo=UTC)
DEPLOYMENT = Deployment(
    id="d",
    organization="acme",
    application="shop",
    environment="dev",
    set_id="s",
    delta_id=None,
    from_id=None,
    comment="",
    created_at=AT,
    created_by="u",
    status_changed_at=AT,
)
WEB = ResourceKey("workload", "default", "modules.web")
CONTAINER = {"image": "web:1", "variables": {"HOST": "${shared.db.host}", "OTHER": "${modules.api.service.name}"}}
SET = {
    "modules": {"web": {"profile": "humanitec/default-module", "spec": {"containers": {"main": CONTAINER}}}},
    "shared": {"db": {"type": "postgres"}},
}
DATABASE = ResourceKey("postgres", "default", "shared.db")


def _objects(outputs: Mapping[ResourceKey, Outputs], wanted: Any = SET) -> dict[str, Placed]:
    context = DeploymentContext(
        organization="acme",
        application="shop",
        environment="dev",
        environment_type="development",
        deployment="d",
        services={"modules.api.service.name": "api"},
    )
    requested: tuple[RequestedResource, ...] = read_request(wanted)
    modules = [one for one in resolve(context, (), requested, outputs).resources if one.key == WEB]
    placed = objects_for(DEPLOYMENT, "shop-dev", modules, outputs, Secret("k" * 32))
    return {str(name_of(one.manifest)): one for one in placed}


def _environment(placed: Placed) -> dict[str, str]:
    (container,) = placed.manifest["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value", "") for one in container["env"]}


def test_a_module_sees_outputs_and_the_services_of_others() -> None:
    found = _objects({DATABASE: Outputs({"host": "db.example"})})
    assert _environment(found["Deployment shop-dev/web"]) == {"HOST": "db.example", "OTHER": "api"}
    assert found["Deployment shop-dev/web"].workload == "web"


def test_an_output_that_no_resource_gave_is_named() -> None:
    with pytest.raises(
        InvalidInputError, match=r"needs resources\['postgres.default#shared.db'\].outputs.host"
    ) as found:
        _objects({DATABASE: Outputs({"port": 1})})
    assert found.value.where == "modules.web.spec.containers.main.variables.HOST"


def test_app_values_are_refused_by_name() -> None:
    spec = {"containers": {"main": {"image": "web:1", "variables": {"A": "${values.KEY}"}}}}
    with pytest.raises(InvalidInputError, match="app values are not served"):
        _objects({}, {"modules": {"web": {"profile": "humanitec/default-module", "spec": spec}}})


def test_every_object_says_its_organization_and_pods_and_selectors_stay_as_they_were() -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    given = {"host": "h", "manifests": {"a.yaml": {"location": "namespace", "data": manifest}}}
    found = _objects({DATABASE: Outputs(given)})
    assert {one.partition(" ")[0] for one in found} == {"ServiceAccount", "Deployment", "ConfigMap"}
    labels = [one.manifest["metadata"]["labels"] for one in found.values()]
    assert {one["leastway.dev/organization"] for one in labels} == {"acme"}
    assert "leastway.dev/organization" not in str(found["Deployment shop-dev/web"].manifest["spec"])


def test_a_definition_changes_its_module() -> None:
    update = [{"op": "add", "path": "/spec/serviceAccountName", "value": "shared-account"}]
    found = _objects({DATABASE: Outputs({"host": "h"}), WEB: Outputs({"update": update})})
    pod = found["Deployment shop-dev/web"].manifest["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "shared-account"
    assert "ServiceAccount shop-dev/web" not in found


def test_resources_bring_objects_of_their_own() -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "b"}}
    given = {"host": "h", "manifests": {"a.yaml": {"location": "namespace", "data": manifest}}}
    found = _objects({DATABASE: Outputs(given)})
    placed = found["ConfigMap shop-dev/settings"]
    assert placed.workload == ""
    assert placed.manifest["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "leastway"
    same = {**manifest, "kind": "ServiceAccount", "metadata": {"name": "web"}}
    del same["data"]
    twice = {"host": "h", "manifests": {"a.yaml": {"location": "namespace", "data": same}}}
    with pytest.raises(InvalidInputError, match="two manifests are the ServiceAccount shop-dev/web"):
        _objects({DATABASE: Outputs(twice)})
