"""What resource definitions add to workloads: the outputs `update` and `manifests`.

- `update` of a workload's own definition is a JSON Patch of its module: `add`, `remove` and `replace` below `/spec`. An
  `add` makes the objects that its path lacks.
- `manifests` of a resource are objects for the cluster, by file: `{location, data}`. `namespace` is the namespace of
  the environment, `cluster` is for objects that are in none, and `volumes` is the source of a pod's volume, for a
  resource of type volume. Other locations are refused by name.

A secret is possible in the data of a Secret, and as the value of an update; what is read then refuses it elsewhere.
Source: Humanitec's documentation, "Workload", "Template driver"; its example library; RFC 6902.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry.json_patch import PatchAction, patched, read_steps
from leastway.workloads.api_rules import check_key, check_label
from leastway.workloads.objects import LABELS, Manifest

__all__ = ["injected_objects", "updated_module", "volume_source"]

_LOCATIONS: Final = ("namespace", "cluster", "volumes")
_MANAGED: Final = {"app.kubernetes.io/managed-by": "leastway"}
_OPERATIONS: Final = ("add", "remove", "replace")
_MOST: Final = 1_000
_OF_EXISTING: Final = ("uid", "resourceVersion", "managedFields")
_SECRET_FIELDS: Final = ("data", "stringData")
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def updated_module(
    module: Mapping[str, Any], values: Mapping[str, Any], secrets: Mapping[str, Any], where: str
) -> Mapping[str, Any]:
    """Return a module, changed by the `update` among the outputs of its definition.

    Errors: InvalidInputError at `where`, with the step that is wrong or does not fit.
    """
    steps = values.get("update", secrets.get("update"))
    if steps is None:
        return module
    if not isinstance(steps, list | tuple) or len(steps) > _MOST:
        raise InvalidInputError(
            "the update is not a list of steps, or a very long one",
            where=f"{where}: update",
            fix="write a list of {op, path, value}",
        )
    at = f"{where}: update"
    checked = [_checked_step(one, f"{at}[{number}]") for number, one in enumerate(steps)]
    for number, step in enumerate(read_steps(checked, at)):
        if step.action is PatchAction.ADD:
            module = _with_parents(module, step.path[:-1])
        module = patched(module, [step], f"{at}[{number}]")
    return module


def volume_source(values: Mapping[str, Any], secrets: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Return the source of a pod's volume, without its name: the manifest with the location `volumes`, or the values.

    Errors: InvalidInputError for more than one such manifest, or a secret in the source.
    """
    found = [(at, data) for at, location, data in _manifests(values, secrets, where) if location == "volumes"]
    if not found:
        if secrets.keys() - {"manifests"}:
            fix = "let the source of the volume have no secret: name a Secret of the cluster"
            raise InvalidInputError("a volume has a secret that others could read", where=where, fix=fix)
        return {name: value for name, value in values.items() if name != "manifests"}
    if len(found) > 1:
        raise InvalidInputError("a volume has more than one source", where=where, fix="make one with this location")
    at, data = found[0]
    _check_no_secret(data, at)
    return {name: value for name, value in data.items() if name != "name"}


def injected_objects(
    values: Mapping[str, Any],
    secrets: Mapping[str, Any],
    *,
    application: str,
    environment: str,
    namespace: str,
    workload: str | None,
    where: str,
) -> tuple[Manifest, ...]:
    """Return the objects among the outputs of a resource, with the labels by which what leaves a set is found.

    `workload` is the module that the resource belongs to, None if it is shared. Errors: InvalidInputError.
    """
    of = dict(zip(LABELS, (application, environment, workload), strict=True))
    labels = {**_MANAGED, **{name: value for name, value in of.items() if value is not None}}
    return tuple(
        _object(data, labels, namespace if location == "namespace" else None, at)
        for at, location, data in _manifests(values, secrets, where)
        if location != "volumes"
    )


