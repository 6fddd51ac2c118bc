"""Paging of ListClusters and ListNodegroups.

AWS (Amazon EKS API Reference, ListClusters, ListNodegroups): names in pages of `maxResults`. ministack: cuts the list
off at `maxResults` and returns no token for the next page.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.gaps.eks_api import EksRequest, find_cluster, page, route
from leastway.sandbox.process.engine import eks


@route("GET", r"/clusters")
def _list_clusters(request: EksRequest) -> dict[str, Any]:
    return page(request, "clusters", sorted(eks("_clusters").keys()))


@route("GET", r"/clusters/(?P<cluster>[^/]+)/node-groups")
def _list_node_groups(request: EksRequest) -> dict[str, Any]:
    cluster = find_cluster(request.path["cluster"])["name"]
    groups = eks("_nodegroups").values()
    return page(request, "nodegroups", sorted(g["nodegroupName"] for g in groups if g["clusterName"] == cluster))
