"""Proofs against contracts: the published policy is within the promised access, but wider than a grant."""

import time

from leastway.grant import Identity
from leastway.policy import PolicyKind, PolicySet, parse_policy
from leastway.policy.catalog import load_catalog
from leastway.policy.prove import Proved, Refuted, compare
from leastway.proof import contract_of
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_IDS, PROFILE, S3_ROLE, cluster, grant_of

ADDRESSES = list(PROFILE.addresses)
USER = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
PUBLISHED = parse_policy(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "eks:DescribeNodegroup",
                    "eks:ListNodegroups",
                    "eks:AccessKubernetesApi",
                    "eks:DescribeCluster",
                    "eks:ListClusters",
                ],
                "Resource": "*",
                "Condition": {"StringLike": {"aws:ResourceTag/Humanitec": "true"}},
            },
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/humanitec*"},
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "NotIpAddress": {"aws:SourceIp": ADDRESSES},
                    "Bool": {"aws:ViaAWSService": "false"},
                },
            },
        ],
    },
    kind=PolicyKind.IDENTITY,
)
"""The policy that the platform publishes for its IAM user, with the addresses of the test."""


def test_the_published_policy_is_quickly_proved_within_the_promised_access() -> None:
    grant = grant_of(cluster("shop"), identity=Identity.IAM_USER)
    from_where = contract_of(grant, grant.accounts[0], EXTERNAL_IDS).bound.boundary
    published = PolicySet(identity=(PUBLISHED,), boundary=(PUBLISHED,))
    roles = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/humanitec*"}
    promised = parse_policy(
        {"Version": "2012-10-17", "Statement": [roles, _eks("cluster/*"), _eks("nodegroup/*/*/*")]},
        kind=PolicyKind.IDENTITY,
    )
    started = time.process_time()
    contract = PolicySet(identity=(promised,), boundary=from_where)
    verdict = compare(published, contract, caller=USER, catalog=load_catalog())
    assert isinstance(verdict, Proved), verdict
    assert time.process_time() - started < 5  # about 0.1


def test_the_published_policy_allows_more_than_a_grant() -> None:
    grant = grant_of(cluster("shop"), identity=Identity.IAM_USER, roles=(S3_ROLE,))
    bound = contract_of(grant, grant.accounts[0], EXTERNAL_IDS).bound
    verdict = compare(PolicySet(identity=(PUBLISHED,)), bound, caller=USER, catalog=load_catalog())
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert not verdict.counterexample.request.resource.endswith(("cluster/shop", "role/humanitec-s3"))


def _eks(resource: str) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Action": ["eks:Describe*", "eks:List*", "eks:AccessKubernetesApi"],
        "Resource": f"arn:*:eks:*:*:{resource}",
        "Condition": {"StringEquals": {"aws:ResourceTag/Humanitec": "true"}},
    }
