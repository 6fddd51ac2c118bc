"""What a new cluster holds: its namespaces, the built-in roles and, where it is given, aws-auth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leastway.sandbox.kube.authorization.builtin import BINDINGS, ROLES
from leastway.sandbox.kube.kinds import CONFIG_MAP, NAMESPACE, RBAC, Kind, find_kind
from leastway.sandbox.kube.store import Store

__all__ = ["namespace", "new_store"]

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def namespace(name: str) -> dict[str, Any]:
    """Return a namespace as the server completes it."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def new_store(aws_auth: Mapping[str, str] | None, namespaces: Iterable[str] = ()) -> Store:
    """Return the state of a new cluster, with more `namespaces`, and the `data` of aws-auth where it is given."""
    store = Store()
    for name in (*_NAMESPACES, *namespaces):
        _put(store, NAMESPACE, namespace(name))
    for plural, objects in (("clusterroles", ROLES), ("clusterrolebindings", BINDINGS)):
        kind = find_kind(RBAC, "v1", plural)
        assert kind is not None  # noqa: S101  # both are rows of the table
        for each in objects:
            _put(store, kind, each)
    if aws_auth is not None:
        metadata = {"name": "aws-auth", "namespace": "kube-system"}
        data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(aws_auth)}
        _put(store, CONFIG_MAP, data)
    return store


def _put(store: Store, kind: Kind, written: dict[str, Any]) -> None:
    store.put(kind, store.born(written))
