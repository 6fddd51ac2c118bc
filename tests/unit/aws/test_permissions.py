"""Policies that cannot be attached."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from leastway.aws.iam.holder import NOTHING, Holder, Permissions
from leastway.aws.iam.permissions import grant
from leastway.estate import Address, Kind, Place
from leastway.ports import NotThereYetError

ROLE = Address(Place("111122223333"), Kind.ROLE, "humanitec-sqs")


class Unknowing(Holder):
    """A role of an account that has no policy of any name."""

    def __init__(self) -> None:
        """Call nothing."""

    def attach(self, arn: str) -> None:
        raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": arn}}, "AttachRolePolicy")


@pytest.mark.parametrize(
    ("arn", "fix"),
    [
        (
            "arn:aws:iam::aws:policy/AmazonSQSFullAcces",
            "correct the policy's name in the grant: AWS has none of this name",
        ),
        ("arn:aws:iam::111122223333:policy/leastway", ""),
    ],
)
def test_a_managed_policy_of_aws_that_does_not_exist_is_a_wrong_name(arn: str, fix: str) -> None:
    with pytest.raises(NotThereYetError) as unknown:
        grant(Unknowing(), NOTHING, Permissions(frozenset({arn})), ROLE)
    assert (arn in unknown.value.what, unknown.value.fix) == (True, fix)
