"""Server-side apply, `application/apply-patch+yaml`: a manager says which fields it wants, and owns those.

Source: Kubernetes documentation, "Server-Side Apply". Fields that the manager owned and no longer names are removed
unless another manager owns them too; a field that another manager owns with another value is a conflict.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.ownership.leaves import Path, changed_paths, containers, item_key, owned_leaves, remove
from leastway.sandbox.kube.ownership.managers import Manager, Owners, conflicts, read
from leastway.sandbox.kube.schema.node import Dictionary, ListType, Node, Record, Sequence

__all__ = ["ApplyConflictError", "apply_configuration"]


_BEFORE = Manager("before-first-apply", "Update")
"""Who owns what was there when the first apply found an object that nobody had been noted for."""


class ApplyConflictError(Exception):
    """Others own fields that would change: `owners` says who and which."""

    def __init__(self, owners: Owners) -> None:
        super().__init__("fields are owned by others")
        self.owners = owners


def apply_configuration(
    node: Record, live: dict[str, Any], wanted: dict[str, Any], manager: Manager, *, force: bool
) -> tuple[dict[str, Any], Owners]:
    """Return the object after `manager` applied `wanted`, and its owners; an ApplyConflictError unless `force`."""
    owners = read(live.get("metadata", {}))
    if live and not owners:
        there = {path for path, value in owned_leaves(node, live).items() if value is not None}
        owners = {_BEFORE: frozenset(there | containers(there))}
    merged = _merge(node, live, wanted)
    named = frozenset(owned_leaves(node, wanted))
    others = {other: paths for other, paths in owners.items() if other != manager}
    merged = _prune(node, merged, owners.get(manager, frozenset()) - named - containers(named), others)

    before, after = owned_leaves(node, live), owned_leaves(node, merged)
    changed = changed_paths(before, after)
    taken = conflicts(others, manager, changed)
    if taken and not force:
        raise ApplyConflictError(taken)
    gone = changed | ((before.keys() | containers(before)) - after.keys() - containers(after))
    kept = {other: paths - gone if force else paths - (gone - changed) for other, paths in others.items()}
    return merged, kept | {manager: named}


def _merge(node: Node | None, live: Any, wanted: Any) -> Any:
    if live is None:
        return wanted
    if wanted is None and _merges(node):
        return live
    match node:
        case Dictionary(value=item):
            return live | {key: _merge(item, live.get(key), each) for key, each in wanted.items()}
        case Record(fields=fields, atomic=False):
            return live | {key: _merge(fields.get(key), live.get(key), each) for key, each in wanted.items()}
        case Sequence(list_type=ListType.SET):
            return live + [each for each in wanted if each not in live]
        case Sequence(item=item, list_type=ListType.MAP):
            merged = {item_key(node, each): each for each in live}
            for each in wanted:
                key = item_key(node, each)
                merged[key] = _merge(item, merged.get(key), each)
            return list(merged.values())
        case _:
            return wanted


def _merges(node: Node | None) -> bool:
    match node:
        case Dictionary():
            return True
        case Record(atomic=atomic):
            return not atomic
        case Sequence(list_type=list_type):
            return list_type is not ListType.ATOMIC
        case _:
            return False


def _prune(node: Record, merged: dict[str, Any], dropped: frozenset[Path], others: Owners) -> dict[str, Any]:
    owned = {path[:depth] for paths in others.values() for path in paths for depth in range(1, len(path) + 1)}
    for path in sorted(dropped - owned, key=len):  # an item before its fields, which name it
        merged = remove(node, merged, path)
    return merged
