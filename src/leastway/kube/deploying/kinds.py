"""The kinds of objects that a deployment may bring to a cluster, and where the API server has them.

A kind that is not listed is refused by its name. The order is that in which they are applied: what others refer to
comes first. Source: Kubernetes API reference, 1.35.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.workloads import Manifest

__all__ = [
    "KINDS",
    "MANAGER",
    "ObjectKind",
    "ObjectName",
    "UnknownKindError",
    "kind_of",
    "name_of",
    "order_of",
    "revealed",
]

MANAGER: Final = "leastway-deployment"
"""The field manager of everything that a deployment applies; what a grant brings to a cluster has another one."""

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class UnknownKindError(InvalidInputError):
    """A manifest of a kind that deployments do not bring."""


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind: its API version, its plural in paths, and whether its objects are in a namespace."""

    version: str
    kind: str
    plural: str
    is_namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        group, slash, _ = self.version.partition("/")
        return group if slash else ""

    def path(self, namespace: str, name: str = "") -> str:
        """Return the path of an object, or of all of them in the namespace."""
        base = f"/apis/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if self.is_namespaced else ""
        return f"{base}{scope}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True, slots=True, order=True)
class ObjectName:
    """Which object: `namespace` is empty for one that is in none."""

    version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def path(self) -> str:
        """The path of the object."""
        return kind_of(self.version, self.kind).path(self.namespace, self.name)


_LISTED: Final = (
    ObjectKind("v1", "Namespace", "namespaces", is_namespaced=False),
    ObjectKind("v1", "ResourceQuota", "resourcequotas"),
    ObjectKind("v1", "LimitRange", "limitranges"),
    ObjectKind("v1", "ServiceAccount", "serviceaccounts"),
    ObjectKind("v1", "ConfigMap", "configmaps"),
    ObjectKind("v1", "Secret", "secrets"),
    ObjectKind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ObjectKind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    ObjectKind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    ObjectKind("v1", "Service", "services"),
    ObjectKind("apps/v1", "Deployment", "deployments"),
    ObjectKind("apps/v1", "StatefulSet", "statefulsets"),
    ObjectKind("apps/v1", "DaemonSet", "daemonsets"),
    ObjectKind("batch/v1", "Job", "jobs"),
    ObjectKind("batch/v1", "CronJob", "cronjobs"),
    ObjectKind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ObjectKind("networking.k8s.io/v1", "Ingress", "ingresses"),
)
KINDS: Final[Mapping[tuple[str, str], ObjectKind]] = {(one.version, one.kind): one for one in _LISTED}
"""By API version and kind, in the order in which they are applied."""


_ORDER: Final = {key: number for number, key in enumerate(KINDS)}


def order_of(name: ObjectName) -> int:
    """Return the place of an object's kind in the order in which they are applied."""
    return _ORDER[name.version, name.kind]


def kind_of(version: str, kind: str) -> ObjectKind:
    """Return a kind. Errors: UnknownKindError."""
    found = KINDS.get((version, kind))
    if found is None:
        known = ", ".join(sorted({one.kind for one in _LISTED}))
        raise UnknownKindError(
            f"objects of the kind {kind[:100]!r} in {version[:100]!r} are not deployed", fix=f"use one of {known}"
        )
    return found


def name_of(manifest: Manifest) -> ObjectName:
    """Return which object a manifest is. Errors: InvalidInputError for one that does not say so."""
    version, kind, metadata = (manifest.get(name) for name in ("apiVersion", "kind", "metadata"))
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    namespace = metadata.get("namespace") if isinstance(metadata, Mapping) else None
    if not isinstance(version, str) or not isinstance(kind, str):
        raise InvalidInputError("the manifest does not say what it is", fix="write apiVersion and kind")
    known = kind_of(version, kind)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        fix = "write metadata.name with a-z, 0-9, - and ."
        raise InvalidInputError(f"the {kind} has no name that Kubernetes takes", fix=fix)
    if not known.is_namespaced and namespace is not None:
        raise InvalidInputError(f"a {kind} is in no namespace", where=f"{kind} {name}", fix="remove metadata.namespace")
    if known.is_namespaced and not (isinstance(namespace, str) and _NAMESPACE.fullmatch(namespace)):
        raise InvalidInputError(f"the {kind} has no namespace", where=f"{kind} {name}", fix="write metadata.namespace")
    return ObjectName(version, kind, namespace or "", name)


def revealed(value: Any) -> Any:
    """Return a manifest with its secrets, for the one request that sends it."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: revealed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(each) for each in value]
    return value
