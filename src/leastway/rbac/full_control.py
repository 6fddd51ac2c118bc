"""RBAC rules and groups that give full control, or allow escalating to it.

A limit of a rule to resource names is ignored: the name may be that of the dangerous object.
Sources: Kubernetes documentation, "Role Based Access Control Good Practices" (privilege escalation risks) and "Using
RBAC Authorization" (default roles and role bindings, privilege escalation prevention).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from leastway.rbac.covering import covers
from leastway.rbac.rule import RbacRule

__all__ = ["MASTERS", "is_reserved_group", "why_escalates", "why_full_control", "why_takes_over"]

MASTERS = "system:masters"
"""The group that may do everything and that no rule can restrict."""

_RBAC_GROUP = "rbac.authorization.k8s.io"
_EVERY_CHANGE = RbacRule(("*",), ("*",), ("create", "update", "patch", "delete"))
_PUTS_IN = ("create", "update", "patch")
_READS = ("get", "list", "watch")
_WORKLOADS = (
    ("", "pods"),
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
)


def is_reserved_group(group: str) -> bool:
    """Return whether Kubernetes reserves a group, which then may have its own permissions."""
    return group.startswith("system:")


def why_full_control(rules: Iterable[RbacRule]) -> str | None:
    """Return why the rules give full control where they apply, as a phrase that follows `these rules`, or None."""
    return "allow every change to everything" if covers(_of_any_name(rules), [_EVERY_CHANGE]) else None


def why_escalates(rules: Iterable[RbacRule]) -> str | None:
    """Return which verb lets the holder of the rules gain more than they allow, or None."""
    held = _of_any_name(rules)
    for resource in ("roles", "clusterroles"):
        for verb in ("escalate", "bind"):
            if _allow_any(held, _RBAC_GROUP, resource, verb):
                return f"allow {verb} on {resource}, which can give any permission"
    for resource in ("users", "groups", "serviceaccounts"):
        if _allow_any(held, "", resource, "impersonate"):
            return f"allow impersonating {resource}"
    return None


def why_takes_over(rules: Iterable[RbacRule]) -> str | None:
    """Return how the rules can take over the service accounts of the namespaces where they apply, or None."""
    held = _of_any_name(rules)
    for group, resource in _WORKLOADS:
        if _allow_any(held, group, resource, *_PUTS_IN):
            return f"allow changing {resource} next to the cluster's own controllers"
    if _allow_any(held, "", "secrets", *_READS):
        return "allow reading the secrets of the cluster's own controllers"
    if _allow_any(held, "", "pods/exec", "create", "get"):
        return "allow running commands in the cluster's own controllers"
    if _allow_any(held, "", "serviceaccounts/token", "create"):
        return "allow creating tokens of the cluster's own controllers"
    if _allow_any(held, "", "configmaps", *_PUTS_IN):
        return "allow writing aws-auth, which decides who gets access to the cluster,"
    return None


def _of_any_name(rules: Iterable[RbacRule]) -> tuple[RbacRule, ...]:
    return tuple(replace(rule, resource_names=()) for rule in rules)


def _allow_any(rules: tuple[RbacRule, ...], group: str, resource: str, *verbs: str) -> bool:
    """Return whether the rules allow any of `verbs` on `resource`."""
    return any(covers(rules, [RbacRule((group,), (resource,), (verb,))]) for verb in verbs)
