"""The initial state of a cluster: its namespaces, the built-in roles and, if given, aws-auth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leastway.sandbox.kube.authorization.builtin import BINDINGS, ROLES
from leastway.sandbox.kube.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, CONFIG_MAP, NAMESPACE
from leastway.sandbox.kube.store import ObjectStore

__all__ = ["namespace", "new_store"]

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def namespace(name: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a namespace with the fields that the server fills in."""
    given = metadata or {}
    labels = {**given.get("labels", {}), "kubernetes.io/metadata.name": name}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {**given, "name": name, "labels": labels},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def new_store(aws_auth: Mapping[str, str] | None, namespaces: Iterable[str] = ()) -> ObjectStore:
    """Return the state of a new cluster, with additional `namespaces`, and the `data` of aws-auth if given."""
    store = ObjectStore()
    objects = [(NAMESPACE, namespace(name)) for name in dict.fromkeys((*_NAMESPACES, *namespaces))]
    objects += [(CLUSTER_ROLE, each) for each in ROLES] + [(CLUSTER_ROLE_BINDING, each) for each in BINDINGS]
    if aws_auth is not None:
        metadata = {"name": "aws-auth", "namespace": "kube-system"}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(aws_auth)}
        objects.append((CONFIG_MAP, body))
    for kind, each in objects:
        store.put(kind, store.born(each))
    return store
