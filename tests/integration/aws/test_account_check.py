"""The check of an account against an AWS that evaluates trust policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leastway.aws import Guests
from leastway.grant import find_profile
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from leastway.registry import KeyCredentials, RoleCredentials
from leastway.service.account_check import AccountChecker, CheckFailedError
from leastway.verify import OutgoingAddress
from tests.contract.live.world import ACCOUNT, REGION, AwsWorld

pytestmark = pytest.mark.integration

PROFILE = find_profile("humanitec")
LISTED = PROFILE.addresses[0].partition("/")[0]


def role(aws: AwsWorld, condition: dict[str, Any]) -> RoleCredentials:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/admin"},
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = aws.client("iam").create_role(RoleName="humanitec-s3", AssumeRolePolicyDocument=policy)
    return RoleCredentials(str(made["Role"]["Arn"]), "the-right-id")


def checker(aws: AwsWorld) -> AccountChecker:
    own = SessionKeys(aws.admin.key_id, aws.admin.secret)
    return AccountChecker(PROFILE, REGION, Guests(), lambda: own, OutgoingAddress(LISTED, PROFILE.name, True), LISTED)


DEMANDS_ID = {"StringEquals": {"sts:ExternalId": "the-right-id"}}
LISTED_ONLY = {"IpAddress": {"aws:SourceIp": list(PROFILE.addresses)}}


def test_a_role_that_demands_id_and_address_passes_without_a_warning(aws: AwsWorld) -> None:
    passed = checker(aws).check(role(aws, DEMANDS_ID | LISTED_ONLY), lambda _: True)
    found = {each.id: each.value for each in passed.identity}
    assert found["account"] == ACCOUNT
    assert found["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/leastway-check"
    assert passed.warnings == ()


def test_a_role_that_admits_every_address_passes_with_a_warning(aws: AwsWorld) -> None:
    (warning,) = checker(aws).check(role(aws, DEMANDS_ID), lambda _: True).warnings
    assert "can be assumed from the unlisted address" in warning


def test_a_role_that_does_not_demand_the_id_fails(aws: AwsWorld) -> None:
    with pytest.raises(CheckFailedError, match="can be assumed without an external id"):
        checker(aws).check(role(aws, LISTED_ONLY), lambda _: True)


def test_a_role_that_accepts_any_id_fails(aws: AwsWorld) -> None:
    with pytest.raises(CheckFailedError, match="can be assumed with a wrong external id"):
        checker(aws).check(role(aws, {"StringLike": {"sts:ExternalId": "*"}}), lambda _: True)


def test_a_refusal_shows_role_and_request_id_and_no_secret(aws: AwsWorld) -> None:
    refused = role(aws, {"StringEquals": {"sts:ExternalId": "another-id"}})
    with pytest.raises(CheckFailedError) as caught:
        checker(aws).check(refused, lambda _: True)
    assert refused.role in caught.value.what
    assert "AccessDenied" in caught.value.what
    assert "[request " in caught.value.what
    for secret in (refused.external_id, "another-id", aws.admin.secret.reveal()):
        assert secret not in str(caught.value)


def test_what_another_organization_has_gets_the_same_refusal_from_aws(aws: AwsWorld) -> None:
    theirs = role(aws, DEMANDS_ID | LISTED_ONLY)
    with pytest.raises(CheckFailedError) as caught:
        checker(aws).check(theirs, lambda _: False)
    assert "AccessDenied" in caught.value.what
    assert "[request " in caught.value.what


def test_a_key_is_identified_and_a_wrong_secret_is_refused_without_showing_it(aws: AwsWorld) -> None:
    passed = checker(aws).check(KeyCredentials(aws.admin.key_id, aws.admin.secret), lambda _: True)
    assert {each.id: each.value for each in passed.identity}["arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    wrong = KeyCredentials(aws.admin.key_id, Secret("planted/secret/9431/planted/secret/94311"))
    with pytest.raises(CheckFailedError, match="the access key could not be identified") as caught:
        checker(aws).check(wrong, lambda _: True)
    assert "planted" not in str(caught.value)
