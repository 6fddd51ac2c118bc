"""The authentication mode of a cluster is always shown.

AWS (Amazon EKS API Reference, CreateAccessConfigRequest): a cluster created without a mode has CONFIG_MAP, and
DescribeCluster returns it; whether the creator becomes an admin is set at creation and not returned. ministack: a
cluster created without a mode has none in the response.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.process.engine import Function, change


@change("services.eks", "_create_cluster")
def _create_cluster(original: Function, body: dict[str, Any], creator: str | None = None) -> Any:
    config = {"authenticationMode": "CONFIG_MAP", **(body.get("accessConfig") or {})}
    bootstrap = config.pop("bootstrapClusterCreatorAdminPermissions", True)
    return original({**body, "accessConfig": config}, creator if bootstrap else None)
