"""Whether a suggestion lies within a contract."""

from __future__ import annotations

from typing import Any

from leastway.policy import PolicyKind, PolicySet, parse_policy
from leastway.policy.prove import Proved, Refuted
from leastway.primitives import Partition
from leastway.suggestion import ObservedCall, judge, suggest

BUCKET = "arn:aws:s3:::acme-files"


def _policy(*statements: Any) -> Any:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=PolicyKind.IDENTITY)


def _allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


ADDRESSES = _policy(
    _allow("*", "*"),
    {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
    },
)
BOUND = PolicySet(identity=(_policy(_allow("s3:*", f"{BUCKET}*")),), boundary=(ADDRESSES,))


def _suggestion(*accesses: tuple[str, str]) -> Any:
    call = ObservedCall("s3", "X", "eu-central-1", accesses)
    return suggest([call], Partition.AWS, "111122223333")


def test_a_suggestion_within_the_grant_is_proved_although_the_addresses_are_only_in_the_contract() -> None:
    found = judge(_suggestion(("s3:CreateBucket", BUCKET), ("s3:GetObject", f"{BUCKET}/a")), BOUND)

    assert isinstance(found.verdict, Proved)
    assert found.is_proved
    assert found.beyond == ()


def test_what_the_grant_does_not_permit_is_named_and_nothing_else() -> None:
    suggestion = _suggestion(
        ("s3:CreateBucket", BUCKET), ("sqs:CreateQueue", "arn:aws:sqs:eu-central-1:111122223333:q")
    )

    found = judge(suggestion, BOUND)

    assert isinstance(found.verdict, Refuted)
    assert not found.is_proved
    assert [(one.statement.actions, one.is_refuted) for one in found.beyond] == [(("sqs:CreateQueue",), True)]


def test_what_the_grant_permits_of_a_statement_is_not_named() -> None:
    allowed = _policy(_allow("s3:ListAllMyBuckets", "*"), _allow("s3:*", BUCKET), _allow("s3:GetObject", f"{BUCKET}/*"))
    bound = PolicySet(identity=(allowed,), boundary=(ADDRESSES,))
    other = "arn:aws:s3:::other"
    suggestion = _suggestion(
        ("s3:ListAllMyBuckets", "*"),
        ("ec2:DescribeInstances", "*"),
        ("s3:CreateBucket", BUCKET),
        ("s3:CreateBucket", other),
        ("s3:DeleteBucket", BUCKET),
        ("s3:DeleteBucket", other),
        ("s3:GetObject", f"{BUCKET}/a"),
        ("s3:PutObject", f"{BUCKET}/a"),
    )

    found = judge(suggestion, bound)

    assert [(one.statement.actions, one.statement.resources) for one in found.beyond] == [
        (("ec2:DescribeInstances",), ("*",)),
        (("s3:CreateBucket", "s3:DeleteBucket"), (other,)),
        (("s3:PutObject",), (f"{BUCKET}/a",)),
    ]


def test_nothing_suggested_is_within_every_grant() -> None:
    assert judge(_suggestion(), BOUND).is_proved
