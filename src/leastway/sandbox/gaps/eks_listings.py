"""ListClusters and ListNodegroups, page by page (see `eks_api`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.sandbox.gaps.eks_api import find_cluster, page, route
from leastway.sandbox.process.engine import require

if TYPE_CHECKING:
    from leastway.sandbox.gaps.eks_api import EksRequest

__all__ = ["close"]


def close() -> None:
    """Close the gap."""
    route("GET", r"/clusters", _list_clusters)
    route("GET", r"/clusters/(?P<cluster>[^/]+)/node-groups", _list_node_groups)


def _list_clusters(request: EksRequest) -> dict[str, Any]:
    return page(request, "clusters", sorted(require("services.eks", "_clusters").keys()))


def _list_node_groups(request: EksRequest) -> dict[str, Any]:
    cluster = find_cluster(request.path["cluster"])["name"]
    groups = require("services.eks", "_nodegroups").values()
    return page(request, "nodegroups", sorted(g["nodegroupName"] for g in groups if g["clusterName"] == cluster))
