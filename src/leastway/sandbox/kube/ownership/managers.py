"""The managers of an object, read from and written to `metadata.managedFields`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from leastway.sandbox.kube.ownership.leaves import Path, changed_paths, containers, owned_leaves
from leastway.sandbox.kube.schema.node import Record

__all__ = ["Manager", "Owners", "conflicts", "read", "record_update", "write"]

Operation = Literal["Apply", "Update"]


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes, and by which operation: the same client owns separately what it applied and what it updated."""

    name: str
    operation: Operation


Owners = dict[Manager, frozenset[Path]]


def read(metadata: dict[str, Any]) -> Owners:
    """Return the owners that an object's metadata names."""
    return {
        Manager(entry["manager"], entry["operation"]): frozenset(_paths(entry["fieldsV1"], ()))
        for entry in metadata.get("managedFields", ())
    }


def write(metadata: dict[str, Any], owners: Owners, api_version: str) -> dict[str, Any]:
    """Return `metadata` with its `managedFields` set from `owners`; unchanged owners keep their time."""
    before = read(metadata)
    times = {Manager(each["manager"], each["operation"]): each["time"] for each in metadata.get("managedFields", ())}
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = [
        {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": api_version,
            "time": times[manager] if before.get(manager) == paths else now,
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(paths),
        }
        for manager, paths in owners.items()
        if paths
    ]
    rest = {key: value for key, value in metadata.items() if key != "managedFields"}
    return rest | {"managedFields": entries} if entries else rest


def conflicts(owners: Owners, manager: Manager, changed: set[Path]) -> Owners:
    """Return what others than `manager` own of the `changed` fields."""
    taken = {other: paths & changed for other, paths in owners.items() if other != manager}
    return {other: paths for other, paths in taken.items() if paths}


def record_update(node: Record, before: dict[str, Any], after: dict[str, Any], manager: Manager) -> Owners:
    """Return the owners after `manager` turned `before` into `after` by anything but an apply.

    It owns what it changed; what it changed or removed, the others lose.
    """
    if before and not read(before["metadata"]):
        return {}  # nobody has been noted so far, and only an apply begins it
    old, new = owned_leaves(node, before), owned_leaves(node, after)
    changed = changed_paths(old, new)
    present = new.keys() | containers(new)
    lost = changed | ((old.keys() | containers(old)) - present)
    owners = {other: paths - lost for other, paths in read(before.get("metadata", {})).items()}
    return owners | {manager: (owners.get(manager, frozenset()) | changed) & present}


def _paths(tree: dict[str, Any], path: Path) -> list[Path]:
    found = [path] if path and (not tree or "." in tree) else []
    for element, child in tree.items():
        if element != ".":
            found += _paths(child, (*path, element))
    return found


def _tree(paths: frozenset[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        node = tree
        for element in path:
            node = node.setdefault(element, {})
    for path in sorted(paths):
        node = tree
        for element in path:
            node = node[element]
        if node:
            node["."] = {}
    return tree
