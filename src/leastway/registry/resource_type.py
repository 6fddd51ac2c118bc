"""Resource types, their classes, and drivers of an organization, as the platform's server keeps them.

Source: Humanitec's API, `ResourceTypeResponse`, `ResourceClassResponse`, `DriverDefinitionResponse`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["DEFAULT_CLASS", "ResourceClass", "ResourceDriver", "ResourceType", "is_secret_output"]

DEFAULT_CLASS = "default"
"""The class of a resource that names none."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resources: what its drivers take and what they give, as JSON Schemas of `values` and `secrets`."""

    id: str
    name: str
    use: str
    category: str = ""
    inputs_schema: Mapping[str, Any] = field(default_factory=dict)
    outputs_schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """A class of a resource type in one organization."""

    type: str
    id: str
    description: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class ResourceDriver:
    """A driver: `organization` and `id` together are what a definition names, as ORGANIZATION/ID.

    `type` is the resource type that it provisions, `*` for any. An organization's own driver is another one with
    inputs of its own (`target` is `driver://ORGANIZATION/ID`, `template` makes the inputs) or a service at a URL.
    """

    organization: str
    id: str
    type: str
    account_types: tuple[str, ...] = ()
    inputs_schema: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    template: Any = None

    @property
    def name(self) -> str:
        """What a definition names."""
        return f"{self.organization}/{self.id}"


def is_secret_output(outputs_schema: Mapping[str, Any], path: Sequence[str]) -> bool:
    """Return whether a type's schema lists the output at `path` among its secrets, and not as well among its values."""
    parts = outputs_schema
    if not {"values", "secrets"} & parts.keys() and isinstance(parts.get("properties"), Mapping):
        parts = parts["properties"]
    return _depth(parts.get("secrets"), path) > _depth(parts.get("values"), path)


def _depth(schema: Any, path: Sequence[str]) -> int:
    """Return how many steps of a path a JSON Schema describes."""
    for depth, step in enumerate(path):
        members = schema.get("properties") if isinstance(schema, Mapping) else None
        if not isinstance(members, Mapping) or step not in members:
            return depth
        schema = members[step]
    return len(path)
