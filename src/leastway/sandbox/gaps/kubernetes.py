"""A Kubernetes API for each cluster.

AWS (Amazon EKS API Reference, Cluster): an ACTIVE cluster has an endpoint that responds, and the CA to verify it with.
ministack: an endpoint without a server and an empty CA, unless Docker can run k3s.

If an API server of the sandbox cannot start, the response is a ClientException, which differs from AWS.
"""

from __future__ import annotations

from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.gaps.eks_api import EksError, EksRequest, find_cluster, route
from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.engine import eks

__all__ = ["serve"]


def serve(clusters: ClusterServers) -> None:
    """Make DescribeCluster start and return the API servers of `clusters`."""

    @route("GET", r"/clusters/(?P<cluster>[^/]+)")
    async def describe(request: EksRequest) -> dict[str, Any]:
        record = find_cluster(request.path["cluster"])
        try:
            await clusters.connect(record)
        except LeastwayError as error:  # a 400, because clients would retry a 500
            raise EksError(400, "ClientException", f"the embedded Kubernetes did not start: {error}") from error
        return {"cluster": eks("_sanitize")(record)}
