"""Strategic merge patch, `application/strategic-merge-patch+json`: kubectl's own, by which lists merge by key.

Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch", and the community's design note
on its directives. `$setElementOrder` is read and ignored: new items come last.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.schema.node import Dictionary, ListType, Node, Record, Sequence

__all__ = ["apply_strategic_patch"]

_DELETE_ITEMS = "$deleteFromPrimitiveList/"


def apply_strategic_patch(node: Node | None, target: Any, patch: Any) -> Any:
    """Return `target`, whose schema is `node`, after `patch` with its directives."""
    if isinstance(node, Sequence) and isinstance(patch, list):
        return _merge_list(node, target if isinstance(target, list) else [], patch)
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "delete":
        return None
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    return _merge_object(node, dict(target) if isinstance(target, dict) else {}, patch)


def _merge_object(node: Node | None, merged: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    if isinstance(kept := patch.get("$retainKeys"), list):
        merged = {key: value for key, value in merged.items() if key in kept}
    for key, value in patch.items():
        if key.startswith(_DELETE_ITEMS):
            name = key.removeprefix(_DELETE_ITEMS)
            merged[name] = [each for each in merged.get(name, []) if each not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            merged.pop(key, None)
        else:
            child = _child(node, key)
            result = apply_strategic_patch(child, merged.get(key), value)
            if result is None:
                merged.pop(key, None)
            else:
                merged[key] = result
    return merged


def _child(node: Node | None, key: str) -> Node | None:
    match node:
        case Dictionary(value=item):
            return item
        case Record(fields=fields):
            return fields.get(key)
        case _:
            return None


def _merge_list(node: Sequence, target: list[Any], patch: list[Any]) -> list[Any]:
    if node.list_type is ListType.SET:
        return target + [each for each in patch if each not in target]
    if node.list_type is not ListType.MAP:
        return patch
    if {"$patch": "replace"} in patch:
        return [each for each in patch if each != {"$patch": "replace"}]
    key = node.keys[0]
    merged = {each.get(key): each for each in target}
    for each in patch:
        at = each.get(key)
        if each.get("$patch") == "delete":
            merged.pop(at, None)
        else:
            merged[at] = apply_strategic_patch(node.item, merged.get(at), each)
    return list(merged.values())
