"""Relevant principals, and those that a trust policy names."""

from typing import Any

import pytest

from leastway.estate import Watch, Weight, named_by, weight_of
from leastway.policy import PolicyKind, parse_policy

ACCOUNT, THEIRS = "111122223333", "767398028804"
OUTSIDER = f"arn:aws:iam::{THEIRS}:user/humanitec"
USER = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/humanitec-s3"
WATCH = Watch(OUTSIDER, frozenset({USER, ROLE}), "humanitec", ("humanitec",))


@pytest.mark.parametrize(
    ("arn", "weight"),
    [
        (OUTSIDER, Weight.DIFFERS),
        (USER, Weight.DIFFERS),
        (ROLE, Weight.DIFFERS),
        (f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3", Weight.DIFFERS),
        (f"arn:aws:iam::{ACCOUNT}:role/Humanitec-S3", Weight.DIFFERS),
        (f"arn:aws:iam::{ACCOUNT}:user/team/Humanitec", Weight.DIFFERS),
        (f"arn:aws:iam::{ACCOUNT}:role/humanitec-old", Weight.REMARK),
        ("arn:aws:iam::444455556666:role/humanitec-old", None),
        (f"arn:aws:iam::{ACCOUNT}:role/admin", None),
        ("humanitec", None),
        ("", None),
    ],
)
def test_a_principal_is_relevant_by_its_arn_in_any_form_or_by_its_name(arn: str, weight: Weight | None) -> None:
    assert weight_of(WATCH, arn, ACCOUNT) is weight


def trust(principal: Any, effect: str = "Allow") -> Any:
    statement = {"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.TRUST)


@pytest.mark.parametrize(
    ("principal", "named"),
    [
        ("*", [OUTSIDER, ROLE, USER]),
        ({"AWS": "*"}, [OUTSIDER, ROLE, USER]),
        ({"AWS": OUTSIDER}, [OUTSIDER]),
        ({"AWS": THEIRS}, [OUTSIDER]),
        ({"AWS": f"arn:aws:iam::{THEIRS}:root"}, [OUTSIDER]),
        ({"AWS": [USER, f"arn:aws:iam::{ACCOUNT}:user/jane"]}, [USER]),
        ({"AWS": ROLE}, [ROLE]),
        (
            {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/run"},
            [f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/run"],
        ),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3-other/run"}, []),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, []),
        ({"AWS": ACCOUNT}, []),
        ({"Service": "ec2.amazonaws.com"}, []),
    ],
)
def test_a_trust_policy_names_principals_their_accounts_and_their_sessions(principal: Any, named: list[str]) -> None:
    assert list(named_by(trust(principal), WATCH)) == named
    assert list(named_by(trust(principal, "Deny"), WATCH)) == []
