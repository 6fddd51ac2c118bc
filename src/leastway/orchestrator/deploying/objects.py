"""The objects of a deployment: the modules of its set, with every input known, as manifests of Kubernetes.

A module sees its externals as `externals.NAME`, and what is shared as `shared.NAME`; what a volume or a host is, is an
output of these resources. The definition of a module can change it (`update`), and every resource can have objects of
its own among its outputs (`manifests`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.kube.deploying import ObjectName, name_of
from leastway.primitives import Secret
from leastway.registry import Deployment, ResourceKey
from leastway.resolve import WORKLOAD, Outputs, ResolvedResource, unknowns_in
from leastway.workloads import (
    ORGANIZATION,
    Manifest,
    Place,
    Workload,
    injected_objects,
    objects_of,
    read_workload,
    updated_module,
    volume_source,
)

__all__ = ["Placed", "is_module", "module_of", "objects_for", "secrets_in", "workload_of"]

_PREFIX: Final = "modules."


@dataclass(frozen=True, slots=True)
class Placed:
    """A manifest, and the module that it belongs to."""

    manifest: Manifest
    workload: str


def is_module(key: ResourceKey) -> bool:
    """Return whether a resource is a module of the set."""
    return key.type == WORKLOAD and key.id.startswith(_PREFIX)


def module_of(key: ResourceKey) -> str:
    """Return the name of a module."""
    return key.id.removeprefix(_PREFIX)


def workload_of(resource: ResolvedResource, outputs: Outputs | None = None) -> Workload:
    """Return the workload of a module, changed by the outputs of its definition.

    Errors: InvalidInputError, also for an input that is not known.
    """
    name, given = module_of(resource.key), outputs or Outputs()
    for path, needs in unknowns_in(resource.params):
        raise InvalidInputError(
            f"it needs {', '.join(needs)}, which no resource gave" + _about_values(needs),
            where=f"modules.{name}.{'.'.join(map(str, path))}",
            fix="look at the outputs of that resource, and correct the placeholder",
        )
    module = updated_module(resource.params, given.values, given.secrets, f"modules.{name}")
    try:
        return read_workload(name, module.get("spec") or {})
    except InvalidInputError as error:
        raise InvalidInputError(error.what, where=f"modules.{name}: {error.where}", fix=error.fix) from error


def objects_for(
    deployment: Deployment,
    namespace: str,
    modules: Iterable[ResolvedResource],
    outputs: Mapping[ResourceKey, Outputs],
    key: Secret,
) -> tuple[Placed, ...]:
    """Return the manifests of all modules. Errors: InvalidInputError."""
    found = []
    volumes = {
        key.id: volume_source(one.values, one.secrets, str(key)) for key, one in outputs.items() if key.type == "volume"
    }
    hosts = {key.id: _host(one.values) for key, one in outputs.items() if key.type == "dns"}
    for module in modules:
        name = module_of(module.key)
        place = Place(
            application=deployment.application,
            environment=deployment.environment,
            namespace=namespace,
            volumes=_seen_by(name, volumes),
            hosts=_seen_by(name, hosts),
            key=key,
        )
        try:
            workload = workload_of(module, outputs.get(module.key))
            found += [Placed(manifest, name) for manifest in objects_of(workload, place)]
        except InvalidInputError as error:
            raise InvalidInputError(error.what, where=error.where or f"modules.{name}", fix=error.fix) from error
    for one, provided in outputs.items():
        owner = _owner(one)
        injected = injected_objects(
            provided.values,
            provided.secrets,
            application=deployment.application,
            environment=deployment.environment,
            namespace=namespace,
            workload=owner,
            where=str(one),
        )
        found += [Placed(manifest, owner or "") for manifest in injected]
    _check_once(found)
    return tuple(Placed(_labelled(one.manifest, deployment.organization), one.workload) for one in found)


def secrets_in(value: Any) -> Iterable[Secret]:
    """Yield the secrets in a value."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from secrets_in(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from secrets_in(member)


def _about_values(needs: Iterable[str]) -> str:
    return "; app values are not served" if any(one.startswith("values") for one in needs) else ""


def _owner(key: ResourceKey) -> str | None:
    """Return the module that a resource belongs to, None for one that is shared."""
    if not key.id.startswith(_PREFIX):
        return None
    return key.id.removeprefix(_PREFIX).partition(".externals.")[0]


def _labelled(manifest: Manifest, organization: str) -> Manifest:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "labels": {**metadata["labels"], ORGANIZATION: organization}}}


def _check_once(placed: Iterable[Placed]) -> None:
    seen: dict[ObjectName, Placed] = {}
    for one in placed:
        name = name_of(one.manifest)
        if seen.setdefault(name, one) is not one:
            raise InvalidInputError(f"two manifests are the {name}", fix="give one of them another name")


def _host(values: Mapping[str, Any]) -> str:
    host = values.get("host")
    return host if isinstance(host, str) else ""


def _seen_by(module: str, by_id: Mapping[str, Any]) -> dict[str, Any]:
    own = f"{_PREFIX}{module}."
    return {identifier.removeprefix(own): value for identifier, value in by_id.items()} | dict(by_id)
