"""The secrets of a definition: a tree of references, and at the same paths the secrets that custody keeps.

Clients write `secrets` (nested, every leaf is a secret) or `secret_refs` (nested, each leaf is `{value}`, or
`{store, ref, version?}` in a store of their own). A secret in custody is shown as `{store: "humanitec", ref, version}`,
which clients expect of the platform's own store.
Source: Humanitec's API, `ValuesSecretsRefsRequest`; RFC 7396 for patches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from leastway.errors import InvalidInputError

__all__ = [
    "OWN_STORE",
    "SecretTrees",
    "as_secret_refs",
    "is_secret_ref",
    "merge_patch",
    "split_secret_refs",
    "written_secret_refs",
]

OWN_STORE: Final = "humanitec"
"""The id of the server's own store, which is custody."""
_MEMBERS: Final = ("value", "ref", "store", "version")
_FIX: Final = "write a leaf as {value} or as {store, ref, version}, all of them strings"


class SecretTrees(NamedTuple):
    """`refs` has a reference at each leaf; `kept` has the secrets of those in custody."""

    refs: dict[str, Any]
    kept: dict[str, Any]


def as_secret_refs(secrets: Mapping[str, Any], *, is_patch: bool = False) -> dict[str, Any]:
    """Return nested `secrets` as `secret_refs`: a leaf becomes `{value}`, and may be any JSON but an object.

    In a patch, null stays: it removes.
    """

    def written(value: Any) -> Any:
        if isinstance(value, Mapping):
            return as_secret_refs(value, is_patch=is_patch)
        return None if value is None and is_patch else {"value": value}

    return {name: written(value) for name, value in secrets.items()}


def split_secret_refs(
    written: Mapping[str, Any], reference: Callable[[tuple[str, ...]], Mapping[str, str]], path: tuple[str, ...] = ()
) -> SecretTrees:
    """Return the two trees; `reference` makes the reference to the secret at a path.

    Errors: InvalidInputError whose `where` is the path of a wrong leaf.
    """
    refs: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for name, value in written.items():
        place = (*path, name)
        if not isinstance(value, Mapping):
            raise _wrong("it is not a reference to a secret", place)
        if not is_secret_ref(value):
            refs[name], kept[name] = split_secret_refs(value, reference, place)
        elif "value" in value:
            if len(value) > 1:
                raise _wrong("it has other members beside its value", place)
            refs[name], kept[name] = dict(reference(place)), value["value"]
        else:
            refs[name] = _checked(value, place)
    return SecretTrees(refs, kept)


def written_secret_refs(refs: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `split_secret_refs` gives these two trees for."""
    return {name: _written(value, kept.get(name, {})) for name, value in refs.items()}


def merge_patch(before: object, patch: object, *, of_secrets: bool = False) -> Any:
    """Return `before` changed by a JSON merge patch: objects merge, null removes, a reference is replaced whole."""
    if not isinstance(patch, Mapping) or (of_secrets and is_secret_ref(patch)):
        return patch
    is_merged = isinstance(before, Mapping) and not (of_secrets and is_secret_ref(before))
    merged = dict(before) if is_merged and isinstance(before, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value, of_secrets=of_secrets)
    return merged


def is_secret_ref(value: Mapping[str, Any]) -> bool:
    """Return whether a member of `secret_refs` is a leaf: a secret or a reference, and not a level of the tree."""
    return any(name in value and not isinstance(value[name], Mapping) for name in _MEMBERS)


def _written(ref: Mapping[str, Any], kept: Any) -> dict[str, Any]:
    if not is_secret_ref(ref):
        return written_secret_refs(ref, kept)
    return {"value": kept} if ref["store"] == OWN_STORE else dict(ref)


def _checked(value: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    if not all(isinstance(text, str) for text in value.values()) or value.keys() - set(_MEMBERS):
        raise _wrong("it is not a reference to a secret", place)
    if not value.get("store") or not value.get("ref"):
        raise _wrong("it lacks its store or its ref", place)
    if value["store"] == OWN_STORE:
        what = f"the store {OWN_STORE} is the server's own, and nothing can refer to it"
        raise InvalidInputError(what, where=_place(place), fix="write the secret itself, as {value}")
    return dict(value)


def _wrong(what: str, place: tuple[str, ...]) -> InvalidInputError:
    return InvalidInputError(what, where=_place(place), fix=_FIX)


def _place(place: tuple[str, ...]) -> str:
    return ".".join(("driver_inputs.secret_refs", *place))
