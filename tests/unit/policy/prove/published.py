"""Policies like those that a platform publishes: for its user, a role's trust policy, and a role's permissions."""

from leastway.policy import Document, PolicyKind
from tests.unit.policy.prove.policies import Json, allow, deny, document, trust

PLATFORM = "arn:aws:iam::767398028804:user/humanitec"
USER = "arn:aws:iam::111122223333:user/humanitec"
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
EXTERNAL_ID = "k3y-of-this-account"
ID = {"sts:ExternalId": EXTERNAL_ID}
ADDRESSES = ("34.159.97.57/32", "35.198.74.96/32", "34.141.77.162/32")
CLUSTER_ACTIONS = ["eks:DescribeNodegroup", "eks:ListNodegroups", "eks:AccessKubernetesApi", "eks:DescribeCluster"]
TAGGED = {"StringLike": {"aws:ResourceTag/Humanitec": "true"}}


def outside(addresses: tuple[str, ...] = ADDRESSES) -> Json:
    condition = {"NotIpAddress": {"aws:SourceIp": list(addresses)}, "Bool": {"aws:ViaAWSService": "false"}}
    return deny("*", "*", condition, Sid="HumanitecSaaSAccessOnly")


def user_policy(*more: Json, kind: PolicyKind = PolicyKind.IDENTITY) -> Document:
    return document(
        allow([*CLUSTER_ACTIONS, "eks:ListClusters"], "*", TAGGED, Sid="EKSAccess"),
        allow("sts:AssumeRole", "arn:aws:iam::*:role/humanitec*", Sid="AssumeRole"),
        outside(),
        *more,
        kind=kind,
    )


def role_trust(principal: str = PLATFORM, condition: Json | None = None) -> Document:
    return document(
        trust({"AWS": principal}, condition or {"StringEquals": ID}),
        {**trust({"AWS": principal}, {"NotIpAddress": {"aws:SourceIp": list(ADDRESSES)}}), "Effect": "Deny"},
        kind=PolicyKind.TRUST,
    )


BUCKETS = document(allow(["s3:CreateBucket", "s3:PutBucketTagging"], "arn:aws:s3:::humanitec-*"), outside())
