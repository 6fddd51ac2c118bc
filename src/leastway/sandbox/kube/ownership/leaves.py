"""An object as a flat table of the fields that can be owned.

A path is a tuple of elements as FieldsV1 writes them: `f:data`, `k:{"name":"web"}` for an item of a list with keys,
`v:"x"` for an item of a set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from leastway.sandbox.kube.schema.node import Dictionary, ListType, Node, Record, Sequence

__all__ = ["ITEM", "Path", "changed_paths", "containers", "in_order", "item_key", "leaves", "owned_leaves", "remove"]

Path = tuple[str, ...]

ITEM = object()
"""The value of a list item's own path: its presence."""

_SYSTEM_OWNED = {
    "apiVersion",
    "kind",
    "status",
}
_SYSTEM_METADATA = {
    "name",
    "namespace",
    "generateName",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
}


def owned_leaves(node: Record, value: dict[str, Any]) -> dict[Path, Any]:
    """Return the fields of an object of the kind `node` that a client can own, with their values."""
    metadata = {key: each for key, each in value.get("metadata", {}).items() if key not in _SYSTEM_METADATA}
    client_owned = {key: each for key, each in value.items() if key not in _SYSTEM_OWNED} | {"metadata": metadata}
    return {path: each for path, each in leaves(node, client_owned).items() if path != ("f:metadata",)}


def changed_paths(before: dict[Path, Any], after: dict[Path, Any]) -> set[Path]:
    """Return the fields that are new in `after` or have another value there, and the maps and lists that are new.

    A field that appears as null is not new: only one that becomes null has changed.
    """
    fields = {path for path, value in after.items() if before.get(path) != value}
    return fields | (containers(after) - containers(before) - before.keys())


def containers(paths: Iterable[Path]) -> set[Path]:
    """Return the maps and lists around the fields at `paths`; an object's own metadata is always there."""
    around = {path[:depth] for path in paths for depth in range(1, len(path))}
    return around - {("f:metadata",)}


def leaves(node: Node, value: Any, path: Path = ()) -> dict[Path, Any]:
    """Return each field of `value` that is owned by itself: scalars, atomic parts, items, empty maps."""
    if value is None:
        return {path: value}
    match node:
        case Dictionary(value=item) if value:
            return _under({f"f:{key}": (item, each) for key, each in value.items()}, path)
        case Record(fields=fields, atomic=False, open=is_open) if value:
            known = {key: each for key, each in value.items() if is_open or key in fields}
            return _under({f"f:{key}": (fields.get(key), each) for key, each in known.items()}, path)
        case Sequence(item=item, list_type=ListType.SET):
            return {(*path, f"v:{_json(each)}"): ITEM for each in value}
        case Sequence(item=item, list_type=ListType.MAP):
            found: dict[Path, Any] = {}
            for each in value:
                here = (*path, item_key(node, each))
                whole = isinstance(item, Record) and item.atomic
                found |= {here: each} if whole else {here: ITEM} | leaves(item, each, here)
            return found
        case _:
            return {path: value}


def _under(children: dict[str, tuple[Node | None, Any]], path: Path) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for element, (node, value) in children.items():
        here = (*path, element)
        found |= {here: value} if node is None else leaves(node, value, here)
    return found


def item_key(node: Sequence, item: dict[str, Any]) -> str:
    """Return the path element of an item of a list with keys."""
    return f"k:{_json({key: item[key] for key in node.keys if key in item})}"


def in_order(path: Path) -> list[tuple[bool, str]]:
    """Return the key by which a kube-apiserver sorts fields: on each level those with a value first."""
    return [(depth < len(path), element) for depth, element in enumerate(path, 1)]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def remove(node: Node | None, value: Any, path: Path) -> Any:
    """Return `value` without what lies at `path`; the same when nothing does."""
    if not path or value is None:
        return value
    element, rest = path[0], path[1:]
    if isinstance(node, Sequence):
        if element.startswith("v:"):
            return [each for each in value if f"v:{_json(each)}" != element]
        return [
            remove(node.item, each, rest) if item_key(node, each) == element else each
            for each in value
            if rest or item_key(node, each) != element
        ]
    key = element.removeprefix("f:")
    if not isinstance(value, dict) or key not in value:
        return value
    if not rest:
        return {name: each for name, each in value.items() if name != key}
    child = node.value if isinstance(node, Dictionary) else node.fields.get(key) if isinstance(node, Record) else None
    return value | {key: remove(child, value[key], rest)}
