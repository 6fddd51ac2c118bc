"""What registering definitions changes: a definition as the grant has it, beside the one that the platform shows.

A platform never shows secrets, so they are compared by their places alone. `values_patch` is what turns the values that
the platform has into the desired ones: members that are null are removed, as in a JSON merge patch (RFC 7396).
Source: Humanitec's API, `PATCH /orgs/{orgId}/resources/defs/{defId}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from leastway.registry import Criterion

__all__ = ["NotPatchableError", "differing_places", "live_criteria", "secret_places", "values_patch"]


class NotPatchableError(Exception):
    """A value that a merge patch cannot say: null as the value of a member."""


def values_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch from `before` to `after`; empty if they are equal. Errors: NotPatchableError."""
    patch: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name in before and _same(before[name], value):
            continue
        if value is None:
            raise NotPatchableError(name)
        old = before.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            patch[name] = values_patch(old, value)
        elif isinstance(value, Mapping):
            patch[name] = values_patch({}, value)
        else:
            patch[name] = value
    return patch


def differing_places(before: object, after: object, place: str = "") -> Iterator[str]:
    """Yield the dotted places at which two values differ, such as `variables.region`; no value is repeated."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*after, *before)):
            inner = f"{place}.{name}" if place else str(name)
            if name not in before or name not in after:
                yield inner
            else:
                yield from differing_places(before[name], after[name], inner)
    elif not _same(before, after):
        yield place


def secret_places(secrets: object, place: str = "") -> Iterator[str]:
    """Yield the dotted places of secrets: whatever is not a mapping, or is a reference to a secret."""
    if isinstance(secrets, Mapping) and not _is_reference(secrets):
        for name, value in secrets.items():
            yield from secret_places(value, f"{place}.{name}" if place else str(name))
    else:
        yield place


def live_criteria(written: object) -> dict[Criterion, str]:
    """Return the criteria of a definition in an answer, with their ids; what is not a criterion is left out."""
    found: dict[Criterion, str] = {}
    for one in written if isinstance(written, list) else ():
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            words = {name: value for name, value in one.items() if isinstance(value, str)}
            found[Criterion.parse(words)] = one["id"]
    return found


def _is_reference(value: Mapping[str, Any]) -> bool:
    """Return whether a mapping is a leaf of `secret_refs`: its members are texts under these names."""
    known = {"store", "ref", "version", "value"}
    return bool(value) and value.keys() <= known and all(one is None or isinstance(one, str) for one in value.values())


def _same(one: object, other: object) -> bool:
    return _text(one) == _text(other)


def _text(value: object) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: object) -> object:
    """Return JSON in which 1.0 is written 1: platforms pass numbers through floats."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
