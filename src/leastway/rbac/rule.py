"""One RBAC rule: a PolicyRule of a Role or ClusterRole.

Source: Kubernetes API reference, rbac.authorization.k8s.io/v1, PolicyRule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RbacRule"]

_FIELDS = {
    "apiGroups": "api_groups",
    "resources": "resources",
    "resourceNames": "resource_names",
    "nonResourceURLs": "non_resource_urls",
    "verbs": "verbs",
}
"""The field names of Kubernetes, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class RbacRule:
    """Verbs on resources of API groups, on all names or only on `resource_names`.

    A rule of a ClusterRole may be about `non_resource_urls` instead.
    """

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = ()

    @classmethod
    def parse(cls, written: Mapping[str, Any]) -> RbacRule:
        """Read a rule from JSON values; an absent field, null and an empty list mean the same."""
        return cls(**{field: tuple(written.get(name) or ()) for name, field in _FIELDS.items()})

    def render(self) -> dict[str, list[str]]:
        """Return the rule as JSON values, without empty fields."""
        fields = {name: list(getattr(self, field)) for name, field in _FIELDS.items()}
        return {name: values for name, values in fields.items() if values}
