"""The access entry of the principal that created a cluster.

AWS (Amazon EKS API Reference, CreateAccessConfigRequest): the creator gets an entry of type STANDARD with
AmazonEKSClusterAdminPolicy, unless the request disables it; in CONFIG_MAP mode the creator is an admin without an
entry. ministack: creates the entry in every mode, without username and unique id.

In CONFIG_MAP mode the creator is not an admin here: only aws-auth counts, and a scenario's aws-auth has its engineer.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.gaps.access_policies import associate, cluster_admin
from leastway.sandbox.gaps.new_access_entry import new_entry
from leastway.sandbox.gaps.principals import find_principal
from leastway.sandbox.process.engine import Function, change


@change("services.eks", "_bootstrap_creator_access_entry")
def _bootstrap(_original: Function, _name: str, cluster: dict[str, Any], _creator: str | None) -> None:
    creator = cluster["_creator_arn"]
    in_api_mode = cluster["accessConfig"]["authenticationMode"] != "CONFIG_MAP"
    if in_api_mode and creator is not None and find_principal(creator) is not None:
        associate(new_entry(cluster, {"principalArn": creator}), cluster_admin(), {"type": "cluster", "namespaces": []})
