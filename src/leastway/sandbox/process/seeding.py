"""Creation of a scenario by ministack's own operations without HTTP: about a second for a thousand clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leastway.errors import LeastwayError
from leastway.primitives import Partition
from leastway.sandbox.gaps.access_entries import make_admin, new_entry
from leastway.sandbox.gaps.identity_providers import PUBLIC_KEYS
from leastway.sandbox.gaps.managed_policies import exist
from leastway.sandbox.gaps.partitions import PARTITIONS, partition_of, swapped
from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.engine import eks, iam, require
from leastway.sandbox.scenario import ADMIN, AccountSeed, ClusterSeed, OperatorSeed, PlatformSeed, Scenario

__all__ = ["seed"]

_CLUSTER_ROLE = "eks-cluster"
_NODE_ROLE = "eks-node"
_EVERYTHING = f"arn:{Partition.AWS}:iam::aws:policy/AdministratorAccess"


def seed(scenario: Scenario, clusters: ClusterServers) -> dict[str, Any]:
    """Create everything in `scenario`; return the keys of its users as JSON, each as `[id, secret]`.

    LeastwayError if a user, role or cluster already exists, except the platform's, which scenarios share.
    """
    PARTITIONS.update({account.id: Partition(account.partition) for account in scenario.accounts})
    if scenario.issuer is not None:
        PUBLIC_KEYS[scenario.issuer.host] = scenario.issuer.public_key
    PARTITIONS[scenario.platform.account] = Partition(scenario.platform.partition)
    keys: dict[str, Any] = {"platform": _platform(scenario.platform), "admins": {}}
    exist(scenario.aws_policies)
    operator = f"{_iam(scenario.accounts[0].id)}:user/{ADMIN}" if scenario.accounts else ""
    for account in scenario.accounts:
        with _at_home(account.id):
            keys["admins"][account.id] = _people(account, operator)
            if account.boundary:
                path, _, name = f"/{account.boundary}".rpartition("/")
                _call(
                    "CreatePolicy", PolicyName=name, Path=f"{path}/", PolicyDocument=_policy("Allow", "*", Resource="*")
                )
    for account in scenario.accounts:  # once every user exists that a role may trust
        if account.operator is not None:
            with _at_home(account.id):
                _operator(account.operator, account.id)
        for cluster in account.clusters:
            with _scope(account.id, cluster.region):
                _cluster(account, cluster, clusters)
    return keys


def _scope(account: str, region: str) -> Any:
    return require("core.responses", "request_scope")(account, region)


def _at_home(account: str) -> Any:
    """Return the request scope for calls to an account's IAM."""
    return _scope(account, partition_of(account).home_region)


def _iam(account: str) -> str:
    return f"arn:{Partition.AWS}:iam::{account}"


def _call(action: str, **params: str) -> str:
    """Call IAM in the account of the scope and return the response's XML."""
    form = {name.replace("__", "."): [value] for name, value in params.items()}
    status, _, body = iam("_IAM_HANDLERS")[action]({"Action": [action], **form})
    text: str = body.decode()
    if status >= 400:
        raise LeastwayError(f"the scenario cannot be created: {_element(text, 'Message')}", where=action)
    return text


def _element(text: str, name: str) -> str:
    return text.partition(f"<{name}>")[2].partition("</")[0]


def _eks(answer: tuple[int, Any, bytes], what: str) -> None:
    if answer[0] >= 400:
        raise LeastwayError(f"the scenario cannot be created: {json.loads(answer[2])['message']}", where=what)


def _key(user: str) -> tuple[str, str]:
    text = _call("CreateAccessKey", UserName=user)
    return _element(text, "AccessKeyId"), _element(text, "SecretAccessKey")


