"""Paging of the lists of EKS.

Paging of ListClusters and ListNodegroups.

AWS (Amazon EKS API Reference, ListClusters, ListNodegroups): names in pages of `maxResults`. ministack: cuts the list
off at `maxResults` and returns no token for the next page.

Paging of ListPodIdentityAssociations, and the resource that describing an association is authorized on.

AWS (Amazon EKS API Reference, ListPodIdentityAssociations; Service Authorization Reference, Amazon EKS): a page has at
most 100 summaries, without the role, filtered by namespace and service account; an association is a resource type of
its own. ministack: returns one page that is cut off, and authorizes on the cluster.

`authorization` closes the second part.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.gaps.eks_api import EksRequest, find_cluster, page, route
from leastway.sandbox.process.engine import eks


@route("GET", r"/clusters")
def _clusters(request: EksRequest) -> dict[str, Any]:
    return page(request, "clusters", sorted(eks("_clusters").keys()))


@route("GET", r"/clusters/(?P<cluster>[^/]+)/node-groups")
def _node_groups(request: EksRequest) -> dict[str, Any]:
    cluster = find_cluster(request.path["cluster"])["name"]
    groups = eks("_nodegroups").values()
    return page(request, "nodegroups", sorted(g["nodegroupName"] for g in groups if g["clusterName"] == cluster))


@route("GET", r"/clusters/(?P<cluster>[^/]+)/pod-identity-associations")
def _pod_identities(request: EksRequest) -> dict[str, Any]:
    cluster = find_cluster(request.path["cluster"])["name"]
    summary = eks("_pod_identity_summary")
    asked = {name: wanted for name in ("namespace", "serviceAccount") if (wanted := request.argument(name))}
    found = [
        summary(one)
        for key, one in eks("_pod_identity_associations").items()
        if key.startswith(f"{cluster}\0") and all(one[name] == wanted for name, wanted in asked.items())
    ]
    return page(request, "associations", sorted(found, key=lambda one: str(one["associationId"])))
