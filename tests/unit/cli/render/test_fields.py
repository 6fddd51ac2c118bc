"""The fields of an object: values next to short labels, and below long ones, so that an ARN fits into 80 columns."""

from __future__ import annotations

from leastway.cli.render.fields import field_lines
from leastway.estate import User
from leastway.policy import PolicyKind, parse_policy

STATEMENT = {"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "arn:aws:eks:eu-central-1:1:cluster/prod"}
DOCUMENT = parse_policy({"Version": "2012-10-17", "Statement": STATEMENT}, kind=PolicyKind.IDENTITY)


def test_the_text_of_a_policy_is_below_its_name() -> None:
    user = User("111122223333", "humanitec", frozenset(), "", inline=(("leastway-platform-access", DOCUMENT),))
    assert list(field_lines(user)) == [
        "inline leastway-platform-access",
        "  allow eks:DescribeCluster on arn:aws:eks:eu-central-1:1:cluster/prod",
    ]
    assert list(field_lines(User("111122223333", "humanitec", frozenset(), "", inline=(("s3", DOCUMENT),)))) == [
        "inline s3  allow eks:DescribeCluster on arn:aws:eks:eu-central-1:1:cluster/prod"
    ]