def _policy(effect: str, action: str, **parts: Any) -> str:
    statement = {"Effect": effect, "Action": action, **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _platform(platform: PlatformSeed) -> tuple[str, str]:
    with _at_home(platform.account):
        for key in iam("_access_keys").values():
            if key["UserName"] == platform.user:
                return key["AccessKeyId"], key["SecretAccessKey"]
        _call("CreateUser", UserName=platform.user)
        document = _policy(
            "Allow",
            "sts:AssumeRole",
            Resource=swapped(Partition(platform.partition), platform.arn) if platform.role else "*",
        )
        _call("PutUserPolicy", UserName=platform.user, PolicyName="assume-roles", PolicyDocument=document)
        if platform.role:
            _platform_role(platform)
        return _key(platform.user)


def _platform_role(platform: PlatformSeed) -> None:
    path, _, name = f"/{platform.role}".rpartition("/")
    user = f"{_iam(platform.account)}:user/{platform.user}"
    _role(name, {"AWS": user}, path=f"{path}/")
    document = _policy("Allow", "sts:AssumeRole", Resource="*")
    _call("PutRolePolicy", RoleName=name, PolicyName="assume-customer-roles", PolicyDocument=document)


def _people(account: AccountSeed, operator: str) -> tuple[str, str]:
    """Create the engineer's user and role and the roles of clusters and nodes; return the user's key."""
    _call("CreateUser", UserName=ADMIN)
    _call("AttachUserPolicy", UserName=ADMIN, PolicyArn=_EVERYTHING)
    trusted = {"AWS": sorted({f"{_iam(account.id)}:root", operator})}
    _role(ADMIN, trusted)
    _call("AttachRolePolicy", RoleName=ADMIN, PolicyArn=_EVERYTHING)
    _role(_CLUSTER_ROLE, {"Service": "eks.amazonaws.com"})
    _role(_NODE_ROLE, {"Service": f"ec2.{partition_of(account.id).dns_suffix}"})
    return _key(ADMIN)


def _operator(operator: OperatorSeed, account: str) -> None:
    path, _, name = f"/{operator.role}".rpartition("/")
    asked = {"Condition": {"StringEquals": {"sts:ExternalId": operator.external_id}}} if operator.external_id else {}
    _role(name, {"AWS": swapped(partition_of(account), operator.trusted)}, path=f"{path}/", **asked)
    _call("AttachRolePolicy", RoleName=name, PolicyArn=_EVERYTHING)


def _role(name: str, principal: Mapping[str, Any], *, path: str = "/", **parts: Any) -> None:
    trust = _policy("Allow", "sts:AssumeRole", Principal=principal, **parts)
    _call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, Path=path)


def _cluster(account: AccountSeed, cluster: ClusterSeed, clusters: ClusterServers) -> None:
    arn = _iam(account.id)
    body = {
        "name": cluster.name,
        "roleArn": f"{arn}:role/{_CLUSTER_ROLE}",
        "resourcesVpcConfig": {},
        "accessConfig": {"authenticationMode": cluster.mode},
        "tags": dict(cluster.tags),
    }
    _eks(eks("_create_cluster")(body, f"{arn}:role/{ADMIN}"), cluster.name)
    record = eks("_clusters")[cluster.name]
    for group in cluster.node_groups:
        node_group = {"nodegroupName": group.name, "tags": dict(group.tags), "nodeRole": f"{arn}:role/{_NODE_ROLE}"}
        _eks(eks("_create_nodegroup")(cluster.name, node_group), f"{cluster.name}/{group.name}")
    if cluster.mode != "CONFIG_MAP":
        _entries(record, arn, account.operator)
    outside = swapped(partition_of(account.id), arn)
    aws_auth = None if cluster.mode == "API" else _aws_auth(outside, account.operator)
    clusters.prepare(record, aws_auth, cluster.namespaces)


def _entries(record: dict[str, Any], arn: str, operator: OperatorSeed | None) -> None:
    """Create access entries for nodes and administrators; the role `admin` has one, because it created the cluster."""
    new_entry(record, {"principalArn": f"{arn}:role/{_NODE_ROLE}", "type": "EC2_LINUX"})
    for admin in (f"user/{ADMIN}", *([f"role/{operator.role}"] if operator else ())):
        make_admin(new_entry(record, {"principalArn": f"{arn}:{admin}"}))


def _aws_auth(arn: str, operator: OperatorSeed | None) -> dict[str, str]:
    """Return the data of aws-auth as EKS and an engineer would write it, with roles without their paths."""
    roles = (ADMIN, *([operator.role.rpartition("/")[2]] if operator else ()))
    admins = (f"  rolearn: {arn}:role/{role}\n  username: {role}:{{{{SessionName}}}}\n" for role in roles)
    return {
        "mapRoles": (
            "- groups:\n  - system:bootstrappers\n  - system:nodes\n"
            f"  rolearn: {arn}:role/{_NODE_ROLE}\n"
            "  username: system:node:{{EC2PrivateDNSName}}\n"
            + "".join(f"- groups:\n  - system:masters\n{admin}" for admin in admins)
        ),
        "mapUsers": f"- groups:\n  - system:masters\n  userarn: {arn}:user/{ADMIN}\n  username: {ADMIN}\n",
    }
