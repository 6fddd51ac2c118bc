"""Builds grants of any size in memory, like the estate of a large company."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from leastway.estate import AuthMode, ClusterFacts, Place
from leastway.grant import (
    AccessPolicyName,
    Account,
    Cluster,
    Grant,
    Identity,
    PolicyAccess,
    PolicyFile,
    Profile,
    Tag,
    TerraformRole,
)
from leastway.policy import PolicyKind, parse_policy
from leastway.primitives import AccountId, Arn

__all__ = ["facts_of", "grant_of"]

REGION = "eu-central-1"
_S3 = """{"Version": "2012-10-17", "Statement": [{
  "Effect": "Allow",
  "Action": ["s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucket*", "s3:ListBucket", "s3:PutBucket*"],
  "Resource": "arn:aws:s3:::acme-*"
}]}"""


def grant_of(accounts: int, clusters: int, identity: Identity = Identity.IAM_USER) -> Grant:
    """Return a grant for `accounts` accounts with `clusters` clusters and one role for Terraform each."""
    policy = PolicyFile(Path("s3.json"), _S3, parse_policy(_S3, kind=PolicyKind.IDENTITY))
    role = TerraformRole(name="humanitec-s3", policies=(policy,))
    access = PolicyAccess(policy=AccessPolicyName.EDIT, namespaces=("app-*",))
    own = tuple(Cluster(name=f"cluster-{n}", region=REGION, access=(access,)) for n in range(clusters))
    return Grant(
        name="bench",
        platform=_profile(),
        accounts=tuple(
            Account(id=AccountId(f"{100_000_000_000 + n}"), region=REGION, clusters=own, roles=(role,))
            for n in range(accounts)
        ),
        source=Path("grant.yaml"),
        identity=identity,
    )


def facts_of(grant: Grant) -> dict[Place, ClusterFacts]:
    """Return the facts that the clusters of `grant` would report: access entries, one node group."""
    return {
        place: ClusterFacts(
            place,
            f"arn:aws:eks:{cluster.region}:{account.id}:cluster/{cluster.name}",
            "ACTIVE",
            AuthMode.API,
            "https://127.0.0.1",
            "",
            ("workers",),
        )
        for account in grant.accounts
        for cluster in account.clusters
        for place in (Place(account.id, cluster.region, cluster.name),)
    }


def _profile() -> Profile:
    return Profile(
        name="humanitec",
        version="bench",
        published=dt.date(2026, 1, 1),
        principal=Arn.parse("arn:aws:iam::767398028804:user/humanitec"),
        addresses=tuple(f"192.0.2.{n}/32" for n in range(12)),
        role_prefix="humanitec",
        cluster_tag=Tag("Humanitec", "true"),
        user_name="humanitec",
        user_policy_name="HumanitecSaaS",
        access_role_name="humanitec-eks-access-{account}",
        kubernetes_username="humanitec",
        kubernetes_group="humanitec",
    )
