"""The objects of a workload."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.workloads import Manifest, Place, objects_of, read_workload

PLACE = Place("shop", "development", "shop-development", volumes={}, hosts={}, key=Secret("k" * 32))


def made(spec: dict[str, Any], place: Place | None = None, /, **container: Any) -> dict[str, Manifest]:
    """Return the objects of a module with one container, by kind."""
    containers = {"containers": {"main": {"image": "web:1", **container}}}
    return {one["kind"]: one for one in objects_of(read_workload("web", {**containers, **spec}), place or PLACE)}


def _container(objects: dict[str, Manifest]) -> Any:
    return objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]


def test_the_least_workload_is_a_deployment_with_an_account_without_a_token() -> None:
    objects = made({})

    assert list(objects) == ["ServiceAccount", "Deployment"]
    assert objects["ServiceAccount"]["automountServiceAccountToken"] is False
    spec = objects["Deployment"]["spec"]
    assert spec["template"]["spec"]["serviceAccountName"] == "web"
    assert "replicas" not in spec
    assert spec["selector"]["matchLabels"] == {
        "leastway.dev/application": "shop",
        "leastway.dev/environment": "development",
        "leastway.dev/workload": "web",
    }
    assert spec["template"]["metadata"]["labels"].items() >= spec["selector"]["matchLabels"].items()


def test_every_object_is_in_the_namespace_and_has_the_labels_of_its_workload() -> None:
    objects = made(
        {"service": {"ports": {"www": {"service_port": 80}}}, "ingress": _ingress("www.example.com")},
        variables={"A": Secret("s")},
        files={"/etc/a": {"value": "a"}},
    )

    assert set(objects) == {"ServiceAccount", "ConfigMap", "Secret", "Deployment", "Service", "Ingress"}
    for one in objects.values():
        assert one["metadata"]["namespace"] == "shop-development"
        assert one["metadata"]["labels"]["leastway.dev/workload"] == "web"


def test_a_secret_is_in_the_secret_alone_and_stays_hidden_in_the_manifest() -> None:
    objects = made({}, variables={"HOST": "db", "PASSWORD": Secret("pw")}, files={"/etc/key": {"value": Secret("k2")}})

    data = objects["Secret"]["data"]
    revealed = {name: base64.b64decode(value.reveal()).decode() for name, value in data.items()}
    assert revealed == {"main.PASSWORD": "pw", "file-0": "k2"}
    assert "ConfigMap" not in objects
    reference = {"secretKeyRef": {"name": "web-secrets", "key": "main.PASSWORD"}}
    assert _container(objects)["env"] == [{"name": "HOST", "value": "db"}, {"name": "PASSWORD", "valueFrom": reference}]
    others = str([one for kind, one in objects.items() if kind != "Secret"])
    assert not [text for text in ("'pw'", "'k2'", "cHc=", "azI=") if text in others]
    assert "pw" not in repr(objects["Secret"]["data"])


def test_files_are_mounted_one_by_one_with_their_modes() -> None:
    files = {"/etc/app/a.ini": {"value": "a", "mode": "0600"}, "/etc/app/b.ini": {"value": "b"}}
    objects = made({}, files=files)

    assert objects["ConfigMap"]["data"] == {"file-0": "a", "file-1": "b"}
    (volume,) = objects["Deployment"]["spec"]["template"]["spec"]["volumes"]
    assert volume["configMap"]["items"] == [
        {"key": "file-0", "path": "file-0", "mode": 0o600},
        {"key": "file-1", "path": "file-1"},
    ]
    assert [(one["mountPath"], one["subPath"]) for one in _container(objects)["volumeMounts"]] == [
        ("/etc/app/a.ini", "file-0"),
        ("/etc/app/b.ini", "file-1"),
    ]


@pytest.mark.parametrize("change", [{"variables": {"A": Secret("2")}}, {"files": {"/etc/a": {"value": "2"}}}])
def test_a_changed_content_replaces_the_pods(change: dict[str, Any]) -> None:
    before: dict[str, Any] = {"variables": {"A": Secret("1")}, "files": {"/etc/a": {"value": "1"}}}

    assert _digest(made({}, **before)) == _digest(made({}, **before))
    assert _digest(made({}, **before)) != _digest(made({}, **{**before, **change}))


def test_the_digest_of_a_secret_needs_the_key() -> None:
    secret: dict[str, Any] = {"variables": {"A": Secret("1")}}

    other = made({}, replace(PLACE, key=Secret("other")), **secret)
    assert _digest(made({}, **secret)) != _digest(other)
    with pytest.raises(InvalidInputError, match="nothing makes their digests"):
        made({}, replace(PLACE, key=None), **secret)


def _digest(objects: dict[str, Manifest]) -> str:
    return str(objects["Deployment"]["spec"]["template"]["metadata"]["annotations"]["leastway.dev/content"])


@pytest.mark.parametrize(
    ("value", "written"),
    [("cost $5", "cost $5"), ("$(HOME)", "$$(HOME)"), ("a$$b", "a$$$$b"), ("$5 $(A)", "$$5 $$(A)")],
)
def test_a_variable_reaches_the_container_as_it_is(value: str, written: str) -> None:
    """Kubernetes replaces `$(NAME)` and makes `$$` one dollar."""
    assert _container(made({}, variables={"A": value}))["env"] == [{"name": "A", "value": written}]


def _ingress(host: str) -> dict[str, Any]:
    return {"rules": {host: {"http": {"/": {"type": "exact", "port": 80}}}}}


def test_a_route_names_a_host_or_a_resource_that_has_one() -> None:
    service = {"service": {"ports": {"www": {"service_port": 80, "container_port": 8080}}}}
    place = replace(PLACE, hosts={"shared.dns": "shop.example.com"})

    by_name = made({**service, "ingress": _ingress("www.example.com")})["Ingress"]["spec"]["rules"]
    by_resource = made({**service, "ingress": _ingress("shared.dns")}, place)["Ingress"]["spec"]["rules"]

    assert [one["host"] for one in (*by_name, *by_resource)] == ["www.example.com", "shop.example.com"]
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    assert by_name[0]["http"]["paths"] == [{"path": "/", "pathType": "Exact", "backend": backend}]
    with pytest.raises(InvalidInputError, match=r"the host 'shared\.dns' does not exist"):
        made({**service, "ingress": _ingress("shared.dns")})
    # An Ingress without a host would take the requests of every host.
    with pytest.raises(InvalidInputError, match=r"the resource 'shared\.dns' gives no host"):
        made({**service, "ingress": _ingress("shared.dns")}, replace(PLACE, hosts={"shared.dns": ""}))


@pytest.mark.parametrize("host", ["Shop.example", "10.0.0.1", "*", "*.*.example", "a_b.example", "shop.example:80"])
def test_a_host_that_no_ingress_can_have_is_refused_also_as_an_output(host: str) -> None:
    service = {"service": {"ports": {"www": {"service_port": 80}}}}
    with pytest.raises(InvalidInputError, match="cannot be the host of an Ingress"):
        made({**service, "ingress": _ingress(host)})
    with pytest.raises(InvalidInputError, match="cannot be the host of an Ingress"):
        made({**service, "ingress": _ingress("shared.dns")}, replace(PLACE, hosts={"shared.dns": host}))


@pytest.mark.parametrize("content", ["x", Secret("x")])
def test_contents_that_no_object_can_have_are_refused(content: str | Secret) -> None:
    def files(*sizes: int) -> dict[str, Any]:
        texts = [("x" if content == "x" else "\u00e9") * size for size in sizes]
        values = texts if content == "x" else [Secret(one) for one in texts]
        return {"files": {f"/etc/app/{number}": {"value": one} for number, one in enumerate(values)}}

    half = 512 * 1024 if content == "x" else 256 * 1024
    made({}, **files(half, half))
    with pytest.raises(InvalidInputError, match="more than 1048576 bytes"):
        made({}, **files(half, half + 1))


def test_annotations_that_are_too_long_together_are_refused() -> None:
    spec = {"annotations": {"a": "x" * 131_000}, "pod": {"annotations": {"b": "x" * 131_000}}}
    made(spec)
    with pytest.raises(InvalidInputError, match="more than 262144 bytes"):
        made({**spec, "annotations": {"a": "x" * 132_000}})


def test_a_volume_is_mounted_once_for_all_containers() -> None:
    mount: dict[str, Any] = {"volume_mounts": {"/data": {"id": "externals.data", "read_only": True}}}
    containers = {"a": {"image": "a", **mount}, "b": {"image": "b", **mount}}
    place = replace(PLACE, volumes={"externals.data": {"persistentVolumeClaim": {"claimName": "data"}}})

    (_, deployment) = objects_of(read_workload("web", {"containers": containers}), place)

    pod = deployment["spec"]["template"]["spec"]
    assert pod["volumes"] == [{"name": "volume-0", "persistentVolumeClaim": {"claimName": "data"}}]
    for one in pod["containers"]:
        assert one["volumeMounts"] == [{"name": "volume-0", "mountPath": "/data", "readOnly": True}]
    with pytest.raises(InvalidInputError, match=r"the volume 'externals\.data' does not exist"):
        made({}, **mount)
    # Kubernetes makes a volume without a source an emptyDir, whose data end with the pod.
    with pytest.raises(InvalidInputError, match=r"the volume 'externals\.data' has no source"):
        made({}, replace(PLACE, volumes={"externals.data": {}}), **mount)


def test_labels_of_the_deployment_and_of_the_pods_are_apart() -> None:
    deployment = made({"deployment": {"labels": {"tier": "web"}}, "labels": {"team": "shop"}})["Deployment"]

    assert deployment["metadata"]["labels"]["tier"] == "web"
    assert "team" not in deployment["metadata"]["labels"]
    pods = deployment["spec"]["template"]["metadata"]["labels"]
    assert pods["team"] == "shop"
    assert "tier" not in pods


def test_an_account_that_the_module_names_is_not_made() -> None:
    objects = made({"pod": {"serviceAccountName": "reader"}, "replicas": 0})

    assert "ServiceAccount" not in objects
    assert objects["Deployment"]["spec"]["template"]["spec"]["serviceAccountName"] == "reader"
    assert objects["Deployment"]["spec"]["replicas"] == 0
