"""Reads everything in the accounts and clusters; for AWS, without leastway's adapters."""

from __future__ import annotations

import functools
import json
from typing import Any

from leastway.aws import Guests
from leastway.kube import Connection
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from leastway.sandbox.kube.outside import KubeCall  # noqa: F401  # the extra `rehearse` is installed
from tests.aws_clients import aws_client
from tests.integration.life.world import World

Inventory = dict[str, Any]

_GUESTS = Guests()


def inventory(world: World) -> Inventory:
    """Return everything that exists, without values that AWS chooses each time."""
    return {account.id: _account(world, account.id) for account in world.grant.accounts}


def client_of(world: World, account: str, service: str, region: str = "us-east-1") -> Any:
    """Return the engineer's client in an account; clients are cached."""
    key = world.seeded.admins[account]
    return _client(world.sandbox.endpoint, key.id, key.secret.reveal(), service, region)


@functools.lru_cache(maxsize=32)
def _client(endpoint: str, key: str, secret: str, service: str, region: str) -> Any:
    return aws_client(endpoint, SeededKey(key, Secret(secret)), service, region)


def _account(world: World, account: str) -> Inventory:
    iam = client_of(world, account, "iam")
    details = iam.get_account_authorization_details(Filter=["User", "Role", "LocalManagedPolicy"])
    assert not details["IsTruncated"]
    ids: dict[str, str] = {}
    for user in details["UserDetailList"]:
        ids[user["Arn"]] = user["UserId"]
    for role in details["RoleDetailList"]:
        ids[role["Arn"]] = role["RoleId"]
    found = {
        "users": {user["UserName"]: _user(iam, user) for user in details["UserDetailList"]},
        "roles": _roles(iam, details["RoleDetailList"]),
        "policies": {policy["PolicyName"]: _policy(policy) for policy in details["Policies"]},
    }
    regions = {cluster.region for one in world.grant.accounts if one.id == account for cluster in one.clusters}
    for region in sorted(regions):
        eks = client_of(world, account, "eks", region)
        for name in eks.list_clusters()["clusters"]:
            found[f"{region}/{name}"] = _cluster(world, account, eks, name, ids)
    return found


def _user(iam: Any, detail: Any) -> Inventory:
    name = detail["UserName"]
    whole = iam.get_user(UserName=name)["User"]
    return {
        "boundary": whole.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "attached": [one["PolicyArn"] for one in detail["AttachedManagedPolicies"]],
        "inline": [one["PolicyName"] for one in detail["UserPolicyList"]],
        "keys": [one["Status"] for one in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]],
        "tags": detail["Tags"],
    }


def _roles(iam: Any, details: Any) -> Inventory:
    seconds = {role["RoleName"]: role["MaxSessionDuration"] for role in iam.list_roles()["Roles"]}
    return {
        role["RoleName"]: {
            "trust": role["AssumeRolePolicyDocument"],
            "attached": [one["PolicyArn"] for one in role["AttachedManagedPolicies"]],
            "inline": {one["PolicyName"]: one["PolicyDocument"] for one in role["RolePolicyList"]},
            "session": seconds[role["RoleName"]],
            "tags": role["Tags"],
        }
        for role in details
    }


def _policy(detail: Any) -> Inventory:
    versions = detail["PolicyVersionList"]
    (default,) = [one["Document"] for one in versions if one["IsDefaultVersion"]]
    return {"versions": len(versions), "document": default}


def _cluster(world: World, account: str, eks: Any, name: str, ids: dict[str, str]) -> Inventory:
    cluster = eks.describe_cluster(name=name)["cluster"]
    found: Inventory = {"tags": cluster["tags"], "nodegroups": {}, "entries": {}}
    for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
        described = eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
        found["nodegroups"][group] = described.get("tags", {})
    if cluster["accessConfig"]["authenticationMode"] != "CONFIG_MAP":
        for principal in eks.list_access_entries(clusterName=name)["accessEntries"]:
            found["entries"][principal] = _entry(eks, name, principal, ids)
    connection = _connection(world, account, eks.meta.region_name, cluster)
    for plural in ("roles", "rolebindings", "clusterroles", "clusterrolebindings"):
        answer = connection.request("GET", f"/apis/rbac.authorization.k8s.io/v1/{plural}")
        found[plural] = [_without_server_fields(item) for item in answer["items"]]
    maps = connection.request("GET", "/api/v1/namespaces/kube-system/configmaps")["items"]
    found["aws-auth"] = [_without_server_fields(item) for item in maps if item["metadata"]["name"] == "aws-auth"]
    connection.close()
    return found


def _entry(eks: Any, cluster: str, principal: str, ids: dict[str, str]) -> Inventory:
    entry = eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
    policies = eks.list_associated_access_policies(clusterName=cluster, principalArn=principal)
    tags = dict(entry["tags"])
    if "leastway:principal-id" in tags:
        tags["leastway:principal-id"] = "current" if tags["leastway:principal-id"] == ids.get(principal) else "stale"
    return {
        "groups": entry["kubernetesGroups"],
        "username": entry["username"],
        "tags": tags,
        "policies": {one["policyArn"]: one["accessScope"] for one in policies["associatedAccessPolicies"]},
    }


def _connection(world: World, account: str, region: str, cluster: Any) -> Connection:
    key = world.seeded.admins[account]
    guest = _GUESTS.guest(SessionKeys(key.id, key.secret), region)
    return Connection(
        cluster["endpoint"], cluster["certificateAuthority"]["data"], lambda: guest.token(cluster["name"])
    )


def _without_server_fields(item: Any) -> Any:
    metadata = {
        key: value for key, value in item["metadata"].items() if key in ("name", "namespace", "labels", "annotations")
    }
    return json.loads(json.dumps({**item, "metadata": metadata}, sort_keys=True))
