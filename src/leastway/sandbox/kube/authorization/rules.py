"""Requests to an authorizer, and matching them against the policy rules of Roles and ClusterRoles.

This code is deliberately separate from `leastway.rbac`: a judge that shares code with what it judges would repeat its
mistakes. A property test compares the two.
Source of the matching: Kubernetes documentation, "Using RBAC Authorization", "Referring to resources".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leastway.sandbox.kube.status import bad_request

__all__ = ["Attributes", "KubeRule", "allows", "asked_in", "uncovered"]

KubeRule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attributes:
    """A verb on a resource, or an HTTP method on a non-resource path (then `path` is set, and the rest is empty)."""

    verb: str
    group: str = ""
    resource: str = ""
    """The plural, with its subresource: `pods/log`."""
    namespace: str = ""
    name: str = ""
    path: str = ""

    def describe(self, username: str) -> str:
        """Return the message for a denied request."""
        if self.path:
            return f'User "{username}" cannot {self.verb} path "{self.path}"'
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        what = f'cannot {self.verb} resource "{self.resource}" in API group "{self.group}"'
        return f'User "{username}" {what} {where}'


def asked_in(spec: dict[str, Any]) -> Attributes:
    """Parse the spec of an access review."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
    if resource is None:
        return Attributes((path or {}).get("verb", ""), path=(path or {}).get("path", ""))
    plural, subresource = resource.get("resource", ""), resource.get("subresource", "")
    return Attributes(
        resource.get("verb", ""),
        resource.get("group", ""),
        f"{plural}/{subresource}" if subresource else plural,
        resource.get("namespace", ""),
        resource.get("name", ""),
    )


def allows(rules: Iterable[KubeRule], asked: Attributes) -> bool:
    """Return whether any of `rules` allows `asked`."""
    return any(_allows(rule, asked) for rule in rules)


def _allows(rule: KubeRule, asked: Attributes) -> bool:
    if not _has(rule.get("verbs"), asked.verb):
        return False
    if asked.path:
        return any(_path_matches(pattern, asked.path) for pattern in rule.get("nonResourceURLs") or ())
    return (
        _has(rule.get("apiGroups"), asked.group)
        and _resource_in(rule.get("resources") or (), asked.resource)
        and (not rule.get("resourceNames") or asked.name in rule["resourceNames"])
    )


def _has(values: Sequence[str] | None, wanted: str) -> bool:
    return values is not None and ("*" in values or wanted in values)


def _resource_in(resources: Sequence[str], wanted: str) -> bool:
    if "*" in resources or wanted in resources:
        return True
    _, _, subresource = wanted.partition("/")
    return bool(subresource) and f"*/{subresource}" in resources


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.removesuffix("*")))


def uncovered(held: Sequence[KubeRule], wanted: Iterable[KubeRule]) -> list[KubeRule]:
    """Return the parts of `wanted`, each with one verb on one resource, that the rules `held` do not cover."""
    return [part for rule in wanted for part in _parts(rule) if not any(_covers(each, part) for each in held)]


def _parts(rule: KubeRule) -> Iterable[KubeRule]:
    names = rule.get("resourceNames") or [None]
    resources = itertools.product(rule.get("apiGroups") or (), rule.get("resources") or (), names)
    for group, resource, name in resources:
        for verb in rule.get("verbs") or ():
            part = {"verbs": [verb], "apiGroups": [group], "resources": [resource]}
            yield part | ({"resourceNames": [name]} if name is not None else {})
    for url in rule.get("nonResourceURLs") or ():
        for verb in rule.get("verbs") or ():
            yield {"verbs": [verb], "nonResourceURLs": [url]}


def _covers(held: KubeRule, part: KubeRule) -> bool:
    if not _has(held.get("verbs"), part["verbs"][0]):
        return False
    if "nonResourceURLs" in part:
        return any(_path_matches(pattern, part["nonResourceURLs"][0]) for pattern in held.get("nonResourceURLs") or ())
    names = held.get("resourceNames")
    return (
        _has(held.get("apiGroups"), part["apiGroups"][0])
        and _resource_in(held.get("resources") or (), part["resources"][0])
        and (not names or ("resourceNames" in part and part["resourceNames"][0] in names))
    )
