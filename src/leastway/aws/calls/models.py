"""botocore's models of services: endpoints, operations, shapes. Each is loaded at its first use.

Only the models of the installed botocore are read: the folder `~/.aws/models`, which botocore reads too, could rename
an operation. `data/services.json` says how each service signs and which prefix its actions have, so that finding a host
loads no model; a test compares it with the models.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import botocore
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from leastway.aws.calls.former import with_former_names

__all__ = [
    "Service",
    "action_prefixes_of",
    "endpoint_rules",
    "load_service",
    "partitions",
    "service_names",
    "services_with_prefixes",
    "signing_name_of",
]


@functools.cache
def _loader() -> Loader:
    return Loader(extra_search_paths=[str(Path(botocore.__file__).parent / "data")], include_default_search_paths=False)


@functools.cache
def _services() -> Mapping[str, Mapping[str, Any]]:
    text = importlib.resources.files(__package__).joinpath("data/services.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@functools.cache
def service_names() -> frozenset[str]:
    """Return botocore's names of all services."""
    return frozenset(_services())


def signing_name_of(service: str) -> str:
    """Return the name of `service` in the credential scope of its requests."""
    name: str = _services()[service]["signs_as"]
    return name


def action_prefixes_of(service: str) -> tuple[str, ...]:
    """Return the prefixes of the actions of `service`, the first one most likely; empty if IAM knows none."""
    return tuple(_services()[service]["actions"])


def services_with_prefixes(prefixes: frozenset[str]) -> frozenset[str]:
    """Return the services that have an action with one of `prefixes` (in lower case)."""
    return frozenset(name for name in _services() if not prefixes.isdisjoint(action_prefixes_of(name)))


@functools.cache
def partitions() -> dict[str, Any]:
    """Return botocore's partitions: regions, DNS suffixes."""
    found: dict[str, Any] = _loader().load_data("partitions")
    return found


def endpoint_rules(service: str) -> dict[str, Any]:
    """Return the endpoint rules of `service`."""
    found: dict[str, Any] = _loader().load_service_model(service, "endpoint-rule-set-1")
    return found


@dataclass(frozen=True, slots=True)
class Service:
    """A service's model, with the parts of its metadata that requests show."""

    name: str
    model: ServiceModel
    api_version: str
    target_prefix: str
    protocols: frozenset[str]
    json_version: str
    namespace: str
    host_prefixes: Mapping[str, str]
    """By operation."""
    former: ServiceModel | None = None
    """The model with the names of forms, if it has another protocol now (`former`)."""

    def operation(self, name: str) -> OperationModel:
        """Return an operation's model."""
        return self.model.operation_model(name)

    def operation_of_form(self, name: str) -> OperationModel:
        """Return an operation's model, which has the names of its inputs in a form."""
        return (self.former or self.model).operation_model(name)

    @property
    def operations(self) -> frozenset[str]:
        """The names of all operations."""
        return frozenset(self.host_prefixes)


_TEXTS: Final = ("documentation", "documentationUrl", "examples")


@functools.cache
def load_service(name: str) -> Service:
    """Return the model of a service, by botocore's name. EC2's takes 0.2 s, others some milliseconds."""
    raw = _without_texts(Loader.load_service_model(_loader(), name, "service-2"))
    metadata = raw["metadata"]
    former = with_former_names(name, raw)
    protocols = (metadata["protocol"], *metadata.get("protocols", ()), *(() if former is None else ("query",)))
    return Service(
        name=name,
        model=ServiceModel(raw, name),
        api_version=metadata["apiVersion"],
        target_prefix=metadata.get("targetPrefix", ""),
        protocols=frozenset(protocols),
        json_version=metadata.get("jsonVersion", "1.0"),
        namespace=metadata.get("xmlNamespace", ""),
        host_prefixes={
            operation: (each.get("endpoint") or {}).get("hostPrefix", "")
            for operation, each in raw["operations"].items()
        },
        former=None if former is None else ServiceModel(former, name),
    )


def _without_texts(raw: dict[str, Any]) -> dict[str, Any]:
    """Drop the documentation, which is most of a model, in place."""
    for group in (raw["operations"], raw["shapes"]):
        for each in group.values():
            for key in _TEXTS:
                each.pop(key, None)
            for member in each.get("members", {}).values():
                member.pop("documentation", None)
    return raw
