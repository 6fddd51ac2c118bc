"""What a resolution is about: an environment of an application, and the resources that it requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leastway.registry import ResourceKey

__all__ = ["DeploymentContext", "Outputs", "RequestedResource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentContext:
    """The environment that resources are for. Without a deployment, `deployment` is None.

    `services` has what a deployment knows of modules: the name and the port of the Service of each, as
    `modules.NAME.service.name` and `.port`.
    """

    organization: str
    application: str
    environment: str
    environment_type: str
    deployment: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)

    def guresid(self, key: ResourceKey) -> str:
        """Return the id of a resource that is unique over all organizations: 40 hexadecimal digits, always the same."""
        parts = (self.organization, self.application, self.environment, key.type, key.resource_class, key.id)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class RequestedResource:
    """A resource that a deployment set or a list names; `params` are its inputs."""

    key: ResourceKey
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a resource that was provisioned: nested JSON, and nested secrets, never both at one path."""

    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
