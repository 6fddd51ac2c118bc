"""ListPodIdentityAssociations, page by page, and the resource that one association is authorized on.

AWS (Amazon EKS API Reference, ListPodIdentityAssociations; Service Authorization Reference, Amazon EKS): at most 100
summaries a page, which do not name the role, filtered by namespace and service account; an association is a resource
of its own. ministack: one page that is cut, and the cluster as the resource.

The resource is `resource_arns`'s to name.
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
