"""New clusters, and their Kubernetes APIs.

The authentication mode of a cluster is always shown.

AWS (Amazon EKS API Reference, CreateAccessConfigRequest): a cluster created without a mode has CONFIG_MAP, and
DescribeCluster returns it; whether the creator becomes an admin is set at creation and not returned. ministack: a
cluster created without a mode has none in the response.

The access entry of the principal that created a cluster.

AWS (Amazon EKS API Reference, CreateAccessConfigRequest): the creator gets an entry of type STANDARD with
AmazonEKSClusterAdminPolicy, unless the request disables it; in CONFIG_MAP mode the creator is an admin without an
entry. ministack: creates the entry in every mode, without username and unique id.

In CONFIG_MAP mode the creator is not an admin here: only aws-auth counts, and a scenario's aws-auth has its engineer.

A Kubernetes API for each cluster.

AWS (Amazon EKS API Reference, Cluster): an ACTIVE cluster has an endpoint that responds, and the CA to verify it with.
ministack: an endpoint without a server and an empty CA, unless Docker can run k3s.

If an API server of the sandbox cannot start, the response is a ClientException, which differs from AWS.
"""

from __future__ import annotations

from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.gaps.access_entries import make_admin, new_entry
from leastway.sandbox.gaps.eks_api import EksError, EksRequest, find_cluster, route
from leastway.sandbox.gaps.iam_api import find_principal
from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.engine import Function, change, eks

__all__ = ["serve"]


@change("services.eks", "_create_cluster")
def _create_cluster(original: Function, body: dict[str, Any], creator: str | None = None) -> Any:
    config = {"authenticationMode": "CONFIG_MAP", **(body.get("accessConfig") or {})}
    bootstrap = config.pop("bootstrapClusterCreatorAdminPermissions", True)
    return original({**body, "accessConfig": config}, creator if bootstrap else None)


@change("services.eks", "_bootstrap_creator_access_entry")
def _bootstrap(_original: Function, _name: str, cluster: dict[str, Any], _creator: str | None) -> None:
    creator = cluster["_creator_arn"]
    in_api_mode = cluster["accessConfig"]["authenticationMode"] != "CONFIG_MAP"
    if in_api_mode and creator is not None and find_principal(creator) is not None:
        make_admin(new_entry(cluster, {"principalArn": creator}))


def serve(clusters: ClusterServers) -> None:
    """Make DescribeCluster start and return the API servers of `clusters`."""

    @route(r"GET /clusters/(?P<cluster>[^/]+)")
    async def describe(request: EksRequest) -> dict[str, Any]:
        record = find_cluster(request.path["cluster"])
        try:
            await clusters.connect(record)
        except LeastwayError as error:  # a 400, because clients would retry a 500
            raise EksError(400, "ClientException", f"the embedded Kubernetes did not start: {error}") from error
        return {"cluster": eks("_sanitize")(record)}
