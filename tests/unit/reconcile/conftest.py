import pytest

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    ClusterTag,
    Estate,
    ManagedPolicy,
    Place,
    Role,
    User,
)
from leastway.policy import Document, PolicyKind, parse_policy

ACCOUNT = "111122223333"
CLUSTER = Place(ACCOUNT, "eu-central-1", "prod")
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def document(*actions: str, addresses: tuple[str, ...] = ()) -> Document:
    statements: list[dict[str, object]] = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
    if addresses:
        statements.append(
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"NotIpAddress": {"aws:SourceIp": list(addresses)}},
            }
        )
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.IDENTITY)


def trust(principal: str) -> Document:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind=PolicyKind.TRUST)


POLICY = ManagedPolicy(ACCOUNT, "HumanitecSaaS", document("eks:DescribeCluster"))
USER = User(ACCOUNT, "humanitec", frozenset({POLICY.arn}), POLICY.arn)
ROLE = Role(ACCOUNT, "humanitec-s3", trust(USER.arn), inline=(("s3", document("s3:ListBucket")),))
ENTRY = AccessEntry(CLUSTER, USER.arn)
OBJECTS = (
    POLICY,
    USER,
    ROLE,
    AccessKey(ACCOUNT, "humanitec"),
    ClusterTag(CLUSTER, "Humanitec", "true"),
    ENTRY,
    AccessPolicy(CLUSTER, USER.arn, VIEW, frozenset({"app-*"})),
)


@pytest.fixture
def estate() -> Estate:
    return Estate.of("acme", OBJECTS)