def _checked_step(written: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(written, Mapping):
        raise InvalidInputError("it is not an object", where=where, fix="write {op, path, value}")
    step = {**written, **{name: _plain(written[name]) for name in ("op", "path") if name in written}}
    if step.get("op") not in _OPERATIONS:
        fix = f"use {', '.join(_OPERATIONS)}"
        raise InvalidInputError("the operation is not served", where=f"{where}.op", fix=fix)
    path = step.get("path")
    if not isinstance(path, str) or not (path == "/spec" or path.startswith("/spec/")):
        fix = "write a path such as /spec/serviceAccountName"
        raise InvalidInputError("the path is not below /spec", where=f"{where}.path", fix=fix)
    return step


def _with_parents(value: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    """Return an object in which the objects of a path exist; what is there stays, whatever it is."""
    if not path:
        return value
    inner = value.get(path[0], {})
    if inner is None:
        inner = {}
    return {**value, path[0]: _with_parents(inner, path[1:]) if isinstance(inner, Mapping) else inner}


def _manifests(
    values: Mapping[str, Any], secrets: Mapping[str, Any], where: str
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield each manifest: its place in words, its location, and its data."""
    files = _together(values.get("manifests"), secrets.get("manifests"))
    if files is None:
        return
    if not isinstance(files, Mapping):
        raise InvalidInputError("the manifests are not an object", where=where, fix="write {FILE: {location, data}}")
    for name, one in files.items():
        at = f"{where}: manifests.{name}"
        if not isinstance(one, Mapping) or one.keys() - {"location", "data"}:
            raise InvalidInputError("a manifest has a location and data", where=at, fix="write {location, data}")
        location, data = _plain(one.get("location")), one.get("data")
        if location not in _LOCATIONS:
            fix = f"use {', '.join(_LOCATIONS)}"
            raise InvalidInputError("the location of the manifest is not served", where=f"{at}.location", fix=fix)
        if not isinstance(data, Mapping):
            raise InvalidInputError("it is not an object", where=f"{at}.data", fix="write the manifest")
        yield at, location, data


def _object(data: Mapping[str, Any], labels: Mapping[str, str], namespace: str | None, at: str) -> Manifest:
    rest = {name: value for name, value in data.items() if data.get("kind") != "Secret" or name not in _SECRET_FIELDS}
    _check_no_secret(rest, at)
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get("name"), str):
        raise InvalidInputError("the manifest has no name", where=f"{at}.data", fix="write metadata.name")
    if _NAME.fullmatch(metadata["name"]) is None:
        fix = "use a-z, 0-9, - and ."
        raise InvalidInputError("the name of the manifest is not valid", where=f"{at}.data.metadata.name", fix=fix)
    _check_metadata(metadata, f"{at}.data.metadata")
    wanted = metadata.get("namespace")
    if wanted is not None and wanted != namespace:
        what = "the manifest is for another namespace" if namespace is not None else "the manifest is for a namespace"
        fix = "leave the namespace out: objects go to that of the environment"
        raise InvalidInputError(what, where=f"{at}.data.metadata.namespace", fix=fix)
    own = metadata.get("labels") or {}
    placed = {**metadata, "labels": {**own, **labels}} | ({} if namespace is None else {"namespace": namespace})
    return {**data, "metadata": placed}


def _check_metadata(metadata: Mapping[str, Any], at: str) -> None:
    """Refuse what no API server takes, and what an object only has once it exists: a manifest is not a copy of one."""
    for name in _OF_EXISTING:
        if metadata.get(name) is not None:
            fix = "remove it: only an object that exists has it"
            raise InvalidInputError("the manifest has a field of the API server", where=f"{at}.{name}", fix=fix)
    for kind in ("labels", "annotations"):
        own = metadata.get(kind) or {}
        if not isinstance(own, Mapping):
            raise InvalidInputError("it is not an object", where=f"{at}.{kind}", fix="write an object")
        for key, value in own.items():
            if not isinstance(value, str):
                raise InvalidInputError("it is not a text", where=f"{at}.{kind}.{key}", fix="write it in quotes")
            check_key(key, f"{at}.{kind}.{key}")
            if kind == "labels":
                check_label(value, f"{at}.{kind}.{key}")


def _check_no_secret(value: Any, at: str) -> None:
    if isinstance(value, Mapping):
        for member in value.values():
            _check_no_secret(member, at)
    elif isinstance(value, list | tuple):
        for member in value:
            _check_no_secret(member, at)
    elif isinstance(value, Secret):
        fix = "put it into the data of an object of the kind Secret"
        raise InvalidInputError("the manifest has a secret that others could read", where=at, fix=fix)


def _together(values: Any, secrets: Any) -> Any:
    """Return the manifests that outputs divide into values and secrets as one tree again."""
    if secrets is None or values is None:
        return secrets if values is None else values
    if not isinstance(values, Mapping) or not isinstance(secrets, Mapping):
        return values
    return {
        **values,
        **{name: _together(values.get(name), member) for name, member in secrets.items()},
    }


def _plain(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value
