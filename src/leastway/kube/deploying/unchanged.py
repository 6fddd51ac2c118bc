"""Whether applying a manifest again would certainly change nothing: then it is not sent.

The API server records which fields the manager applied last (`managedFields`). If these are the fields of the manifest,
and the object has the manifest's values in them, an apply would give the object that is there. Whatever cannot be seen
so, such as a quantity in another notation, is not certain, and is sent.
Sources: Kubernetes documentation, "Server-Side Apply"; structured-merge-diff, the format FieldsV1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from leastway.kube.connection import Json
from leastway.kube.deploying.kinds import MANAGER, revealed
from leastway.workloads import Manifest

__all__ = ["is_as_applied"]

_FIELD, _ITEM, _ITSELF = "f:", "k:", "."
_DEFAULTS: Final = {"protocol": "TCP"}
"""What the API server fills in if an item of a list lacks a part of its key."""


def is_as_applied(live: Json, manifest: Manifest) -> bool:
    """Return whether applying this manifest to the object would certainly change nothing."""
    entries = [one for one in live["metadata"].get("managedFields") or () if _is_ours(one)]
    if len(entries) != 1 or entries[0].get("apiVersion") != manifest["apiVersion"]:
        return False
    owned = entries[0].get("fieldsV1")
    wanted = {name: value for name, value in revealed(manifest).items() if name not in ("apiVersion", "kind")}
    metadata = wanted.pop("metadata", {})
    if rest := {name: value for name, value in metadata.items() if name not in ("name", "namespace")}:
        wanted["metadata"] = rest
    return isinstance(owned, Mapping) and _is_same(owned or {_ITSELF: {}}, wanted, live)


def _is_ours(entry: Mapping[str, Any]) -> bool:
    known = (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "")
    return known == (MANAGER, "Apply", "")


def _is_same(owned: Any, wanted: Any, live: Any) -> bool:
    """Compare what is owned: of a scalar or an atomic value all of it, otherwise member by member."""
    if not owned:
        return _written(wanted) == _written(live)
    if not isinstance(owned, Mapping):
        return False
    parts = [name for name in owned if name != _ITSELF]
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        names = {name.removeprefix(_FIELD) for name in parts if name.startswith(_FIELD)}
        is_all = len(names) == len(parts) and names == wanted.keys() <= live.keys()
        return is_all and all(_is_same(owned[_FIELD + name], wanted[name], live[name]) for name in names)
    if isinstance(wanted, list) and isinstance(live, list):
        return len(parts) == len(wanted) and _has_same_items(owned, parts, wanted, live)
    return False


def _has_same_items(owned: Mapping[str, Any], parts: list[str], wanted: list[Any], live: list[Any]) -> bool:
    """Compare the items of a list by their keys: they must also be in the same order."""
    places = []
    for part in parts:
        key = _key(part)
        ours, theirs = _places(wanted, key), _places(live, key)
        if len(ours) != 1 or len(theirs) != 1 or not _is_same(owned[part], wanted[ours[0]], live[theirs[0]]):
            return False
        places.append((ours[0], theirs[0]))
    order = [there for _, there in sorted(places)]
    return order == sorted(set(order))


def _key(part: str) -> Mapping[str, Any] | None:
    """Return the key of an item, None for one that has no key."""
    if not part.startswith(_ITEM):
        return None
    try:
        found = json.loads(part.removeprefix(_ITEM))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def _places(among: list[Any], key: Mapping[str, Any] | None) -> list[int]:
    if not key:
        return []
    return [place for place, one in enumerate(among) if isinstance(one, Mapping) and _has(one, key)]


def _has(item: Mapping[str, Any], key: Mapping[str, Any]) -> bool:
    return all(_written(item.get(name, _DEFAULTS.get(name))) == _written(value) for name, value in key.items())


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
