"""Field ownership: `metadata.managedFields`, and server-side apply, which depends on it.

Labels, annotations and the data of a ConfigMap are owned key by key; every other field of the supported kinds is owned
as a whole. A path is a tuple of field names, as in `("metadata", "labels", "app")`.
Source: Kubernetes documentation, "Server-Side Apply".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leastway.sandbox.kube.store import timestamp

__all__ = ["CLIENTS", "Manager", "Owners", "apply", "record_update", "with_owners"]

FieldPath = tuple[str, ...]
_MAPS: frozenset[FieldPath] = frozenset(
    {("data",), ("binaryData",), ("metadata", "labels"), ("metadata", "annotations")}
)
_NOBODYS = ("apiVersion", "kind", "metadata", "status")
CLIENTS = ("labels", "annotations", "finalizers", "ownerReferences")
"""The metadata that a client can set and own, besides name and namespace."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A client and its operation: what a client applied and what it updated are owned separately."""

    name: str
    operation: Literal["Apply", "Update"]


Owners = dict[Manager, frozenset[FieldPath]]

_BEFORE = Manager("before-first-apply", "Update")
"""The owner of existing fields if the first apply finds an object without recorded owners."""


def record_update(before: dict[str, Any], after: dict[str, Any], manager: Manager) -> Owners:
    """Return the owners after `manager` turned `before` into `after` by any operation other than apply.

    The manager owns the fields that it changed; other managers lose fields that were changed or removed.
    """
    if before and not _read(before["metadata"]):
        return {}  # no owners are recorded yet, and only apply starts recording them
    old, new = _fields(before), _fields(after)
    changed = _changed(old, new)
    present = new.keys() | _around(new)
    lost = changed | ((old.keys() | _around(old)) - present)
    owners = {other: paths - lost for other, paths in _read(before.get("metadata", {})).items()}
    return owners | {manager: (owners.get(manager, frozenset()) | changed) & present}


def apply(live: dict[str, Any], wanted: dict[str, Any], manager: Manager) -> tuple[dict[str, Any], Owners]:
    """Return the object after `manager` applied `wanted`, and its owners.

    A field that the manager owned and no longer sets is removed, unless another manager also owns it. A field that it
    sets is taken from managers that own it with another value, as with `force=true`.
    """
    old, named = _fields(live), _fields(wanted)
    owners = _read(live["metadata"]) or {_BEFORE: frozenset(old.keys() | _around(old))}
    others = {other: paths for other, paths in owners.items() if other != manager}
    held = {path[:depth] for paths in others.values() for path in paths for depth in range(1, len(path) + 1)}
    dropped = owners.get(manager, frozenset()) - named.keys() - _around(named) - held
    kept = {path: each for path, each in old.items() if not any(path[: len(gone)] == gone for gone in dropped)}
    new = kept | named
    lost = _changed(old, new) | ((old.keys() | _around(old)) - new.keys() - _around(new))
    return _assembled(live, new), {other: paths - lost for other, paths in others.items()} | {manager: frozenset(named)}


def with_owners(metadata: Mapping[str, Any], owners: Owners, api_version: str) -> dict[str, Any]:
    """Return `metadata` with its `managedFields` set from `owners`; unchanged owners keep their timestamp."""
    before = _read(metadata)
    times = {Manager(each["manager"], each["operation"]): each["time"] for each in metadata.get("managedFields", ())}
    entries = [
        {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": api_version,
            "time": times[manager] if before.get(manager) == paths else timestamp(),
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(paths),
        }
        for manager, paths in owners.items()
        if paths
    ]
    rest = {key: value for key, value in metadata.items() if key != "managedFields"}
    return rest | ({"managedFields": entries} if entries else {})


def _fields(value: Mapping[str, Any]) -> dict[FieldPath, Any]:
    """Return the fields of an object that a client can own, with their values."""
    metadata = value.get("metadata", {})
    top: dict[FieldPath, Any] = {(key,): each for key, each in value.items() if key not in _NOBODYS}
    top |= {("metadata", key): metadata[key] for key in CLIENTS if key in metadata}
    found: dict[FieldPath, Any] = {}
    for path, each in top.items():
        found |= {(*path, key): item for key, item in each.items()} if each and path in _MAPS else {path: each}
    return found


def _assembled(live: Mapping[str, Any], fields: Mapping[FieldPath, Any]) -> dict[str, Any]:
    """Return `live` with these fields instead of those that clients own."""
    made: dict[str, Any] = {key: live[key] for key in _NOBODYS if key in live}
    made["metadata"] = {key: each for key, each in live["metadata"].items() if key not in CLIENTS}
    for path, value in fields.items():
        node = made
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node[path[-1]] = value
    return made


def _changed(before: Mapping[FieldPath, Any], after: Mapping[FieldPath, Any]) -> set[FieldPath]:
    """Return the fields that are new or different in `after`, and the new maps."""
    fields = {path for path, value in after.items() if before.get(path) != value}
    return fields | (_around(after) - _around(before) - before.keys())


def _around(paths: Iterable[FieldPath]) -> set[FieldPath]:
    """Return the maps that contain the fields at `paths`."""
    return {path[:-1] for path in paths if path[:-1] in _MAPS}


def _read(metadata: Mapping[str, Any]) -> Owners:
    return {
        Manager(entry["manager"], entry["operation"]): frozenset(_paths(entry["fieldsV1"], ()))
        for entry in metadata.get("managedFields", ())
    }


def _paths(tree: Mapping[str, Any], path: FieldPath) -> list[FieldPath]:
    found = [path] if path and (not tree or "." in tree) else []
    for name, child in tree.items():
        if name != ".":
            found += _paths(child, (*path, name.removeprefix("f:")))
    return found


def _tree(paths: frozenset[FieldPath]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(paths, key=len, reverse=True):  # the contents of a map before the map itself
        node = tree
        for name in path:
            node = node.setdefault(f"f:{name}", {})
        if node:
            node["."] = {}
    return tree
