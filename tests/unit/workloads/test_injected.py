"""What resource definitions add to workloads: updates of a module, objects for the cluster, sources of volumes."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.kube.deploying import name_of
from leastway.primitives import Secret
from leastway.workloads import LABELS, injected_objects, read_workload, updated_module, volume_source

MODULE = {"profile": "humanitec/default-module", "spec": {"containers": {"main": {"image": "i:1"}}}}


def updated(*steps: Any) -> Any:
    return updated_module(MODULE, {"update": list(steps)}, {}, "modules.web")


def injected(data: Any, location: str = "namespace", workload: str | None = "web", secrets: Any = None) -> Any:
    values = {"manifests": {"a.yaml": {"location": location, "data": data}}}
    return injected_objects(
        values,
        {} if secrets is None else {"manifests": {"a.yaml": {"data": secrets}}},
        application="shop",
        environment="dev",
        namespace="shop-dev",
        workload=workload,
        where="config#c",
    )


def test_without_an_update_a_module_stays_as_it_is() -> None:
    assert updated_module(MODULE, {"other": 1}, {}, "modules.web") is MODULE


def test_steps_are_applied_in_their_order_and_make_what_a_path_lacks() -> None:
    found = updated(
        {"op": "add", "path": "/spec/serviceAccountName", "value": "web-sa"},
        {"op": "add", "path": "/spec/pod/annotations/example.org~1a", "value": "b"},
        {"op": "replace", "path": "/spec/containers/main/image", "value": "i:2"},
        {"op": "add", "path": "/spec/containers/main/variables/LOG", "value": "debug"},
        {"op": "add", "path": "/spec/replicas", "value": 2},
        {"op": "remove", "path": "/spec/replicas"},
    )
    assert found["profile"] == MODULE["profile"]
    assert found["spec"] == {
        "serviceAccountName": "web-sa",
        "pod": {"annotations": {"example.org/a": "b"}},
        "containers": {"main": {"image": "i:2", "variables": {"LOG": "debug"}}},
    }
    assert MODULE["spec"] == {"containers": {"main": {"image": "i:1"}}}
    assert read_workload("web", found["spec"]).service_account == "web-sa"


def test_a_secret_can_be_the_value_of_a_variable() -> None:
    steps = [{"op": Secret("add"), "path": Secret("/spec/containers/main/variables/KEY"), "value": Secret("planted")}]
    found = updated_module(MODULE, {}, {"update": steps}, "modules.web")
    workload = read_workload("web", found["spec"])
    assert workload.containers["main"].variables == {"KEY": Secret("planted")}


@pytest.mark.parametrize(
    ("step", "where", "what"),
    [
        (5, "update[0]", "it is not an object"),
        ({"op": "move", "from": "/spec/a", "path": "/spec/b"}, "update[0].op", "the operation is not served"),
        ({"op": "test", "path": "/spec/b", "value": 1}, "update[0].op", "the operation is not served"),
        ({"path": "/spec/b"}, "update[0].op", "the operation is not served"),
        ({"op": "add", "path": "/profile", "value": 1}, "update[0].path", "the path is not below /spec"),
        ({"op": "add", "path": "/specs", "value": 1}, "update[0].path", "the path is not below /spec"),
        ({"op": "add", "value": 1}, "update[0].path", "the path is not below /spec"),
        ({"op": "add", "path": "/spec/a"}, "update[0].value", "it is missing"),
        ({"op": "remove", "path": "/spec/none"}, "update[0]", "does not fit"),
        ({"op": "replace", "path": "/spec/none/x", "value": 1}, "update[0]", "does not fit"),
        ({"op": "add", "path": "/spec/containers/main/image/x", "value": 1}, "update[0]", "does not fit"),
    ],
)
def test_a_step_that_is_not_served_or_does_not_fit_is_refused(step: Any, where: str, what: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        updated(step)
    assert what in caught.value.what
    assert caught.value.where == f"modules.web: {where}"


@pytest.mark.parametrize("update", [5, {"op": "add"}, "x", [{"op": "remove", "path": "/spec/x"}] * 1001])
def test_an_update_that_is_no_list_is_refused(update: Any) -> None:
    with pytest.raises(InvalidInputError, match="not a list of steps"):
        updated_module(MODULE, {"update": update}, {}, "modules.web")


ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web-sa", "labels": {"team": "a"}}}


def test_an_object_goes_to_the_namespace_of_the_environment_with_labels() -> None:
    (found,) = injected(ACCOUNT)
    assert found["metadata"]["namespace"] == "shop-dev"
    labels = dict(zip(LABELS, ("shop", "dev", "web"), strict=True))
    assert found["metadata"]["labels"] == {"team": "a", **labels, "app.kubernetes.io/managed-by": "leastway"}
    assert str(name_of(found))
    assert "namespace" not in ACCOUNT["metadata"]


def test_an_object_of_a_shared_resource_belongs_to_no_workload() -> None:
    (found,) = injected(ACCOUNT, workload=None)
    assert LABELS[2] not in found["metadata"]["labels"]


def test_an_object_of_the_cluster_has_no_namespace() -> None:
    (found,) = injected({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}, "cluster")
    assert "namespace" not in found["metadata"]


def test_a_secret_of_kubernetes_may_have_secrets_in_its_data_alone() -> None:
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque"}
    (found,) = injected(data, secrets={"data": {"k": Secret("cGxhbnRlZA==")}})
    assert found["data"] == {"k": Secret("cGxhbnRlZA==")}
    assert "planted" not in repr(found)
    with pytest.raises(InvalidInputError, match="a secret that others could read"):
        injected(data, secrets={"metadata": {"annotations": {"k": Secret("planted")}}})
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s"}}
    with pytest.raises(InvalidInputError, match="a secret that others could read"):
        injected(config, secrets={"data": {"k": Secret("planted")}})


@pytest.mark.parametrize(
    ("data", "location", "what"),
    [
        (ACCOUNT, "containers", "the location of the manifest is not served"),
        (ACCOUNT, "", "the location of the manifest is not served"),
        ("text", "namespace", "it is not an object"),
        ({"kind": "X"}, "namespace", "the manifest has no name"),
        ({"metadata": {"name": 5}}, "namespace", "the manifest has no name"),
        ({"metadata": {"name": "../x"}}, "namespace", "the name of the manifest is not valid"),
        ({"metadata": {"name": "x", "labels": []}}, "namespace", None),
        ({"metadata": {"name": "x", "labels": "a"}}, "namespace", "it is not an object"),
        ({"metadata": {"name": "x", "labels": {"a": 5}}}, "namespace", "it is not a text"),
        ({"metadata": {"name": "x", "labels": {"a": "b c"}}}, "namespace", "it cannot be the value of a label"),
        (
            {"metadata": {"name": "x", "annotations": {"a b": "c"}}},
            "namespace",
            "it cannot be the key of a label or an annotation",
        ),
        ({"metadata": {"name": "x", "annotations": {"a": "b c"}}}, "namespace", None),
        ({"metadata": {"name": "x", "uid": "u"}}, "namespace", "the manifest has a field of the API server"),
        ({"metadata": {"name": "x", "resourceVersion": "1"}}, "cluster", "the manifest has a field of the API server"),
        ({"metadata": {"name": "x", "managedFields": []}}, "namespace", "the manifest has a field of the API server"),
        ({"metadata": {"name": "x", "creationTimestamp": None, "uid": None}}, "namespace", None),
        ({"metadata": {"name": "x", "namespace": "kube-system"}}, "namespace", "the manifest is for another namespace"),
        ({"metadata": {"name": "x", "namespace": "kube-system"}}, "cluster", "the manifest is for a namespace"),
    ],
)
def test_a_manifest_that_is_not_served_is_refused_with_its_place(data: Any, location: str, what: str | None) -> None:
    if what is None:
        injected(data, location)
        return
    with pytest.raises(InvalidInputError) as caught:
        injected(data, location)
    assert caught.value.what == what
    assert (caught.value.where or "").startswith("config#c: manifests.a.yaml")


def test_the_source_of_a_volume_is_its_manifest_or_its_values() -> None:
    data = {"name": "ignored", "configMap": {"name": "settings"}}
    values = {"manifests": {"v.yaml": {"location": "volumes", "data": data}}, "volumeName": "x"}
    assert volume_source(values, {}, "volume#v") == {"configMap": {"name": "settings"}}
    assert volume_source({"emptyDir": {}}, {}, "volume#v") == {"emptyDir": {}}
    twice = {"manifests": {name: {"location": "volumes", "data": data} for name in "ab"}}
    with pytest.raises(InvalidInputError, match="more than one source"):
        volume_source(twice, {}, "volume#v")
    with pytest.raises(InvalidInputError, match="a volume has a secret"):
        volume_source({"csi": {"driver": "d"}}, {"csi": {"volumeAttributes": Secret("s")}}, "volume#v")
    assert injected_objects(values, {}, application="a", environment="b", namespace="c", workload=None, where="v") == ()
