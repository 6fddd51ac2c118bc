"""The authentication mode of a cluster: always shown, and changed one step at a time, one way.

AWS (Amazon EKS User Guide, "Change authentication mode to use access entries"; API Reference, UpdateClusterConfig):
a cluster made without a mode has CONFIG_MAP; the mode goes from CONFIG_MAP to API_AND_CONFIG_MAP to API and never
back; the change is an update that is asked for with DescribeUpdate. ministack: a cluster made without a mode shows
none, and there is neither UpdateClusterConfig nor DescribeUpdate. Here an update takes effect at once, and is in
progress for whoever started it.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from leastway.sandbox.gaps.cluster_creator import add_creator
from leastway.sandbox.gaps.eks_api import EksError, find_cluster, page, route
from leastway.sandbox.process.engine import change, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.sandbox.gaps.eks_api import EksRequest

__all__ = ["close"]

_NEXT = {"CONFIG_MAP": "API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP": "API"}
_UPDATES = "_updates"


def close() -> None:
    """Close the gap."""
    updates = r"/clusters/(?P<cluster>[^/]+)/updates"
    change("services.eks", "_create_cluster", _create_cluster)
    route("POST", r"/clusters/(?P<cluster>[^/]+)/update-config", _update_config)
    route("GET", updates, _list_updates)
    route("GET", rf"{updates}/(?P<update>[^/]+)", _describe_update)


def _create_cluster(original: Callable[..., Any], body: dict[str, Any], creator: str | None = None) -> Any:
    config = {"authenticationMode": "CONFIG_MAP", **(body.get("accessConfig") or {})}
    mode, bootstrap = config["authenticationMode"], config.pop("bootstrapClusterCreatorAdminPermissions", True)
    if mode == "CONFIG_MAP" and not bootstrap:
        message = (
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP"
        )
        return require("services.eks", "_error")(400, "InvalidParameterException", message)
    return original({**body, "accessConfig": config}, creator if bootstrap else None)


def _update_config(request: EksRequest) -> dict[str, Any]:
    cluster = find_cluster(request.path["cluster"])
    wanted = (request.body.get("accessConfig") or {}).get("authenticationMode")
    if wanted is None:
        raise EksError(400, "InvalidParameterException", "The sandbox updates the authentication mode and nothing else")
    mode = cluster["accessConfig"]["authenticationMode"]
    if wanted == mode:
        raise EksError(400, "InvalidParameterException", f"Authentication mode is already {mode}")
    if wanted != _NEXT.get(mode):
        message = f"Unsupported authentication mode update from {mode} to {wanted}"
        raise EksError(400, "InvalidParameterException", message)
    cluster["accessConfig"]["authenticationMode"] = wanted
    if mode == "CONFIG_MAP":
        add_creator(cluster)
    update = {
        "id": str(uuid.uuid4()),
        "status": "Successful",
        "type": "AccessConfigUpdate",
        "params": [{"type": "AuthenticationMode", "value": f'"{wanted}"'}],
        "createdAt": time.time(),
        "errors": [],
    }
    cluster.setdefault(_UPDATES, {})[update["id"]] = update
    return {"update": {**update, "status": "InProgress"}}


def _list_updates(request: EksRequest) -> dict[str, Any]:
    return page(request, "updateIds", list(find_cluster(request.path["cluster"]).get(_UPDATES, {})))


def _describe_update(request: EksRequest) -> dict[str, Any]:
    name = request.path["update"]
    update = find_cluster(request.path["cluster"]).get(_UPDATES, {}).get(name)
    if update is None:
        raise EksError(404, "ResourceNotFoundException", f"No update found for ID: {name}")
    return {"update": update}
