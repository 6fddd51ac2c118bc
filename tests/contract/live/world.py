"""The implementations under contract: accounts and clusters without leastway, in memory and on the sandbox."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import boto3

from leastway.aws import Accounts, AwsSites, Door, KeyPair
from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AuthMode,
    ClusterFacts,
    ClusterTag,
    EstateObject,
    ManagedPolicy,
    NodegroupTag,
    Observed,
    Place,
    Role,
    User,
)
from leastway.policy import Document, PolicyKind, parse_policy, render_text
from leastway.ports import Site, Sites
from leastway.ports.memory import MemorySites
from leastway.primitives import Secret
from leastway.sandbox import AccountSeed, ClusterSeed, NodeGroupSeed, Sandbox, Scenario

ACCOUNT = "111122223333"
OTHER = "444455556666"
REGION = "eu-central-1"
PROD = Place(ACCOUNT, REGION, "prod")
LEGACY = Place(ACCOUNT, REGION, "legacy")
NODEGROUP = "workers"
NAMES = ("humanitec", "HumanitecSaaS")
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
EDIT = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

SCENARIO = Scenario(
    (
        AccountSeed(
            ACCOUNT,
            clusters=(
                ClusterSeed("prod", node_groups=(NodeGroupSeed(NODEGROUP),), tags={"team": "shop"}),
                ClusterSeed("legacy", mode="CONFIG_MAP"),
            ),
        ),
        AccountSeed(OTHER),
    )
)


def allowing(*actions: str) -> Document:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind=PolicyKind.IDENTITY)


def trusting(service: str, external_id: str = "one-external-id") -> Document:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:{service}"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind=PolicyKind.TRUST)


POLICY = ManagedPolicy(ACCOUNT, "HumanitecSaaS", allowing("eks:DescribeCluster"), description="the platform's")
USER = User(ACCOUNT, "humanitec", frozenset({POLICY.arn}), POLICY.arn)
ROLE = Role(
    ACCOUNT,
    "humanitec-s3",
    trusting("user/admin"),
    inline=(("s3", allowing("s3:ListBucket")),),
    policies=frozenset({POLICY.arn}),
    max_session=7200,
    path="/team/",
    description="for Terraform",
)
KEY = AccessKey(ACCOUNT, "humanitec")
CLUSTER_TAG = ClusterTag(PROD, "Humanitec", "true")
NODEGROUP_TAG = NodegroupTag(PROD, NODEGROUP, "Humanitec", "true")
ENTRY = AccessEntry(PROD, ROLE.arn, groups=frozenset({"humanitec"}))
ASSOCIATION = AccessPolicy(PROD, ROLE.arn, VIEW, frozenset({"app-*"}))

EVERYTHING: tuple[EstateObject, ...] = (
    POLICY,
    USER,
    ROLE,
    KEY,
    CLUSTER_TAG,
    NODEGROUP_TAG,
    ENTRY,
    ASSOCIATION,
)
"""One of each kind, in the order of creation; each depends on those before it."""


@dataclass
class Custody:
    """Custody in memory."""

    intentions: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    kept: list[tuple[str, str, str, Secret]] = field(default_factory=list)

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        self.intentions[account, user] = existing

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        return self.intentions.get((account, user))

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        self.kept.append((account, user, key_id, secret))
        self.intentions.pop((account, user), None)


class World(Protocol):
    """One implementation, and a way to act outside of it."""

    @property
    def sites(self) -> Sites: ...

    def by_hand(self, candidate: EstateObject) -> None:
        """Create an object as someone else would: without a mark."""

    def site(self, candidate: EstateObject) -> Site:
        """Open the site of an object."""


@dataclass
class MemoryWorld:
    """The in-memory double."""

    sites: MemorySites = field(default_factory=MemorySites)

    def __post_init__(self) -> None:
        for place, mode, groups in (
            (PROD, AuthMode.API_AND_CONFIG_MAP, (NODEGROUP,)),
            (LEGACY, AuthMode.CONFIG_MAP, ()),
        ):
            arn = f"arn:aws:eks:{place.region}:{place.account}:cluster/{place.cluster}"
            tags = (("team", "shop"),) if place is PROD else ()
            self.sites.facts[place] = ClusterFacts(place, arn, "ACTIVE", mode, "https://cluster", "LS0t", groups, tags)

    def by_hand(self, candidate: EstateObject) -> None:
        self.sites.put(candidate)

    def site(self, candidate: EstateObject) -> Site:
        return self.sites.site(candidate.kind.realm, candidate.address.place)


@dataclass
class AwsWorld:
    """AWS: the sandbox, or the endpoint in AWS_ENDPOINT_URL."""

    sandbox: Sandbox
    admin: KeyPair
    custody: Custody = field(default_factory=Custody)

    def __post_init__(self) -> None:
        self.accounts = Accounts([Door(ACCOUNT, REGION, self.admin)])
        self.sites = AwsSites(self.accounts, names=NAMES, custody=self.custody, kubernetes=_no_kubernetes)

    def client(self, service: str) -> Any:
        """Return a boto3 client with the credentials of the account's engineer."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # the stubs require literals
            region_name=REGION,
            aws_access_key_id=self.admin.key_id,
            aws_secret_access_key=self.admin.secret.reveal(),
        )

    def sites_of(self, *doors: Door, source_address: str | None = None) -> AwsSites:
        """Open other sites, with the same custody."""
        accounts = Accounts(doors, source_address=source_address)
        return AwsSites(accounts, names=NAMES, custody=self.custody, kubernetes=_no_kubernetes)

    def writes(self) -> list[str]:
        """Return the changing calls since the last call, as `service:Action`."""
        entries = self.sandbox.control.journal(clear=True)
        return [f"{entry.service}:{entry.action}" for entry in entries if entry.mutating]

    def site(self, candidate: EstateObject) -> Site:
        return self.sites.site(candidate.kind.realm, candidate.address.place)

    def by_hand(self, candidate: EstateObject) -> None:
        iam, eks = self.client("iam"), self.client("eks")
        match candidate:
            case ManagedPolicy():
                iam.create_policy(
                    PolicyName=candidate.name, Path=candidate.path, PolicyDocument=render_text(candidate.document)
                )
            case User():
                iam.create_user(UserName=candidate.name, Path=candidate.path, PermissionsBoundary=candidate.boundary)
                for arn in candidate.policies:
                    iam.attach_user_policy(UserName=candidate.name, PolicyArn=arn)
            case Role():
                iam.create_role(
                    RoleName=candidate.name,
                    Path=candidate.path,
                    AssumeRolePolicyDocument=render_text(candidate.trust),
                    MaxSessionDuration=candidate.max_session,
                    Description=candidate.description,
                )
                for name, document in candidate.inline:
                    iam.put_role_policy(RoleName=candidate.name, PolicyName=name, PolicyDocument=render_text(document))
                for arn in candidate.policies:
                    iam.attach_role_policy(RoleName=candidate.name, PolicyArn=arn)
            case AccessKey():
                iam.create_access_key(UserName=candidate.user)
            case ClusterTag():
                arn = eks.describe_cluster(name=candidate.place.cluster)["cluster"]["arn"]
                eks.tag_resource(resourceArn=arn, tags={candidate.key: candidate.value})
            case NodegroupTag():
                group = eks.describe_nodegroup(clusterName=candidate.place.cluster, nodegroupName=candidate.nodegroup)[
                    "nodegroup"
                ]
                eks.tag_resource(resourceArn=group["nodegroupArn"], tags={candidate.key: candidate.value})
            case AccessEntry():
                eks.create_access_entry(
                    clusterName=candidate.place.cluster,
                    principalArn=candidate.principal,
                    kubernetesGroups=sorted(candidate.groups),
                )
            case AccessPolicy():
                eks.associate_access_policy(
                    clusterName=candidate.place.cluster,
                    principalArn=candidate.principal,
                    policyArn=candidate.policy,
                    accessScope={"type": "namespace", "namespaces": sorted(candidate.namespaces)},
                )
            case _:
                raise AssertionError(json.dumps(str(candidate.address)))


def _no_kubernetes(place: Place) -> Site:
    raise AssertionError(f"this suite has no objects in the Kubernetes of {place}")


def only(found: dict[Any, Observed]) -> Observed:
    (observed,) = found.values()
    return observed
