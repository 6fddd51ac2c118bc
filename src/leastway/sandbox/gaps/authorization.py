"""What a call is authorized on, and the message if it is denied.

The resource that a call is authorized on.

AWS (Service Authorization Reference, Amazon EKS and IAM, "Resource types"): node groups, access entries, pod identity
associations and tagged resources have resource types of their own, and ARNs of users and roles include their path;
ListClusters has no resource type and is authorized on `*`. ministack: authorizes every EKS path below a cluster on the
cluster, and TagResource and CreatePolicy on `*`, and leaves out the path of IAM names.

The resource in AccessDenied messages.

AWS (IAM User Guide, "Troubleshoot access denied error messages"): `User: <arn> is not authorized to perform: <action>
on resource: <arn> because no identity-based policy allows the <action> action`. ministack: leaves out the resource, so
the message does not say which permission is missing on what.
"""

from __future__ import annotations

import re
from typing import Any

from leastway.errors import InvalidInputError
from leastway.primitives import Arn, Partition
from leastway.sandbox.gaps.iam_api import argument
from leastway.sandbox.process.engine import Function, change, eks, iam, require

__all__ = ["access_entry_arn"]

_NODE_GROUP = re.compile(r"/clusters/([^/]+)/node-groups/([^/]+)$")
_ACCESS_ENTRY = re.compile(r"/clusters/([^/]+)/access-entries/(.+?)(?:/access-policies(?:/.*)?)?$")
_ASSOCIATION = re.compile(r"/clusters/([^/]+)/pod-identity-associations/([^/]+)$")
_NOWHERE = "00000000-0000-0000-0000-000000000000"


@change("core.iam_actions", "access_denied_response")
def _response(original: Function, service: str, action: str, principal: str, request: str, **details: Any) -> Any:
    of_the_resource = details.get("resource_policy_arn")
    if not details.get("error_code") and not details.get("message") and not of_the_resource:
        resource, explicit = details.get("resource_arn", "*"), details.get("explicit_deny", False)
        name = require("core.iam_actions", "identity_denial_message")
        details["message"] = name(action, principal, resource, explicit)
    return original(service, action, principal, request, **details)


@change("core.iam_actions", "extract_resource_arn")
def _resource_arn(original: Function, service: str, method: str, path: str, *rest: Any) -> str:
    _headers, _body, params, region, account = rest
    if service == "eks" and (arn := _eks_arn(path, region, account)):
        return arn
    if service == "iam" and argument(params, "Action") == "CreatePolicy":
        path, name = argument(params, "Path") or "/", argument(params, "PolicyName")
        return f"arn:{Partition.AWS}:iam::{account}:policy{path}{name}"
    arn = original(service, method, path, *rest)
    return _with_path(arn, params) if service == "iam" else arn


def _eks_arn(path: str, region: str, account: str) -> str:
    if path.startswith("/tags/"):
        return path.removeprefix("/tags/")
    own = f"arn:{Partition.AWS}:eks:{region}:{account}"
    if found := _NODE_GROUP.search(path):
        cluster, name = found.groups()
        group = eks("_nodegroups").get(f"{cluster}/{name}")
        return group["nodegroupArn"] if group else f"{own}:nodegroup/{cluster}/{name}/{_NOWHERE}"
    if found := _ASSOCIATION.search(path):
        return f"{own}:podidentityassociation/{found[1]}/{found[2]}"
    if found := _ACCESS_ENTRY.search(path):
        cluster, principal = found.groups()
        entry = eks("_access_entries").get(f"{cluster}\0{principal}")
        return entry["accessEntryArn"] if entry else _unknown_entry(region, account, cluster, principal)
    return ""


def _unknown_entry(region: str, account: str, cluster: str, principal: str) -> str:
    try:
        return access_entry_arn(region, account, cluster, Arn.parse(principal), _NOWHERE)
    except InvalidInputError:
        return ""


def access_entry_arn(region: str, account: str, cluster: str, principal: Arn, unique: str) -> str:
    """Return the ARN of the access entry of `principal`, with `unique` as its last segment."""
    whose = f"{principal.resource_type}/{principal.account}/{principal.name}"
    return f"arn:{Partition.AWS}:eks:{region}:{account}:access-entry/{cluster}/{whose}/{unique}"


def _with_path(arn: str, params: dict[str, Any]) -> str:
    """Return the ARN with the path that the user or role has or will have."""
    head, _, name = arn.rpartition("/")
    for kind, store in ((":user", "_users"), (":role", "_roles")):
        if head.endswith(kind):
            known = iam(store).get(name)
            path = params.get("Path", ["/"])[0] if known is None else known["Path"]
            return f"{head}{path}{name}"
    return arn
