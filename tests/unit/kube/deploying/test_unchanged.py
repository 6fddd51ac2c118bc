"""Whether an object is as it was applied, from what the API server recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from leastway.kube.deploying.kinds import revealed
from leastway.kube.deploying.unchanged import is_as_applied
from leastway.primitives import Secret

PORT = 'k:{"containerPort":8080,"protocol":"TCP"}'
MANIFEST: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "main",
                "image": Secret("web:1"),
                "ports": [{"containerPort": 8080}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "args": ["serve", "--quiet"],
            }
        ],
        "volumes": [{"name": "scratch", "emptyDir": {}}],
    },
}
OWNED: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {
        "f:containers": {
            'k:{"name":"main"}': {
                ".": {},
                "f:name": {},
                "f:image": {},
                "f:args": {},
                "f:ports": {PORT: {".": {}, "f:containerPort": {}}},
                "f:env": {
                    'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}},
                    'k:{"name":"B"}': {".": {}, "f:name": {}, "f:value": {}},
                },
            }
        },
        "f:volumes": {'k:{"name":"scratch"}': {".": {}, "f:name": {}, "f:emptyDir": {}}},
    },
}


def _live(owned: dict[str, Any] = OWNED, **entry: Any) -> dict[str, Any]:
    """Return the object as a server would have it, with defaults, another item, and other managers."""
    ours = {"manager": "leastway-deployment", "operation": "Apply", "apiVersion": "v1", "fieldsV1": owned, **entry}
    theirs = {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "subresource": "status", "fieldsV1": {}}
    live = json.loads(json.dumps(MANIFEST, default=lambda secret: secret.reveal()))
    container = live["spec"]["containers"][0]
    container |= {"imagePullPolicy": "Always"}
    container["ports"][0]["protocol"] = "TCP"
    container["env"].insert(1, {"name": "INJECTED", "value": "x"})
    live["spec"]["containers"].append({"name": "sidecar", "image": "proxy"})
    live["metadata"] |= {"uid": "1", "resourceVersion": "7", "managedFields": [theirs, ours]}
    return live  # type: ignore[no-any-return]


def _container(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["containers"][0]
    return found


def test_defaults_and_what_others_added_do_not_matter() -> None:
    assert is_as_applied(_live(), MANIFEST)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: _container(one).update(image="web:2"),
        lambda one: _container(one).update(tty=True),
        lambda one: _container(one).pop("args"),
        lambda one: _container(one)["args"].reverse(),
        lambda one: _container(one)["env"].reverse(),
        lambda one: _container(one)["env"].pop(),
        lambda one: _container(one)["env"].append({"name": "C", "value": "3"}),
        lambda one: _container(one)["env"].append(deepcopy(_container(one)["env"][0])),
        lambda one: _container(one)["ports"][0].update(containerPort=8081),
        lambda one: one["spec"]["containers"].append({"name": "second"}),
        lambda one: one["spec"]["volumes"][0].update(emptyDir={"medium": "Memory"}),
        lambda one: one["metadata"]["labels"].update(app="other"),
        lambda one: one["metadata"].pop("labels"),
        lambda one: one["metadata"].update(annotations={"a": "b"}),
        lambda one: one.pop("spec"),
        lambda one: one.update(apiVersion="v2"),
        lambda one: one.update(spec="text"),
    ],
)
def test_another_manifest_is_sent(change: Callable[[Any], Any]) -> None:
    manifest = revealed(MANIFEST)
    change(manifest)
    assert not is_as_applied(_live(), manifest)


@pytest.mark.parametrize(
    "entry",
    [
        {"manager": "kubectl"},
        {"operation": "Update"},
        {"subresource": "status"},
        {"apiVersion": "v1beta1"},
        {"fieldsV1": None},
        {"fieldsV1": {}},
        {"fieldsV1": {"f:metadata": 1}},
        {"fieldsV1": {**OWNED, "f:data": {}}},
        {"fieldsV1": {**OWNED, "x:data": {}}},
    ],
)
def test_what_the_server_does_not_record_as_ours_is_sent(entry: dict[str, Any]) -> None:
    assert not is_as_applied(_live(**entry), MANIFEST)


@pytest.mark.parametrize("key", ["k:", "k:{", "k:[]", "k:{}", 'v:"main"', "i:0"])
def test_an_item_whose_key_cannot_be_read_is_sent(key: str) -> None:
    owned = deepcopy(OWNED)
    containers = owned["f:spec"]["f:containers"]
    containers[key] = containers.pop('k:{"name":"main"}')
    assert not is_as_applied(_live(owned), MANIFEST)


def test_a_value_that_another_changed_is_sent() -> None:
    live = _live()
    live["spec"]["containers"][0]["image"] = "web:0"
    assert not is_as_applied(live, MANIFEST)
