"""Rules `full-privileges`, `kube-system` and `reserved-group`: what ends in full control takes a reason in writing.

`unsafe_reason` on the access or role is that reason. The judgement is of what the grant says, without conditions and
denials: they may narrow it today, and a reason costs a sentence.
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

__all__ = ["check_full_privileges"]

_FIX = "narrow it, or write down why it is needed: `unsafe_reason: ...`"
_SYSTEM = "kube-system"


def check_full_privileges(reading: GrantReading) -> Iterator[Problem]:
    """Yield each access and role that comes to full privileges and gives no reason."""
    for role in reading.roles():
        if not _has_reason(role):
            yield from _role(reading, role)
    for cluster in reading.clusters():
        for access in cluster.each("access"):
            if not _has_reason(access):
                yield from _policy_access(reading, access)
                yield from _group_access(reading, access)


def _has_reason(node: Node) -> bool:
    """Whether there is a reason at all; whether it is one is the rule of `unsafe_reason` itself."""
    reason = node.get("unsafe_reason")
    return reason is not None and plain(reason) is not None


def _role(reading: GrantReading, role: Node) -> Iterator[Problem]:
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
        message = "cluster-admin is full control of the cluster"
        yield reading.tree.problem("full-privileges", node, message, _FIX)
    elif policy in ("edit", "admin") and (place := _system_place(access)) is not None:
        message = f"{policy} reaches {_SYSTEM}, where it can act as every controller of the cluster"
        yield reading.tree.problem("kube-system", place, message, _FIX)


def _group_access(reading: GrantReading, access: Node) -> Iterator[Problem]:
    node, group, rules_node = access.get("group"), access.string_at("group"), access.get("rules")
    if node is None or group is None:
        return
    if group == MASTERS:
        message = f"{MASTERS} is full control of the cluster, and no RBAC rule can take any of it back"
        yield reading.tree.problem("full-privileges", node, message, _FIX)
    elif is_reserved_group(group):
        message = f"{quote(group)} is one of Kubernetes' own groups, with rights of its own"
        fix = "use a group of your own, or write down why this one: `unsafe_reason: ...`"
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
    """Return what makes the access reach kube-system: the namespace that covers it, or `cluster_wide`."""
    if is_cluster_wide(access):
        return access.get("cluster_wide")
    for node in access.each("namespaces"):
        name = node.string() or ""
        # What is all stars is refused as `cluster-wide` anyway.
        if name.strip("*") and _means_system(name):
            return node
    return None
