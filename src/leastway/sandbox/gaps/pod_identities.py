"""Paging of ListPodIdentityAssociations, and the resource that describing an association is authorized on.

AWS (Amazon EKS API Reference, ListPodIdentityAssociations; Service Authorization Reference, Amazon EKS): a page has at
most 100 summaries, without the role, filtered by namespace and service account; an association is a resource type of
its own. ministack: returns one page that is cut off, and authorizes on the cluster.

`resource_arns` closes the second part.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.gaps.eks_api import EksRequest, find_cluster, page, route
from leastway.sandbox.process.engine import eks

_FILTERS = ("namespace", "serviceAccount")


@route("GET", r"/clusters/(?P<cluster>[^/]+)/pod-identity-associations")
def _list(request: EksRequest) -> dict[str, Any]:
    cluster = find_cluster(request.path["cluster"])["name"]
    summary = eks("_pod_identity_summary")
    asked = {name: wanted for name in _FILTERS if (wanted := request.argument(name))}
    found = [
        summary(one)
        for key, one in eks("_pod_identity_associations").items()
        if key.startswith(f"{cluster}\0") and all(one[name] == wanted for name, wanted in asked.items())
    ]
    return page(request, "associations", sorted(found, key=lambda one: str(one["associationId"])))
