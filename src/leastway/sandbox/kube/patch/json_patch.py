"""JSON patch (RFC 6902), `application/json-patch+json`.

As in a kube-apiserver, and unlike the RFC, a missing field of an object may be replaced.
"""

from __future__ import annotations

import copy
from typing import Any

__all__ = ["JsonPatchError", "apply_json_patch"]


class JsonPatchError(Exception):
    """The patch does not apply: a path is missing, a test fails, or it is no patch at all."""


def apply_json_patch(target: Any, operations: Any) -> Any:
    """Return `target` after all `operations`, which apply wholly or not at all."""
    if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise JsonPatchError("a json patch is a list of operations")
    result = copy.deepcopy(target)
    for operation in operations:
        result = _apply(result, operation)
    return result


def _apply(document: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation, "path")
    match operation.get("op"):
        case "add":
            return _add(document, path, _value(operation))
        case "remove":
            _remove(document, path)
            return document
        case "replace":
            if path and isinstance(_get(document, path[:-1]), list):
                _remove(document, path)
            return _add(document, path, _value(operation))
        case "move":
            return _add(document, path, _remove(document, _pointer(operation, "from")))
        case "copy":
            return _add(document, path, copy.deepcopy(_get(document, _pointer(operation, "from"))))
        case "test":
            if _get(document, path) != _value(operation):
                raise JsonPatchError(f"testing value {operation['path']} failed")
            return document
        case other:
            raise JsonPatchError(f"unexpected kind: {other}")


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise JsonPatchError("an operation has no value")
    return operation["value"]


def _pointer(operation: dict[str, Any], field: str) -> list[str]:
    pointer = operation.get(field)
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise JsonPatchError(f"{field} is no JSON pointer: {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _step(node: Any, part: str) -> Any:
    try:
        return node[int(part)] if isinstance(node, list) else node[part]
    except (KeyError, IndexError, ValueError, TypeError):
        raise JsonPatchError(f"path does not exist: {part}") from None


def _get(document: Any, path: list[str]) -> Any:
    for part in path:
        document = _step(document, part)
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, last = _get(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        at = len(parent) if last == "-" else int(last) if last.isdigit() else -1
        if not 0 <= at <= len(parent):
            raise JsonPatchError(f"path does not exist: {last}")
        parent.insert(at, value)
    elif isinstance(parent, dict):
        parent[last] = value
    else:
        raise JsonPatchError(f"path does not exist: {last}")
    return document


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        raise JsonPatchError("the whole document cannot be removed")
    parent = _get(document, path[:-1])
    removed = _step(parent, path[-1])
    del parent[int(path[-1]) if isinstance(parent, list) else path[-1]]
    return removed
