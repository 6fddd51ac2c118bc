"""Kubernetes behind the clusters.

AWS (Amazon EKS API Reference, Cluster): an ACTIVE cluster has an endpoint that answers, and the CA to trust it by.
ministack: an endpoint where nobody listens and an empty CA, unless Docker can run k3s.

What keeps an API server of the sandbox from starting is told as a ClientException, which AWS does not do.
"""

from __future__ import annotations

from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.gaps.eks_api import EksError, EksRequest, find_cluster, route
from leastway.sandbox.process.clusters import Clusters
from leastway.sandbox.process.engine import eks

__all__ = ["serve"]


def serve(clusters: Clusters) -> None:
    """Let DescribeCluster start and show the API servers of `clusters`."""

    @route("GET", r"/clusters/(?P<cluster>[^/]+)")
    async def describe(request: EksRequest) -> dict[str, Any]:
        record = find_cluster(request.path["cluster"])
        try:
            await clusters.connect(record)
        except LeastwayError as error:  # an answer of its own, rather than a 500 that clients would try again
            raise EksError(400, "ClientException", f"the embedded Kubernetes did not start: {error}") from error
        return {"cluster": eks("_sanitize")(record)}
