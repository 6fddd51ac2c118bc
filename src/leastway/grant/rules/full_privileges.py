"""Rules `full-privileges`, `kube-system` and `reserved-group`: full control needs a written reason.

`unsafe_reason` on the access or role is that reason. Conditions and Deny statements are not considered: they may limit
the access today, but may be changed, and a reason is only one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.model import AwsManagedPolicy, PolicyFile, RulesFile
from leastway.grant.rules.scope import is_cluster_wide
from leastway.grant.source import quote
from leastway.policy.breadth import FULL_BY_NAME, why_full_privileges
from leastway.policy.wildcards import Globs, tokens_of
from leastway.rbac import MASTERS, is_reserved_group, why_escalates, why_full_control, why_takes_over
from leastway.source import Node, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading

__all__ = ["check_full_privileges", "dangers_of_access", "dangers_of_role"]

_FIX = "narrow it, or explain why it is needed: `unsafe_reason: ...`"
_SYSTEM = "kube-system"


def check_full_privileges(reading: GrantReading) -> Iterator[Problem]:
    """Yield each access and role that gives full control without a reason."""
    for role in reading.roles():
        if not _has_reason(role):
            yield from dangers_of_role(reading, role)
    for cluster in reading.clusters():
        for access in cluster.each("access"):
            if not _has_reason(access):
                yield from dangers_of_access(reading, access)


def _has_reason(node: Node) -> bool:
    """Return whether there is a reason; the rule `unsafe-reason` checks its text."""
    reason = node.get("unsafe_reason")
    return reason is not None and plain(reason) is not None


def dangers_of_access(reading: GrantReading, access: Node) -> Iterator[Problem]:
    """Yield what makes an access need a reason, whether or not it has one."""
    yield from _policy_access(reading, access)
    yield from _group_access(reading, access)


def dangers_of_role(reading: GrantReading, role: Node) -> Iterator[Problem]:
    """Yield what makes a role need a reason, whether or not it has one."""
    for node in role.each("policies"):
        match reading.attachments.policy(node.string() or ""):
            case AwsManagedPolicy() as policy if why := FULL_BY_NAME.get(policy.name.lower()):
                yield reading.tree.problem("full-privileges", node, f"{policy.name} {why}", _FIX)
            case PolicyFile() as policy if why := why_full_privileges(policy.document):
                message = f"{quote(node.string() or '')} {why}"
                yield reading.tree.problem("full-privileges", node, message, _FIX)


def _policy_access(reading: GrantReading, access: Node) -> Iterator[Problem]:
    node, policy = access.get("policy"), access.string_at("policy")
    if node is None:
        return
    if policy == "cluster-admin":
        message = "cluster-admin gives full control of the cluster"
        yield reading.tree.problem("full-privileges", node, message, _FIX)
    elif policy in ("edit", "admin") and (place := _system_place(access)) is not None:
        message = f"{policy} applies in {_SYSTEM}, where it can act as any controller of the cluster"
        yield reading.tree.problem("kube-system", place, message, _FIX)


def _group_access(reading: GrantReading, access: Node) -> Iterator[Problem]:
    node, group, rules_node = access.get("group"), access.string_at("group"), access.get("rules")
    if node is None or group is None:
        return
    if group == MASTERS:
        message = f"{MASTERS} gives full control of the cluster, and no RBAC rule can restrict it"
        yield reading.tree.problem("full-privileges", node, message, _FIX)
    elif is_reserved_group(group):
        message = f"{quote(group)} is a group reserved by Kubernetes, with its own permissions"
        fix = "use your own group, or explain why this one is needed: `unsafe_reason: ...`"
        yield reading.tree.problem("reserved-group", node, message, fix)
    rules = reading.attachments.rules(rules_node.string() or "") if rules_node is not None else None
    if rules_node is None or not isinstance(rules, RulesFile):
        return
    if why := why_full_control(rules.rules) or why_escalates(rules.rules):
        yield reading.tree.problem("full-privileges", rules_node, f"these rules {why}", _FIX)
    elif (place := _system_place(access)) is not None and (why := why_takes_over(rules.rules)):
        yield reading.tree.problem("kube-system", place, f"these rules {why} in {_SYSTEM}", _FIX)


def _means_system(pattern: str) -> bool:
    return Globs.compile([tokens_of(pattern)]).matcher()(_SYSTEM)


def _system_place(access: Node) -> Node | None:
    """Return the node that makes the access apply in kube-system: a namespace that matches it, or `cluster_wide`."""
    if is_cluster_wide(access):
        return access.get("cluster_wide")
    for node in access.each("namespaces"):
        name = node.string() or ""
        # Only stars: refused as `cluster-wide`.
        if name.strip("*") and _means_system(name):
            return node
    return None
