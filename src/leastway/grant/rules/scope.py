"""Rule `cluster-wide`: access applies in named namespaces, or explicitly in the whole cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.source import Node, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading

__all__ = ["check_scope", "is_cluster_wide"]


def is_cluster_wide(access: Node) -> bool:
    """Return whether the access applies in every namespace, as cluster-admin does unless namespaces are given."""
    wide = access.get("cluster_wide")
    if wide is not None:
        return plain(wide) is True
    return access.string_at("policy") == "cluster-admin" and access.get("namespaces") is None


def check_scope(reading: GrantReading) -> Iterator[Problem]:
    """Yield each access without a scope, and each with two."""
    for cluster in reading.clusters():
        for access in cluster.each("access"):
            namespaces, wide = access.get("namespaces"), access.get("cluster_wide")
            named = access.get("policy") or access.get("group")
            if named is None:
                continue
            is_named = namespaces is not None and plain(namespaces) is not None
            if is_named and wide is not None and plain(wide) is True:
                message = "this access is cluster-wide and has namespaces"
                yield reading.tree.problem("cluster-wide", wide, message, "keep either `namespaces` or `cluster_wide`")
            elif not is_named and not is_cluster_wide(access):
                message = "this access has no namespaces, so it would apply in the whole cluster"
                fix = "add `namespaces: [...]`, or confirm it with `cluster_wide: true`"
                yield reading.tree.problem("cluster-wide", named, message, fix)
