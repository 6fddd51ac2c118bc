"""The fields of an object: values next to short labels, and below long ones, so that an ARN fits into 80 columns."""

from __future__ import annotations

from leastway.cli.render.fields import difference_lines, field_lines
from leastway.estate import User
from leastway.policy import PolicyKind, parse_policy
from leastway.reconcile import Difference

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


def test_each_tag_has_a_line_of_its_own() -> None:
    tags = (("CostCenter", "4711"), ("Owner", "platform"))
    assert list(field_lines(User("111122223333", "humanitec", frozenset(), "", tags=tags))) == [
        "tags  CostCenter=4711",
        "      Owner=platform",
    ]


def test_only_tags_that_differ_are_in_the_difference() -> None:
    live = (("CostCenter", "4711"), ("Owner", "somebody"))
    wanted = (("CostCenter", "4711"), ("Owner", "platform"))
    assert list(difference_lines(Difference("tags", live, wanted))) == [
        "tags",
        "  - Owner=somebody",
        "  + Owner=platform",
    ]
    assert list(difference_lines(Difference("tags", (), wanted))) == [
        "tags",
        "  + CostCenter=4711",
        "  + Owner=platform",
    ]
    assert list(difference_lines(Difference("tags", (), wanted[:1]))) == ["tags  none → CostCenter=4711"]
