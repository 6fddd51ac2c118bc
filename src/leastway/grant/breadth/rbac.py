"""RBAC rules that come to full control, or lead there.

Sources: Kubernetes documentation, "Role Based Access Control Good Practices" (privilege escalation risks) and "Using
RBAC Authorization" (privilege escalation prevention).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leastway.grant.model import Rule

__all__ = ["why_escalates", "why_full_control", "why_takes_over"]

_WRITES = frozenset({"create", "update", "patch", "delete"})
_PUTS_IN = frozenset({"create", "update", "patch"})
_READS = frozenset({"get", "list", "watch"})
_RBAC_GROUP = "rbac.authorization.k8s.io"
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


def why_full_control(rules: Iterable[Rule]) -> str | None:
    """Return why the rules are full control of where they hold, to be read after `these rules`, or None."""
    for rule in rules:
        everything = "*" in rule.api_groups and "*" in rule.resources
        if everything and ("*" in rule.verbs or set(rule.verbs) >= _WRITES):
            return "allow every change to everything"
    return None


def why_escalates(rules: Sequence[Rule]) -> str | None:
    """Return by which verb the rules let their holder gain more than they say, or None."""
    for resource in ("roles", "clusterroles"):
        for verb in ("escalate", "bind"):
            if _covers(rules, _RBAC_GROUP, resource, {verb}):
                return f"allow {verb} on {resource}, by which a role can be given any right"
    for resource in ("users", "groups", "serviceaccounts"):
        if _covers(rules, "", resource, {"impersonate"}):
            return f"allow to impersonate {resource}"
    return None


def why_takes_over(rules: Sequence[Rule]) -> str | None:
    """Return how the rules take over the service accounts of the namespaces where they hold, or None."""
    for group, resource in _WORKLOADS:
        if _covers(rules, group, resource, _PUTS_IN):
            return f"put {resource} beside the cluster's own controllers"
    if _covers(rules, "", "secrets", _READS):
        return "read the secrets of the cluster's own controllers"
    if _covers(rules, "", "pods/exec", {"create", "get"}):
        return "run commands in the cluster's own controllers"
    if _covers(rules, "", "serviceaccounts/token", {"create"}):
        return "make tokens of the cluster's own controllers"
    if _covers(rules, "", "configmaps", _PUTS_IN):
        return "write aws-auth, the map of who may enter the cluster,"
    return None


def _covers(rules: Iterable[Rule], group: str, resource: str, verbs: Iterable[str]) -> bool:
    """Whether a rule allows any of `verbs` on `resource`; names that it is limited to do not count."""
    any_parent = "*/" + resource.partition("/")[2]
    return any(
        {group, "*"} & set(rule.api_groups)
        and {resource, "*", any_parent} & set(rule.resources)
        and {*verbs, "*"} & set(rule.verbs)
        for rule in rules
    )
