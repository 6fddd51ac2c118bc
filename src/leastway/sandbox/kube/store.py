"""The objects of one cluster, in memory, and those that a new cluster has: namespaces, built-in roles, aws-auth.

A stored object is never changed, only replaced, so reads can be sent without copying, and clusters share their initial
objects. One event loop owns a store: nothing else runs between a read and the write that depends on it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from leastway.sandbox.kube.authorization.builtin import BINDINGS, ROLES
from leastway.sandbox.kube.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, CONFIG_MAP, NAMESPACE, KubeKind

__all__ = ["ObjectStore", "Snapshot", "namespace", "new_store", "timestamp"]

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_Key = tuple[str, str]
Snapshot = tuple[int, dict["KubeKind", dict[_Key, dict[str, Any]]]]
"""The last resourceVersion, and the objects by kind."""


def timestamp() -> str:
    """Return the current time in the form of metadata: UTC, whole seconds."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ObjectStore:
    """Objects by kind, namespace (empty for cluster-wide objects) and name; versions are counted per cluster."""

    def __init__(self) -> None:
        self._objects: defaultdict[KubeKind, dict[_Key, dict[str, Any]]] = defaultdict(dict)
        self._version = 0

    @property
    def version(self) -> str:
        """The resourceVersion of the last write."""
        return str(self._version)

    def snapshot(self) -> Snapshot:
        """Return all objects for `restore`; it copies the tables, not the objects."""
        return self._version, {kind: dict(objects) for kind, objects in self._objects.items()}

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot, which can be restored again later."""
        self._version = snapshot[0]
        self._objects.clear()
        self._objects.update((kind, dict(objects)) for kind, objects in snapshot[1].items())

    def get(self, kind: KubeKind, namespace: str, name: str) -> dict[str, Any] | None:
        """Return one object, or None."""
        return self._objects[kind].get((namespace, name))

    def list(self, kind: KubeKind, namespace: str = "") -> list[dict[str, Any]]:
        """Return the objects of a namespace, or all of the kind if it is empty, sorted by namespace and name."""
        found = sorted(self._objects[kind].items())
        return [each for (home, _), each in found if not namespace or home == namespace]

    def born(self, written: dict[str, Any]) -> dict[str, Any]:
        """Return `written` with the metadata of a new object, without storing it."""
        metadata = written["metadata"] | {"uid": str(uuid.uuid4()), "creationTimestamp": timestamp()}
        return written | {"metadata": metadata}

    def put(self, kind: KubeKind, written: dict[str, Any]) -> dict[str, Any]:
        """Store an object under a new resourceVersion and return it."""
        self._version += 1
        stored = written | {"metadata": written["metadata"] | {"resourceVersion": self.version}}
        metadata = stored["metadata"]
        self._objects[kind][metadata.get("namespace", ""), metadata["name"]] = stored
        return stored

    def remove(self, kind: KubeKind, namespace: str, name: str) -> None:
        """Delete an object."""
        self._version += 1
        del self._objects[kind][namespace, name]


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
