"""Rule `duplicate-access`: two accesses of a cluster that would become one object there.

EKS associates an access policy with an entry only once, with one scope (EKS User Guide, "Associate access policies with
access entries"). The rules of a group become one Role in each namespace, or one ClusterRole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.source import Node, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading

__all__ = ["check_duplicate_access"]


def check_duplicate_access(reading: GrantReading) -> Iterator[Problem]:
    """Yield each access that would create the same object as an earlier one of the same cluster."""
    for cluster in reading.clusters():
        first: dict[tuple[str, ...], Node] = {}
        for access in cluster.each("access"):
            taken = [(claim, node) for claim, node in _claims(access) if claim in first]
            for claim, node in taken[:1]:
                line = reading.line_of(first[claim])
                message = f"{_words(claim)} appears twice in this cluster, first on line {line}"
                yield reading.tree.problem("duplicate-access", node, message, "combine both into one access")
            first.update({claim: node for claim, node in _claims(access) if claim not in first})


def _claims(access: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    policy, group, wide = access.get("policy"), access.get("group"), access.get("cluster_wide")
    if policy is not None and (name := policy.string()):
        yield ("policy", name), policy
    if group is None or not (name := group.string()):
        return
    if wide is not None and plain(wide) is True:
        yield ("group", name), group
    for node in access.each("namespaces"):
        if namespace := node.string():
            yield ("group", name, namespace), node


def _words(claim: tuple[str, ...]) -> str:
    kind, name, *namespace = claim
    return f"the {kind} {quote(name)}" + (f" in the namespace {quote(namespace[0])}" if namespace else "")
